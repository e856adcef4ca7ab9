//! Comparison of the document with the service's own validation.

mod document;
mod forms;
mod settings;
mod soundness;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::{super::tests::RESEND_INTERVAL, Policy};
use crate::{
    config,
    registration::{Registration, RegistrationForm, Rules, UsernameKey, Violation, ViolationCode},
};

/// A deployment: its validation and its policy document.
struct Deployment {
    rules: Rules,
    document: Value,
    schema: Validator,
}

/// The result of the service's validation.
#[derive(Debug)]
enum Validation {
    Unreadable,
    Violations(Vec<Violation>),
    Accepted,
}

impl Deployment {
    fn new(settings: &config::Registration) -> Self {
        Self::of(Rules::new(settings).unwrap())
    }

    /// Creates a deployment that allows these countries and calling codes.
    fn with_sms(settings: &config::Registration, allow: &[&str]) -> Self {
        let defaults: toml::Table = toml::from_str(config::DEFAULT).unwrap();
        let mut limits: config::Limits = defaults["limits"].clone().try_into().unwrap();
        limits.sms.allow = allow.iter().map(|&entry| entry.to_owned()).collect();
        Self::of(Rules::new(settings).unwrap().with_sms(&limits).unwrap())
    }

    fn of(rules: Rules) -> Self {
        let document = serde_json::to_value(Policy::new(&rules, RESEND_INTERVAL)).unwrap();
        Self { schema: validator(&document["schema"]), rules, document }
    }

    /// Validates a body as `POST /register` does.
    fn validate(&self, body: &Value) -> Validation {
        let text = body.to_string();
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        let mut violations = Vec::new();
        let form = serde_ignored::deserialize(&mut deserializer, |path| {
            violations.push(Violation::new(&[&path.to_string()], ViolationCode::UnknownField));
        });
        let Ok(form): Result<RegistrationForm, _> = form else { return Validation::Unreadable };
        let key = UsernameKey::new([7; 32]);
        violations.extend(Registration::parse(form, &self.rules, &key).err().unwrap_or_default());
        if violations.is_empty() {
            Validation::Accepted
        } else {
            Validation::Violations(violations)
        }
    }

    /// Returns the form rules of the input at this pointer.
    fn rules_of(&self, pointer: &str) -> Option<&Vec<Value>> {
        let fields = self.document["fields"].as_array().unwrap();
        fields.iter().find(|field| field["pointer"] == pointer)?["rules"].as_array()
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().with_draft(Draft::Draft202012).build(schema).unwrap()
}
