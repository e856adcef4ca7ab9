//! The codes that the pre-sign-up trigger may pick, held against the form.

use std::collections::BTreeSet;

use super::violation::{ViolationCode, pointer};
use crate::config::{Presence, Registration, UsernameMode};
use crate::registration::fields::text::has_control;

/// How many characters a code may have.
const MAX_CODE: usize = 64;

/// How many characters the sentence for the person may have.
const MAX_DETAIL: usize = 500;

/// Says in a sentence what to mend where a code is not one, or means a field that the form does
/// not have.
pub(super) fn check(settings: &Registration) -> Result<(), String> {
    let fields = fields(settings);
    for (code, allowed) in &settings.trigger_codes {
        let setting = format!("registration.trigger_codes.{code}");
        if !is_code(code) {
            return Err(format!(
                "{setting}: a code begins with a small letter, and has at most {MAX_CODE} small letters, digits and underscores"
            ));
        }
        if ViolationCode::ALL.iter().any(|known| known.as_str() == code) {
            return Err(format!("{setting}: this code has a meaning of its own already"));
        }
        let length = allowed.detail.chars().count();
        if allowed.detail.trim().is_empty() || length > MAX_DETAIL || has_control(&allowed.detail) {
            return Err(format!(
                "{setting}.detail must be a sentence of at most {MAX_DETAIL} characters, in one line"
            ));
        }
        if let Some(unknown) = allowed.fields.iter().find(|field| !fields.contains(*field)) {
            return Err(format!(
                "{setting}.fields: this form has no field `{unknown}`; its fields are {}",
                fields.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    Ok(())
}

fn is_code(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.len() <= MAX_CODE
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Every field that a person or a front end can fill in, as a JSON pointer.
fn fields(settings: &Registration) -> BTreeSet<String> {
    let mut fields = BTreeSet::from([pointer(&["password"])]);
    if settings.username == UsernameMode::Chosen {
        fields.insert(pointer(&["username"]));
    }
    for (name, presence) in
        [("email", settings.email_presence()), ("phone_number", settings.phone_number_presence())]
    {
        if presence != Presence::Off {
            fields.insert(pointer(&[name]));
        }
    }
    fields.extend(settings.attributes.keys().map(|name| pointer(&["attributes", name])));
    fields.extend(settings.consents.keys().map(|name| pointer(&["consents", name])));
    for (map, trigger_metadata) in [
        ("client_metadata", &settings.client_metadata),
        ("validation_data", &settings.validation_data),
    ] {
        fields.extend(trigger_metadata.allow.iter().map(|key| pointer(&[map, key])));
    }
    fields
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{Config, Sources},
        registration::Rules,
    };

    #[test]
    fn codes_are_held_against_the_form() {
        let long = "a".repeat(65);
        let detail = "x".repeat(501);
        for (code, detail, field, expected) in [
            ("invite_invalid", "No.", Some("/validation_data/invite"), None),
            ("a1_", "No.", Some("/attributes/custom:plan"), None),
            ("later", "No.", None, None),
            ("mail", "No.", Some("/email"), None),
            ("terms", "No.", Some("/consents/terms"), None),
            ("Later", "No.", None, Some("Later: a code begins with a small letter")),
            ("", "No.", None, Some("a code begins")),
            ("1st", "No.", None, Some("a code begins")),
            ("not-today", "No.", None, Some("a code begins")),
            (&long, "No.", None, Some("a code begins")),
            ("taken", "No.", None, Some("taken: this code has a meaning of its own already")),
            ("later", " ", None, Some("later.detail must be a sentence")),
            ("later", "No.\nNever.", None, Some("in one line")),
            ("later", &detail, None, Some("at most 500 characters")),
            (
                "later",
                "No.",
                Some("/phone_number"),
                Some("later.fields: this form has no field `/phone_number`"),
            ),
            ("later", "No.", Some("/username"), Some("no field `/username`")),
            ("later", "No.", Some("/validation_data/other"), Some("no field")),
            (
                "later",
                "No.",
                Some("email"),
                Some("no field `email`; its fields are /attributes/birthdate, "),
            ),
            ("later", "No.", Some(""), Some("no field ``")),
        ] {
            let codes = toml::Value::from(toml::Table::from_iter([(
                code.to_owned(),
                toml::Value::from(toml::Table::from_iter([
                    ("detail".to_owned(), detail.into()),
                    ("fields".to_owned(), field.into_iter().collect::<Vec<_>>().into()),
                ])),
            )]));
            let variable = "VESTIBULE__REGISTRATION__TRIGGER_CODES".to_owned();
            let environment = [(variable, codes.to_string())];
            let sources = Sources { sandbox: true, environment: &environment, file: None };
            let mut registration = Config::load(sources).unwrap().registration;
            registration.trigger_codes.retain(|name, _| name == code);

            let checked = Rules::new(&registration).map_err(|error| error.to_string());

            match (checked, expected) {
                (Ok(_), None) => {}
                (Err(sentence), Some(part)) => assert!(sentence.contains(part), "{sentence}"),
                (checked, _) => panic!("{code} {field:?}: {checked:?}"),
            }
        }
    }
}
