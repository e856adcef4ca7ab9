//! The schema takes exactly what the service takes.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{
    Deployment, Reading,
    forms::{any_changes, changed},
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
