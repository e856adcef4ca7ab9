//! Accepted forms.

use secrecy::ExposeSecret;
use serde_json::json;

use super::{super::*, EVERYTHING, parse, rules};

#[test]
fn accepts_an_email_and_a_password() {
    let body = json!({"email": " Ada@Example.com ", "password": "Sw0rd fish!"});

    let registration = parse(body, &rules("")).unwrap();

    assert_eq!(registration.username.as_str(), "ada@example.com");
    assert_eq!(registration.recipient(), Some("ada@example.com"));
    assert_eq!(registration.email.unwrap().as_str(), "ada@example.com");
    assert_eq!(registration.password.unwrap().expose_secret(), "Sw0rd fish!");
}

#[test]
fn normalises_every_field() {
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
    assert_eq!(registration.recipients(), [Some("ada@example.com"), Some("+447911123456")]);
    let number = registration.phone_number.unwrap();
    assert_eq!((number.as_str(), number.calling_code()), ("+447911123456", 44));
    let attributes = [("custom:plan", "free"), ("given_name", "Ada"), ("locale", "de-DE")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(registration.attributes, attributes);
    assert_eq!(registration.client_metadata["campaign"], "spring");
    assert_eq!(registration.validation_data["invite"], "K7Q");
    assert_eq!(registration.analytics_endpoint_id.as_deref(), Some("endpoint-1"));
    assert_eq!(registration.device_data.as_deref(), Some("data"));
    assert_eq!(registration.human_proof.as_deref(), Some("proof"));
    let terms = Consent { document: "terms".to_owned(), version: "2026-10".to_owned() };
    assert_eq!(registration.consents, [terms]);
}

#[test]
fn derives_the_same_name_for_a_repeated_sign_up() {
    let rules = rules("username = \"generated\"\npassword = { required = false }");
    let by_email = json!({"email": "ada@example.com", "phone_number": "+14155550100", "password": "Sw0rdfish!"});
    let again = json!({"email": "ADA@example.com", "phone_number": "+14155550100", "password": "Sw0rdfish!"});
    let by_phone = json!({"phone_number": "+1 415 555 0100"});

    let [by_email, again, by_phone] =
        [by_email, again, by_phone].map(|body| parse(body, &rules).unwrap());

    assert_eq!(by_email.username.as_str(), again.username.as_str());
    assert_ne!(by_email.username.as_str(), by_phone.username.as_str());
    assert_eq!(by_email.recipient(), Some("ada@example.com"));
    assert_eq!(by_phone.recipient(), Some("+14155550100"));
}

const UUID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

#[test]
fn parses_the_name_of_an_account_in_each_mode() {
    for (mode, typed, expected) in [
        ("email", " Ada@Example.com ", Ok("ada@example.com")),
        ("email", "ada", Err(ViolationCode::InvalidEmail)),
        ("email", " 7C9E6679-7425-40DE-944B-E07FC1F90AE7 ", Ok(UUID)),
        ("email", "7c9e6679742540de944be07fc1f90ae7", Err(ViolationCode::InvalidEmail)),
        ("email", "{7c9e6679-7425-40de-944b-e07fc1f90ae7}", Err(ViolationCode::InvalidEmail)),
        ("phone", UUID, Ok(UUID)),
        ("phone", "7c9e6679742540de944be07fc1f90ae7", Err(ViolationCode::InvalidPhoneNumber)),
        ("chosen", UUID, Ok(UUID)),
        (
            "chosen",
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            Ok("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        ),
        ("phone", "+44 7911 123456", Ok("+447911123456")),
        ("phone", "ada@example.com", Err(ViolationCode::InvalidPhoneNumber)),
        ("chosen", "Ada", Ok("Ada")),
        ("chosen", "ADA@example.com", Ok("ada@example.com")),
        ("chosen", "+44 7911 123456", Ok("+447911123456")),
        ("chosen", "+ada", Ok("+ada")),
        ("chosen", "ada lovelace", Err(ViolationCode::InvalidUsername)),
        ("generated", UUID, Ok(UUID)),
        ("generated", "ADA@example.com", Ok("ada@example.com")),
        ("generated", "", Err(ViolationCode::InvalidUsername)),
        ("email", "\u{feff}ada@example.com\u{200b}", Ok("ada@example.com")),
        ("chosen", "\u{200b}+44 7911 123456", Ok("+447911123456")),
        ("chosen", "Ada\u{200b}", Err(ViolationCode::InvalidUsername)),
    ] {
        let rules = rules(&format!("username = \"{mode}\""));

        let name = Username::of_account(typed, &rules);

        let name = name.as_ref().map(Username::as_str).map_err(|code| *code);
        assert_eq!(name, expected, "{mode} {typed:?}");
    }
}

#[test]
fn sets_the_configured_metadata() {
    let rules = rules(EVERYTHING);
    let body = json!({
        "username": "ada", "email": "lovelace@example.com", "password": "Sw0rdfish!",
        "attributes": {"given_name": "Ada"},
        "client_metadata": {"campaign": "spring", "language": "tlh"},
        "consents": {"terms": "2026-10", "privacy": "3"},
    });
    let mut with_context = parse(body.clone(), &rules).unwrap();
    let mut without_context = parse(body, &rules).unwrap();
    let agent = format!("Mozilla\u{7}{}", "é".repeat(3000));

    with_context.fill(&rules, &TriggerContext { locale: Some("de"), user_agent: Some(&agent) });
    without_context.fill(&rules, &TriggerContext::default());

    let filled = with_context.client_metadata;
    assert_eq!(filled["campaign"], "spring");
    assert_eq!(filled["language"], "de");
    assert_eq!(filled["accepted"], "privacy=3,terms=2026-10");
    assert_eq!(filled["browser"].chars().count(), 2048);
    assert!(filled["browser"].starts_with("Mozillaé"));
    let keys: Vec<_> = without_context.client_metadata.into_keys().collect();
    assert_eq!(keys, ["accepted", "campaign"]);
}

#[test]
fn rejects_settings_that_are_not_valid_form_rules() {
    for (settings, expected) in [
        ("[attributes.nickname]\npattern = \"(\"", "registration.attributes.nickname: pattern"),
        ("[attributes.nickname]\npattern = \"a)|(b\"", "registration.attributes.nickname: pattern"),
        (
            "[attributes.nickname]\npattern = \"\\\\w{9999}\"",
            "registration.attributes.nickname: pattern",
        ),
        (
            "[attributes.nickname]\nmin_length = 9\nmax_length = 8",
            "min_length is more than the maximum length of 8.",
        ),
        (
            "[attributes.nickname]\nmin_length = 2500\nmax_length = 3000",
            "min_length is more than the maximum length of 2048.",
        ),
        ("[attributes.locale]\none_of = [\"german\"]", "`german`"),
        ("default_country = \"UK\"", "registration.default_country: `UK`"),
        (
            "[validation_data]\nallow = [\"a name that is longer than Cognito accepts\"]",
            "1 to 32 characters",
        ),
    ] {
        let error = Rules::new(&super::settings(settings)).unwrap_err().to_string();

        assert!(error.contains(expected), "{settings}: {error}");
    }
}

#[test]
fn debug_output_has_no_personal_data() {
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
    assert_eq!(printed, "Registration(..) Username(..) Some(Email(..)) Some(PhoneNumber(..))");
}
