use std::collections::BTreeMap;

use proptest::{collection::btree_map, option, prelude::*};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::config;

fn settings(toml: &str) -> config::Registration {
    let defaults: toml::Table = toml::from_str(config::DEFAULT).unwrap();
    let mut section = defaults["registration"].as_table().unwrap().clone();
    let changes: toml::Table = toml::from_str(toml).unwrap();
    for (name, change) in changes {
        match (section.get_mut(&name), change) {
            (Some(toml::Value::Table(table)), toml::Value::Table(change)) => table.extend(change),
            (_, change) => {
                section.insert(name, change);
            }
        }
    }
    section.try_into().unwrap()
}

fn rules(toml: &str) -> Rules {
    Rules::new(&settings(toml)).unwrap()
}

fn parse(body: Value, rules: &Rules) -> Result<Registration, Vec<Violation>> {
    let form = serde_json::from_value(body).unwrap();
    Registration::parse(form, rules, &UsernameKey::new([7; 32]))
}

fn mistakes(body: Value, rules: &Rules) -> Vec<String> {
    let mistakes = parse(body, rules).err().unwrap_or_default();
    mistakes
        .iter()
        .map(|mistake| {
            let mut line = format!("{} {}", mistake.pointer, mistake.code.as_str());
            if !mistake.params.is_empty() {
                line.push(' ');
                line.push_str(&serde_json::to_string(&mistake.params).unwrap());
            }
            line
        })
        .collect()
}

const EVERYTHING: &str = r#"
    username = "chosen"
    email = "required"
    phone_number = "optional"
    [attributes.given_name]
    required = true
    max_length = 5
    [attributes.birthdate]
    [attributes.locale]
    one_of = ["de_de", "en-GB"]
    [attributes."custom:plan"]
    one_of = ["free", "team"]
    [attributes."custom:code"]
    pattern = "[A-Z]+|[0-9]+"
    min_length = 3
    [client_metadata]
    allow = ["campaign", "language"]
    fill = { language = "locale", browser = "user_agent", accepted = "consents" }
    [validation_data]
    allow = ["invite"]
    [consents.terms]
    version = "2026-10"
    required = true
    [consents.privacy]
    version = "3"
"#;

#[test]
fn takes_an_email_and_a_password() {
    let body = json!({"email": " Ada@Example.com ", "password": "Sw0rd fish!"});

    let registration = parse(body, &rules("")).unwrap();

    assert_eq!(registration.username.as_str(), "ada@example.com");
    assert_eq!(registration.recipient_or_username(), "ada@example.com");
    assert_eq!(registration.email.unwrap().as_str(), "ada@example.com");
    assert_eq!(
        registration.password.unwrap().expose_secret(),
        "Sw0rd fish!"
    );
}

#[test]
fn takes_everything_in_its_canonical_form() {
    let body = json!({
        "username": "Ada",
        "email": "ada@example.com",
        "phone_number": "+44 07911 123456",
        "password": "Sw0rdfish!",
        "attributes": {"given_name": " Ada ", "birthdate": "", "locale": "DE_de", "custom:plan": "free"},
        "client_metadata": {"campaign": "spring"},
        "validation_data": {"invite": "K7Q"},
        "analytics_endpoint_id": "endpoint-1",
        "device_data": "data",
        "consents": {"terms": "2026-10", "privacy": ""},
        "human_proof": "proof"
    });

    let registration = parse(body, &rules(EVERYTHING)).unwrap();

    assert_eq!(registration.username.as_str(), "Ada");
    assert_eq!(registration.recipient_or_username(), "Ada");
    let number = registration.phone_number.unwrap();
    assert_eq!(
        (number.as_str(), number.calling_code()),
        ("+447911123456", 44)
    );
    let attributes = [
        ("custom:plan", "free"),
        ("given_name", "Ada"),
        ("locale", "de-DE"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(registration.attributes, attributes);
    assert_eq!(registration.client_metadata["campaign"], "spring");
    assert_eq!(registration.validation_data["invite"], "K7Q");
    assert_eq!(
        registration.analytics_endpoint_id.as_deref(),
        Some("endpoint-1")
    );
    assert_eq!(registration.device_data.as_deref(), Some("data"));
    assert_eq!(registration.human_proof.as_deref(), Some("proof"));
    let terms = Consent {
        document: "terms".to_owned(),
        version: "2026-10".to_owned(),
    };
    assert_eq!(registration.consents, [terms]);
}

#[test]
fn names_every_mistake() {
    let body = json!({
        "human_proof": "h".repeat(8193),
        "consents": {"terms": "2025-01", "privacy": "2", "cookies": "1"},
        "analytics_endpoint_id": "no spaces",
        "validation_data": {"invite": "K7\u{7}", "other": "x"},
        "client_metadata": {"a/b": "c"},
        "attributes": {
            "birthdate": "tomorrow",
            "custom:code": "a1",
            "custom:plan": "gold",
            "custom:role": "admin",
            "email": "ada@example.com",
            "given_name": "Augusta Ada"
        },
        "password": "sw0rd",
        "phone_number": "07911 123456",
        "email": "ada",
        "username": "ada@example.com"
    });

    let mistakes = mistakes(body, &rules(EVERYTHING));

    assert_eq!(
        mistakes,
        [
            "/username looks_like_email",
            "/email invalid_email",
            "/phone_number invalid_phone_number",
            r#"/password too_short {"min":8}"#,
            "/password needs_uppercase",
            "/password needs_symbol",
            "/attributes/birthdate invalid_birthdate",
            r#"/attributes/custom:code too_short {"min":3}"#,
            "/attributes/custom:code invalid_format",
            r#"/attributes/custom:plan not_an_option {"options":["free","team"]}"#,
            "/attributes/custom:role not_allowed",
            "/attributes/email not_allowed",
            r#"/attributes/given_name too_long {"max":5}"#,
            "/client_metadata/a~1b not_allowed",
            "/validation_data/invite control_character",
            "/validation_data/other not_allowed",
            "/analytics_endpoint_id invalid_format",
            "/consents/cookies not_allowed",
            r#"/consents/privacy consent_outdated {"version":"3"}"#,
            r#"/consents/terms consent_outdated {"version":"2026-10"}"#,
            r#"/human_proof too_long {"max":8192}"#,
        ]
    );
}

#[test]
fn names_everything_that_is_missing() {
    for (case, settings, body, expected) in [
        (
            "defaults",
            "",
            json!({}),
            vec!["/email required", "/password required"],
        ),
        (
            "an untouched form",
            "",
            json!({"email": " ", "password": "", "phone_number": "", "username": ""}),
            vec!["/email required", "/password required"],
        ),
        (
            "phone",
            r#"username = "phone""#,
            json!({"password": "Sw0rdfish!"}),
            vec!["/phone_number required"],
        ),
        (
            "everything",
            EVERYTHING,
            json!({"attributes": {"given_name": "  "}}),
            vec![
                "/username required",
                "/email required",
                "/password required",
                "/attributes/given_name required",
                r#"/consents/terms consent_required {"version":"2026-10"}"#,
            ],
        ),
        (
            "a recipient",
            r#"username = "generated""#,
            json!({"password": "Sw0rdfish!"}),
            vec!["/email missing_recipient"],
        ),
        (
            "a recipient by phone",
            "username = \"generated\"\nemail = \"off\"",
            json!({"password": "Sw0rdfish!"}),
            vec!["/phone_number missing_recipient"],
        ),
        (
            "a recipient that is there, but wrong",
            r#"username = "generated""#,
            json!({"password": "Sw0rdfish!", "email": "ada"}),
            vec!["/email invalid_email"],
        ),
    ] {
        assert_eq!(mistakes(body, &rules(settings)), expected, "{case}");
    }
}

#[test]
fn refuses_fields_that_the_mode_has_no_use_for() {
    let password = "Sw0rdfish!";
    for (mode, body, expected) in [
        (
            "email",
            json!({"username": "ada", "email": "ada@example.com", "phone_number": "+14155550100", "password": password}),
            vec!["/username not_allowed", "/phone_number not_allowed"],
        ),
        (
            "phone",
            json!({"username": "ada", "phone_number": "+14155550100", "password": password}),
            vec!["/username not_allowed"],
        ),
        (
            "generated",
            json!({"username": "ada", "email": "ada@example.com", "password": password}),
            vec!["/username not_allowed"],
        ),
    ] {
        let rules = rules(&format!("username = \"{mode}\""));

        assert_eq!(mistakes(body, &rules), expected, "{mode}");
    }
}

#[test]
fn says_once_what_breaks_the_model() {
    let long = "x".repeat(3000);
    let many: BTreeMap<_, _> = (0..60).map(|n| (format!("key{n}"), "value")).collect();
    let body = json!({
        "username": long, "email": long, "phone_number": long, "password": "y".repeat(257),
        "attributes": {"given_name": long, "custom:role": long},
        "client_metadata": many,
        "consents": {"terms": long},
    });

    let mistakes = mistakes(body, &rules(EVERYTHING));

    assert_eq!(
        mistakes,
        [
            r#"/username too_long {"max":128}"#,
            r#"/email too_long {"max":254}"#,
            r#"/phone_number too_long {"max":2048}"#,
            r#"/password too_long {"max":256}"#,
            r#"/attributes/custom:role too_long {"max":2048}"#,
            r#"/attributes/given_name too_long {"max":2048}"#,
            r#"/client_metadata too_many {"max":50}"#,
            r#"/consents/terms too_long {"max":2048}"#,
        ]
    );
}

#[test]
fn caps_what_is_passed_on_altogether() {
    let rules = rules("[client_metadata]\nallow = [\"a\", \"b\", \"c\", \"d\", \"e\"]");
    let value = "x".repeat(2000);
    let body = json!({
        "email": "ada@example.com", "password": "Sw0rdfish!",
        "client_metadata": {"a": value, "b": value, "c": value, "d": value, "e": value},
    });

    assert_eq!(
        mistakes(body, &rules),
        [r#"/client_metadata too_long {"max":8192}"#]
    );
}

#[test]
fn keeps_names_out_of_passwords() {
    for (settings, body) in [
        (
            "",
            json!({"email": "lovelace@example.com", "password": "Lovelace!1"}),
        ),
        (
            r#"username = "chosen""#,
            json!({"username": "Ada1815", "password": "Xx!ada1815"}),
        ),
        (
            r#"username = "phone""#,
            json!({"phone_number": "+14155550100", "password": "Xx!4155550100"}),
        ),
    ] {
        assert_eq!(
            mistakes(body, &rules(settings)),
            ["/password contains_username"],
            "{settings}"
        );
    }
}

#[test]
fn derives_the_same_name_for_a_second_try() {
    let rules = rules("username = \"generated\"\npassword = { required = false }");
    let by_email = json!({"email": "ada@example.com", "phone_number": "+14155550100", "password": "Sw0rdfish!"});
    let again = json!({"email": "ADA@example.com", "phone_number": "+14155550100", "password": "Sw0rdfish!"});
    let by_phone = json!({"phone_number": "+1 415 555 0100"});

    let [by_email, again, by_phone] =
        [by_email, again, by_phone].map(|body| parse(body, &rules).unwrap());

    assert_eq!(by_email.username.as_str(), again.username.as_str());
    assert_ne!(by_email.username.as_str(), by_phone.username.as_str());
    assert_eq!(by_email.recipient_or_username(), "ada@example.com");
    assert_eq!(by_phone.recipient_or_username(), "+14155550100");
}

#[test]
fn reads_the_name_of_an_account_in_each_mode() {
    for (mode, typed, expected) in [
        ("email", " Ada@Example.com ", Ok("ada@example.com")),
        ("email", "ada", Err(ViolationCode::InvalidEmail)),
        ("phone", "+44 7911 123456", Ok("+447911123456")),
        (
            "phone",
            "ada@example.com",
            Err(ViolationCode::InvalidPhoneNumber),
        ),
        ("chosen", "Ada", Ok("Ada")),
        ("chosen", "ADA@example.com", Ok("ada@example.com")),
        ("chosen", "+44 7911 123456", Ok("+447911123456")),
        ("chosen", "+ada", Ok("+ada")),
        (
            "chosen",
            "ada lovelace",
            Err(ViolationCode::InvalidUsername),
        ),
        (
            "generated",
            "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            Ok("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ),
        ("generated", "ADA@example.com", Ok("ada@example.com")),
        ("generated", "", Err(ViolationCode::InvalidUsername)),
    ] {
        let rules = rules(&format!("username = \"{mode}\""));

        let name = Username::of_account(typed, &rules);

        let name = name.as_ref().map(Username::as_str).map_err(|code| *code);
        assert_eq!(name, expected, "{mode} {typed:?}");
    }
}

#[test]
fn fills_in_what_it_knows_itself() {
    let rules = rules(EVERYTHING);
    let body = json!({
        "username": "ada", "email": "lovelace@example.com", "password": "Sw0rdfish!",
        "attributes": {"given_name": "Ada"},
        "client_metadata": {"campaign": "spring", "language": "tlh"},
        "consents": {"terms": "2026-10", "privacy": "3"},
    });
    let mut with_facts = parse(body.clone(), &rules).unwrap();
    let mut without_facts = parse(body, &rules).unwrap();
    let agent = format!("Mozilla\u{7}{}", "é".repeat(3000));

    with_facts.fill(
        &rules,
        &Facts {
            locale: Some("de"),
            user_agent: Some(&agent),
        },
    );
    without_facts.fill(&rules, &Facts::default());

    let filled = with_facts.client_metadata;
    assert_eq!(filled["campaign"], "spring");
    assert_eq!(filled["language"], "de");
    assert_eq!(filled["accepted"], "privacy=3,terms=2026-10");
    assert_eq!(filled["browser"].chars().count(), 2048);
    assert!(filled["browser"].starts_with("Mozillaé"));
    let keys: Vec<_> = without_facts.client_metadata.into_keys().collect();
    assert_eq!(keys, ["accepted", "campaign"]);
}

#[test]
fn refuses_settings_that_are_no_rules() {
    for (settings, expected) in [
        (
            "[attributes.nickname]\npattern = \"(\"",
            "registration.attributes.nickname: pattern",
        ),
        (
            "[attributes.nickname]\npattern = \"a)|(b\"",
            "registration.attributes.nickname: pattern",
        ),
        (
            "[attributes.nickname]\npattern = \"\\\\w{9999}\"",
            "registration.attributes.nickname: pattern",
        ),
        (
            "[attributes.nickname]\nmin_length = 9\nmax_length = 8",
            "min_length is more than max_length",
        ),
        ("[attributes.locale]\none_of = [\"german\"]", "`german`"),
        (
            "[validation_data]\nallow = [\"a name that is longer than Cognito takes it\"]",
            "1 to 32 characters",
        ),
    ] {
        let error = Rules::new(&self::settings(settings))
            .unwrap_err()
            .to_string();

        assert!(error.contains(expected), "{settings}: {error}");
    }
}

#[test]
fn patterns_stand_for_whole_values() {
    let rules = rules("[attributes.\"custom:code\"]\npattern = \"[A-Z]+|[0-9]+\"");
    for (value, is_fine) in [
        ("ABC", true),
        ("123", true),
        ("ABC1", false),
        ("123\n", false),
        ("xABC", false),
    ] {
        let body = json!({"email": "ada@example.com", "password": "Sw0rdfish!", "attributes": {"custom:code": value}});

        assert_eq!(parse(body, &rules).is_ok(), is_fine, "{value:?}");
    }
}

#[test]
fn prints_nothing_personal() {
    let body = json!({
        "username": "ada", "email": "lovelace@example.com", "phone_number": "+14155550100",
        "password": "Sw0rdfish!", "attributes": {"given_name": "Ada"},
        "consents": {"terms": "2026-10"},
    });

    let registration = parse(body, &rules(EVERYTHING)).unwrap();

    let printed = format!(
        "{registration:?} {:?} {:?} {:?}",
        registration.username, registration.email, registration.phone_number
    );
    assert_eq!(
        printed,
        "Registration(..) Username(..) Some(Email(..)) Some(PhoneNumber(..))"
    );
}

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
    fn every_form_is_a_registration_or_has_mistakes(form in any_form()) {
        for settings in ["", EVERYTHING, "username = \"phone\"", "username = \"generated\""] {
            if let Err(mistakes) = parse(form.clone(), &rules(settings)) {
                prop_assert!(!mistakes.is_empty());
                prop_assert!(mistakes.iter().all(|mistake| mistake.pointer.starts_with('/')));
            }
        }
    }

    #[test]
    fn arbitrary_json_never_panics(text in any::<String>(), wild in option::of(any_form())) {
        let _ = serde_json::from_str::<RegistrationForm>(&text);
        if let Some(Value::Object(mut form)) = wild {
            form.insert("email".to_owned(), json!([text]));
            prop_assert!(serde_json::from_value::<RegistrationForm>(Value::Object(form)).is_err());
        }
    }

    #[test]
    fn a_password_is_never_changed(password in r"\PC{1,40}|[A-Z][a-z]{3,9}[0-9] [!?]\PC") {
        let policy = "password = { required = true, min_length = 6, require_uppercase = false, require_lowercase = false, require_number = false, require_symbol = false }";
        let body = json!({"email": "ada@example.com", "password": password});
        if let Ok(registration) = parse(body, &rules(policy)) {
            let kept = registration.password.unwrap();
            prop_assert_eq!(kept.expose_secret(), password.as_str());
        }
    }
}
