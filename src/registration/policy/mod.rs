//! The form of a deployment as data, derived from the form rules that check registrations.

mod human_proof;
mod input;
mod patterns;
mod rule;
mod schema;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use self::human_proof::HumanProof;
pub use self::input::Input as PolicyField;
use self::input::Input;
use super::{rules::Rules, violation::pointer};
use crate::{
    config::{BotCheck, Presence, UsernameMode},
    time::whole_seconds,
};

/// The form of a deployment: its inputs and their rules.
#[derive(Debug, Serialize)]
pub struct Policy {
    /// The kind of user name.
    username_mode: UsernameMode,
    /// The inputs, in the order in which a form shows them.
    fields: Vec<Input>,
    /// The calling codes that phone numbers may have. Absent if the service accepts every code.
    #[serde(skip_serializing_if = "Option::is_none")]
    calling_codes: Option<Vec<u16>>,
    /// The country of phone numbers without `+`. Absent if each number needs a `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_country: Option<String>,
    /// The documents that users agree to.
    consents: Vec<ConsentPolicy>,
    /// The bot check of `human_proof`.
    human_proof: HumanProof,
    confirmation: ConfirmationPolicy,
    /// JSON Schema 2020-12 of the body of `POST /register`. The schema accepts every form that the
    /// service accepts. The service may reject a form that the schema accepts.
    schema: Value,
}

#[derive(Debug, Serialize)]
struct ConsentPolicy {
    /// The name of the document.
    name: String,
    /// The place of the version in the body of `POST /register` (RFC 6901).
    pointer: String,
    /// The current version, which a front end sends.
    version: String,
    /// `true` if users must agree to the document.
    required: bool,
}

/// The step after the sign-up.
#[derive(Debug, Serialize)]
struct ConfirmationPolicy {
    /// The number of digits of a code.
    code_length: usize,
    /// The time that a front end waits before it offers another code.
    resend_interval_seconds: u64,
}

impl Policy {
    /// Describes the form of a deployment. `resend_interval` is the time that a front end waits
    /// before it offers another code.
    #[must_use]
    pub fn new(rules: &Rules, resend_interval: Duration) -> Self {
        let mut fields = Input::all(rules);
        let schema = schema::schema(rules, &fields);
        fields.retain(Input::is_in_form);
        let has_phone_numbers = rules.phone_number != Presence::Off;
        Self {
            username_mode: rules.mode,
            calling_codes: rules.sms.calling_codes().filter(|_| has_phone_numbers),
            default_country: rules
                .default_country
                .filter(|_| has_phone_numbers)
                .map(|country| country.to_string()),
            consents: consents(rules),
            human_proof: HumanProof::None,
            confirmation: ConfirmationPolicy {
                code_length: rules.code_length,
                resend_interval_seconds: whole_seconds(resend_interval),
            },
            schema,
            fields,
        }
    }

    /// Returns the inputs, in the order in which a form shows them.
    #[must_use]
    pub fn fields(&self) -> &[PolicyField] {
        &self.fields
    }

    /// Adds the bot check.
    #[must_use]
    pub fn with_bot_check(self, settings: &BotCheck) -> Self {
        Self { human_proof: HumanProof::new(settings), ..self }
    }
}

fn consents(rules: &Rules) -> Vec<ConsentPolicy> {
    let documents = rules.consents.iter();
    documents
        .map(|(name, document)| ConsentPolicy {
            name: name.clone(),
            pointer: pointer(&["consents", name]),
            version: document.version.clone(),
            required: document.required,
        })
        .collect()
}
