//! The document beside the service's own judgement, by a validator off the shelf.

mod agreement;
mod document;
mod forms;
mod settings;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::{super::tests::RESEND_INTERVAL, Policy};
use crate::{
    config,
    registration::{Registration, RegistrationForm, Rules, UsernameKey, Violation, ViolationCode},
};

/// A deployment: how it judges forms, and what it tells about that.
struct Deployment {
    rules: Rules,
    document: Value,
    schema: Validator,
    beyond: Vec<(Value, Option<Validator>)>,
}

/// How the service itself reads a form.
#[derive(Debug)]
enum Reading {
    Unreadable,
    Mistakes(Vec<Violation>),
}

impl Deployment {
    fn new(settings: &config::Registration) -> Self {
        Self::of(Rules::new(settings).unwrap())
    }

    /// The same, where only these countries and calling codes are sent messages.
    fn with_sms(settings: &config::Registration, allow: &[&str]) -> Self {
        let defaults: toml::Table = toml::from_str(config::DEFAULT).unwrap();
        let mut limits: config::Limits = defaults["limits"].clone().try_into().unwrap();
        limits.sms.allow = allow.iter().map(|&entry| entry.to_owned()).collect();
        Self::of(Rules::new(settings).unwrap().with_sms(&limits).unwrap())
    }

    fn of(rules: Rules) -> Self {
        let policy = Policy::new(&rules, RESEND_INTERVAL);
        let document = serde_json::to_value(&policy).unwrap();
        let beyond = document["beyond_schema"].as_array().unwrap().clone();
        let with_values = |entry: Value| {
            let values = entry.get("values").map(validator);
            (entry, values)
        };
        Self {
            rules,
            schema: validator(&document["schema"]),
            beyond: beyond.into_iter().map(with_values).collect(),
            document,
        }
    }

    /// Reads as `POST /register` does.
    fn read(&self, body: &Value) -> Reading {
        let text = body.to_string();
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        let mut mistakes = Vec::new();
        let form = serde_ignored::deserialize(&mut deserializer, |path| {
            mistakes.push(Violation::new(&[&path.to_string()], ViolationCode::UnknownField));
        });
        let Ok(form): Result<RegistrationForm, _> = form else { return Reading::Unreadable };
        let key = UsernameKey::new([7; 32]);
        mistakes.extend(Registration::parse(form, &self.rules, &key).err().unwrap_or_default());
        Reading::Mistakes(mistakes)
    }

    /// Whether the document says that its schema leaves this mistake in this form to the
    /// service.
    fn is_beyond(&self, mistake: &Violation, body: &Value) -> bool {
        self.beyond.iter().any(|(entry, values)| {
            let params = entry.get("params").cloned().unwrap_or_else(|| serde_json::json!({}));
            let mut of_the_rule = mistake.params.clone();
            // These are of the value.
            of_the_rule.retain(|name, _| !["score", "suggestion"].contains(name));
            entry["pointer"] == mistake.pointer
                && entry["code"] == mistake.code.as_str()
                && params == serde_json::to_value(&of_the_rule).unwrap()
                && values.as_ref().is_none_or(|values| {
                    body.pointer(&mistake.pointer).is_some_and(|value| values.is_valid(value))
                })
        })
    }

    /// Whether the field is told with this rule, or is no field of the form.
    fn tells(&self, mistake: &Violation) -> bool {
        let fields = self.document["fields"].as_array().unwrap();
        let field = fields.iter().find(|field| field["pointer"] == mistake.pointer);
        let Some(field) = field else { return true };
        let rules = field["rules"].as_array().unwrap();
        rules.iter().any(|rule| rule["code"] == mistake.code.as_str())
            || mistake.code == ViolationCode::Required && field["required"] == true
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().with_draft(Draft::Draft202012).build(schema).unwrap()
}
