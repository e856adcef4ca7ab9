//! Tests that the schema accepts every form that the service accepts.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{
    super::super::tests::{EVERYTHING, settings as with},
    Deployment, Validation,
    forms::{any_changes, changed, known_texts},
    settings::any_settings,
};
use crate::{
    config::{AttributeFormat, Presence, Registration, UsernameMode},
    registration::{ViolationCode, fields::formats},
};

/// Returns a form with everything that the deployment requires.
fn whole(settings: &Registration) -> Value {
    let mut form = json!({});
    if settings.username == UsernameMode::Chosen {
        form["username"] = "ada".into();
    }
    if settings.email_presence() == Presence::Required
        || settings.username == UsernameMode::Generated
            && settings.email_presence() != Presence::Off
    {
        form["email"] = "lovelace@example.com".into();
    }
    if settings.phone_number_presence() == Presence::Required
        || settings.username == UsernameMode::Generated
            && settings.email_presence() == Presence::Off
    {
        form["phone_number"] = "+14155550100".into();
    }
    if settings.password.required {
        form["password"] = format!("Correct-horse-7{}", "x".repeat(84)).into();
    }
    for (name, rule) in settings.attributes.iter().filter(|(_, rule)| rule.required) {
        let option = rule.one_of.iter().find(|option| !option.trim().is_empty());
        let format = rule.format.unwrap_or_else(|| formats::default_format(name));
        form["attributes"][name] = option.map_or(example(format), String::as_str).into();
    }
    for (name, document) in settings.consents.iter().filter(|(_, document)| document.required) {
        form["consents"][name] = document.version.as_str().into();
    }
    form
}

fn example(format: AttributeFormat) -> &'static str {
    match format {
        AttributeFormat::Text | AttributeFormat::Name | AttributeFormat::Address => "Ada",
        AttributeFormat::Birthdate => "1952-02-29",
        AttributeFormat::Locale => "en",
        AttributeFormat::Zoneinfo => "Europe/Paris",
        AttributeFormat::Url => "https://example.com/ada",
        AttributeFormat::PhoneNumber => "+14155550100",
        AttributeFormat::Email => "ada@example.com",
        AttributeFormat::Number => "42",
    }
}

/// Checks one form. The schema must accept the form if the service accepts the form. Each violation
/// of an input, except `required`, must be among the form rules of that input.
fn check(deployment: &Deployment, form: &Value) -> Result<(), TestCaseError> {
    let is_valid = deployment.schema.is_valid(form);
    match deployment.validate(form) {
        Validation::Accepted => prop_assert!(is_valid, "{form}"),
        Validation::Unreadable => prop_assert!(!is_valid, "{form}"),
        Validation::Violations(violations) => {
            for violation in violations {
                let Some(rules) = deployment.rules_of(&violation.pointer) else { continue };
                let is_a_rule = rules.iter().any(|rule| rule["code"] == violation.code.as_str());
                let is_listed = is_a_rule || violation.code == ViolationCode::Required;
                prop_assert!(is_listed, "{:?} is not among the form rules", violation);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn accepts_what_the_service_accepts(
        settings in any_settings(),
        many_changes in vec(any_changes(), 48),
    ) {
        let deployment = Deployment::new(&settings);
        let whole = whole(&settings);
        for changes in many_changes {
            check(&deployment, &changed(whole.clone(), changes))?;
        }
    }
}

#[test]
fn accepts_every_known_value_that_the_service_accepts() {
    let formats = [
        "text",
        "address",
        "name",
        "birthdate",
        "locale",
        "zoneinfo",
        "url",
        "phone_number",
        "email",
        "number",
    ];
    let with_attribute = formats.map(|format| {
        let settings = with(&format!(
            "default_country = \"GB\"\nattributes.nickname = {{ format = \"{format}\" }}"
        ));
        (Deployment::new(&settings), whole(&settings))
    });
    let of_every_mode = ["email", "phone", "chosen", "generated"].map(|mode| {
        let settings = with(&format!("username = \"{mode}\""));
        (Deployment::new(&settings), whole(&settings))
    });

    for text in known_texts() {
        for (deployment, base) in &with_attribute {
            let mut form = base.clone();
            form["attributes"]["nickname"] = text.as_str().into();
            check(deployment, &form).unwrap();
        }
        for (deployment, base) in &of_every_mode {
            for field in ["username", "email", "phone_number", "password"] {
                let mut form = base.clone();
                form[field] = text.as_str().into();
                check(deployment, &form).unwrap();
            }
        }
    }
}

#[test]
fn rejects_usual_violations() {
    let deployment = Deployment::new(&with(EVERYTHING));
    let whole = json!({
        "username": "ada",
        "email": "ada@example.com",
        "password": "Correct-horse-7",
        "attributes": {"given_name": "Ada"},
        "consents": {"terms": "2026-10"},
    });
    assert!(deployment.schema.is_valid(&whole));
    for (pointer, value) in [
        ("/username", json!("")),
        ("/username", json!("ada lovelace")),
        ("/email", json!("")),
        ("/email", json!("ada")),
        ("/email", json!(null)),
        ("/phone_number", json!("07911 123456")),
        ("/password", json!("short")),
        ("/password", json!("all-lower-case-7")),
        ("/attributes", json!({})),
        ("/attributes", json!([])),
        ("/attributes/given_name", json!(" ")),
        ("/attributes/birthdate", json!("10.12.1815")),
        ("/attributes/custom:plan", json!("premium")),
        ("/attributes/nickname", json!("ada")),
        ("/client_metadata", json!({"other": "1"})),
        ("/consents/terms", json!("2025-01")),
        ("/consents/terms", json!("")),
        ("/nickname", json!("ada")),
    ] {
        let path = pointer.split('/').skip(1).map(ToOwned::to_owned).collect();
        let form = changed(whole.clone(), vec![(path, Some(value))]);

        assert!(!deployment.schema.is_valid(&form), "{form}");
        assert!(!matches!(deployment.validate(&form), Validation::Accepted), "{form}");
    }
}

#[test]
fn needs_an_email_address_or_a_phone_number_if_the_name_is_generated() {
    let deployment = Deployment::new(&with("username = \"generated\""));
    let password = "Correct-horse-7";
    for (form, is_valid) in [
        (json!({"password": password, "email": "ada@example.com"}), true),
        (json!({"password": password, "email": "", "phone_number": "+14155550100"}), true),
        (json!({"password": password}), false),
        (json!({"password": password, "email": " ", "phone_number": ""}), false),
    ] {
        assert_eq!(deployment.schema.is_valid(&form), is_valid, "{form}");
        assert_eq!(matches!(deployment.validate(&form), Validation::Accepted), is_valid, "{form}");
    }
}
