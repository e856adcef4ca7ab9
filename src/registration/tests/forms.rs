//! Arbitrary forms.

use std::collections::BTreeMap;

use proptest::{collection::btree_map, option, prelude::*};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{super::RegistrationForm, EVERYTHING, parse, rules};

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r"[a-z]{0,4}@[a-z]{0,3}\.?[a-z]{0,3}",
        r"\+?[0-9 ()]{0,16}",
        r"[A-Za-z0-9!\u{202e}\u{7}é ]{0,20}",
    ]
}

fn any_map() -> impl Strategy<Value = BTreeMap<String, String>> {
    let key = prop_oneof![
        any::<String>(),
        "given_name|birthdate|locale|custom:plan|custom:code|terms|privacy|campaign|invite",
    ];
    btree_map(key, any_value(), 0..6)
}

prop_compose! {
    fn any_form()(
        texts in btree_map(
            "username|email|phone_number|password|analytics_endpoint_id|device_data|human_proof",
            any_value(),
            0..8,
        ),
        maps in btree_map("attributes|client_metadata|validation_data|consents", any_map(), 0..5),
    ) -> Value {
        let texts = texts.into_iter().map(|(name, text)| (name, json!(text)));
        let maps = maps.into_iter().map(|(name, map)| (name, json!(map)));
        texts.chain(maps).collect()
    }
}

proptest! {
    #[test]
    fn every_form_is_a_registration_or_has_violations(form in any_form()) {
        for settings in ["", EVERYTHING, "username = \"phone\"", "username = \"generated\""] {
            if let Err(violations) = parse(form.clone(), &rules(settings)) {
                prop_assert!(!violations.is_empty());
                prop_assert!(violations.iter().all(|violation| violation.pointer.starts_with('/')));
            }
        }
    }

    #[test]
    fn never_panics_on_arbitrary_json(text in any::<String>(), wild in option::of(any_form())) {
        let _ = serde_json::from_str::<RegistrationForm>(&text);
        if let Some(Value::Object(mut form)) = wild {
            form.insert("email".to_owned(), json!([text]));
            prop_assert!(serde_json::from_value::<RegistrationForm>(Value::Object(form)).is_err());
        }
    }

    #[test]
    fn never_changes_a_password(password in r"\PC{1,40}|[A-Z][a-z]{3,9}[0-9] [!?]\PC") {
        let policy = "password = { required = true, min_length = 6, require_uppercase = false, require_lowercase = false, require_number = false, require_symbol = false }";
        let body = json!({"email": "ada@example.com", "password": password});
        if let Ok(registration) = parse(body, &rules(policy)) {
            let parsed = registration.password.unwrap();
            prop_assert_eq!(parsed.expose_secret(), password.as_str());
        }
    }
}
