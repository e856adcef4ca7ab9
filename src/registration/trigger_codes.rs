use std::collections::BTreeSet;

use super::violation::{ViolationCode, pointer};
use crate::config::{Presence, Registration, UsernameMode};
use crate::registration::fields::text::has_control;

const MAX_CODE: usize = 64;

/// The maximum length of the text for the user in characters.
const MAX_DETAIL: usize = 500;

/// Rejects malformed or built-in trigger codes, invalid texts for users, and fields that the form
/// does not have.
pub(super) fn check(settings: &Registration) -> Result<(), String> {
    let fields = fields(settings);
    for (code, allowed) in &settings.trigger_codes {
        let setting = format!("registration.trigger_codes.{code}");
        if !is_code(code) {
            return Err(format!(
                "{setting}: a code must begin with a lower-case letter and have at most {MAX_CODE} lower-case letters, digits and underscores"
            ));
        }
        if ViolationCode::ALL.iter().any(|known| known.as_str() == code) {
            return Err(format!("{setting}: this code is a built-in code. Use another code."));
        }
        let length = allowed.detail.chars().count();
        if allowed.detail.trim().is_empty() || length > MAX_DETAIL || has_control(&allowed.detail) {
            return Err(format!(
                "{setting}.detail must be one line of 1 to {MAX_DETAIL} characters"
            ));
        }
        if let Some(unknown) = allowed.fields.iter().find(|field| !fields.contains(*field)) {
            return Err(format!(
                "{setting}.fields: the form has no field `{unknown}`. Use one of the fields {}.",
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

/// Returns the JSON pointers of all fields that a trigger code can name.
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
    fn rejects_malformed_trigger_codes_and_unknown_fields() {
        let long = "a".repeat(65);
        let detail = "x".repeat(501);
        for (code, detail, field, expected) in [
            ("invite_invalid", "No.", Some("/validation_data/invite"), None),
            ("a1_", "No.", Some("/attributes/custom:plan"), None),
            ("later", "No.", None, None),
            ("mail", "No.", Some("/email"), None),
            ("terms", "No.", Some("/consents/terms"), None),
            ("Later", "No.", None, Some("Later: a code must begin with a lower-case letter")),
            ("", "No.", None, Some("a code must begin")),
            ("1st", "No.", None, Some("a code must begin")),
            ("not-today", "No.", None, Some("a code must begin")),
            (&long, "No.", None, Some("a code must begin")),
            ("taken", "No.", None, Some("taken: this code is a built-in code")),
            ("later", " ", None, Some("later.detail must be one line")),
            ("later", "No.\nNever.", None, Some("must be one line")),
            ("later", &detail, None, Some("1 to 500 characters")),
            (
                "later",
                "No.",
                Some("/phone_number"),
                Some("later.fields: the form has no field `/phone_number`"),
            ),
            ("later", "No.", Some("/username"), Some("no field `/username`")),
            ("later", "No.", Some("/validation_data/other"), Some("no field")),
            (
                "later",
                "No.",
                Some("email"),
                Some("no field `email`. Use one of the fields /attributes/birthdate, "),
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
                (Err(error), Some(part)) => assert!(error.contains(part), "{error}"),
                (checked, _) => panic!("{code} {field:?}: {checked:?}"),
            }
        }
    }
}
