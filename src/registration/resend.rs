//! `POST /register/resend`: its body as sent, and a request for a code that was checked.

use std::{collections::BTreeMap, fmt};

use secrecy::SecretString;
use serde::Deserialize;
use validator::Validate;

use super::{
    entries::Entries,
    passed_on,
    rules::Rules,
    sent::{self, text, visible_ascii},
    text::filled,
    username::{self, Username},
    violation::Violation,
};

/// What a caller sent, before any rule of a deployment. As with a registration, unknown
/// fields are collected by whoever reads the body.
#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct ResendForm {
    #[serde(deserialize_with = "text")]
    username: Option<String>,
    #[validate(nested)]
    client_metadata: Entries,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"), custom(function = visible_ascii))]
    analytics_endpoint_id: Option<String>,
    #[serde(deserialize_with = "text")]
    device_data: Option<String>,
}

/// A request for a new code that breaks no rule, made by [`Resend::parse`] alone.
pub struct Resend {
    /// The name of the account.
    pub username: Username,
    /// What Lambda triggers see.
    pub client_metadata: BTreeMap<String, String>,
    /// The Pinpoint endpoint.
    pub analytics_endpoint_id: Option<String>,
    /// Cognito's EncodedData as the front end collected it, unchecked.
    pub device_data: Option<String>,
}

impl Resend {
    /// What makes two requests the same: everything that was asked for, without what differs
    /// from try to try.
    #[must_use]
    pub fn identity(&self) -> SecretString {
        let parts = (self.username.as_str(), &self.client_metadata);
        // Texts cannot fail to be written.
        serde_json::to_string(&parts).unwrap_or_default().into()
    }

    /// Checks a form by a deployment's rules.
    ///
    /// # Errors
    /// All mistakes at once, in the order of the contract's fields.
    pub fn parse(form: ResendForm, rules: &Rules) -> Result<Self, Vec<Violation>> {
        let mut mistakes = sent::mistakes(&form);
        let username = username::given(form.username, rules, &mut mistakes);
        let client_metadata = passed_on::check(
            "client_metadata",
            form.client_metadata,
            &rules.client_metadata,
            &mut mistakes,
        );
        match username {
            Some(username) if mistakes.is_empty() => Ok(Self {
                username,
                client_metadata,
                analytics_endpoint_id: filled(form.analytics_endpoint_id),
                device_data: filled(form.device_data),
            }),
            _ => Err(mistakes.in_order()),
        }
    }
}

impl fmt::Debug for ResendForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResendForm(..)")
    }
}

impl fmt::Debug for Resend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resend(..)")
    }
}
