//! Tests of forms with the form rules of several deployments.

mod examples;
mod forms;
mod registrations;
mod violations;

use std::time::Duration;

use serde_json::Value;

use super::{Registration, Rules, UsernameKey, Violation};
use crate::config;

/// The time that a front end waits before it offers another code.
pub(super) const RESEND_INTERVAL: Duration = Duration::from_mins(1);

pub(super) fn settings(toml: &str) -> config::Registration {
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

pub(super) const EVERYTHING: &str = r#"
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
