//! The schema takes exactly what the service takes.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{
    super::super::tests::settings as with,
    Deployment, Reading,
    forms::{any_changes, changed, known_texts},
    settings::any_settings,
};
use crate::{
    config::{AttributeFormat, Presence, Registration, UsernameMode},
    registration::formats,
};

/// A form with what the deployment requires.
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
        let format = rule.format.unwrap_or_else(|| formats::of_standard(name));
        form["attributes"][name] = option.map_or(example(format), String::as_str).into();
    }
    for (name, document) in settings.consents.iter().filter(|(_, document)| document.required) {
        form["consents"][name] = document.version.as_str().into();
    }
    form
}

fn example(format: AttributeFormat) -> &'static str {
    match format {
        AttributeFormat::Text | AttributeFormat::Name => "Ada",
        AttributeFormat::Birthdate => "1952-02-29",
        AttributeFormat::Locale => "en",
        AttributeFormat::Zoneinfo => "Europe/Paris",
        AttributeFormat::Url => "https://example.com/ada",
        AttributeFormat::PhoneNumber => "+14155550100",
        AttributeFormat::Email => "ada@example.com",
        AttributeFormat::Number => "42",
    }
}

/// The schema takes a form exactly where the service does, or names only mistakes of which
/// the document says that the schema leaves them to it.
fn agree(deployment: &Deployment, form: &Value) -> Result<(), TestCaseError> {
    let takes = deployment.schema.is_valid(form);
    match deployment.read(form) {
        Reading::Unreadable => prop_assert!(!takes, "{form}"),
        Reading::Mistakes(mistakes) => {
            let expected = mistakes.iter().all(|mistake| deployment.is_beyond(mistake, form));
            prop_assert_eq!(takes, expected, "{} {:?}", form, mistakes);
            let untold = mistakes.iter().find(|mistake| !deployment.tells(mistake));
            prop_assert!(untold.is_none(), "{:?} is among no field's rules", untold);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_schema_takes_what_the_service_takes(
        settings in any_settings(),
        many_changes in vec(any_changes(), 48),
    ) {
        let deployment = Deployment::new(&settings);
        let whole = whole(&settings);
        for changes in many_changes {
            agree(&deployment, &changed(whole.clone(), changes))?;
        }
    }
}

/// Addresses at the borders of all lengths that matter.
fn long_addresses() -> Vec<String> {
    let mut addresses = Vec::new();
    for local in [63, 64, 65] {
        for label in [1, 62, 63, 64] {
            for total in [127, 128, 129, 253, 254, 255] {
                let start = format!("{}@{}.", "a".repeat(local), "b".repeat(label));
                let mut address = start;
                while address.len() + 10 < total {
                    address.push_str("cccc.");
                }
                let rest = total.saturating_sub(address.len()).max(1);
                addresses.push(address + &"d".repeat(rest));
            }
        }
    }
    addresses
}

#[test]
fn agrees_on_every_known_text_in_every_field() {
    let attribute = |format: &str| {
        Deployment::new(&with(&format!("attributes.nickname = {{ format = \"{format}\" }}")))
    };
    let formats = [
        "text",
        "name",
        "birthdate",
        "locale",
        "zoneinfo",
        "url",
        "phone_number",
        "email",
        "number",
    ];
    let everywhere = ["email", "phone", "chosen", "generated"].map(|mode| {
        let settings = with(&format!("username = \"{mode}\""));
        (Deployment::new(&settings), whole(&settings))
    });
    let mut texts = known_texts();
    texts.extend(long_addresses());

    for format in formats {
        let deployment = attribute(format);
        let base = whole(&with(""));
        for text in &texts {
            let mut form = base.clone();
            form["attributes"]["nickname"] = text.as_str().into();
            agree(&deployment, &form).unwrap();
        }
    }
    let numbers = [&["GB"][..], &["+1", "DE"], &["*"], &[]].map(|allow| {
        let settings = with("username = \"phone\"");
        (Deployment::with_sms(&settings, allow), whole(&settings))
    });
    for (deployment, base) in everywhere.iter().chain(&numbers) {
        for field in ["username", "email", "phone_number", "password", "analytics_endpoint_id"] {
            for text in &texts {
                let mut form = base.clone();
                form[field] = text.as_str().into();
                agree(deployment, &form).unwrap();
            }
        }
    }
}
