//! `POST /register/resend`: its body as sent, and a request for a code that was checked.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use validator::Validate;

use crate::registration::{
    fields::{
        text::filled,
        username::{self, Username},
    },
    forms::{
        entries::Entries,
        registration::Registration,
        sent::{self, text, visible_ascii},
    },
    rules::Rules,
    trigger_metadata,
    violation::Violation,
};

// As with a registration, unknown fields are collected by whoever reads the body, and what
// stands beside the fields is what the contract says of them.
/// The account that a new code is to be sent for.
#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct ResendForm {
    /// The account that is meant: the `username` that the sign-up answered, or the email address
    /// or phone number where the pool takes those; made canonical as at sign-up.
    #[serde(deserialize_with = "text")]
    username: Option<String>,
    /// What Lambda triggers of the user pool are told; only keys that the deployment allows.
    #[validate(nested)]
    client_metadata: Entries,
    /// The Amazon Pinpoint endpoint, in visible ASCII.
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"), custom(function = visible_ascii))]
    analytics_endpoint_id: Option<String>,
    /// The `EncodedData` that Cognito's script has collected in the browser or app.
    #[serde(deserialize_with = "text")]
    device_data: Option<String>,
}

/// A request for a new code that breaks no rule, made by [`Resend::parse`], or of a registration
/// that was checked.
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
    /// Another code for who has signed up already; triggers are told the same as at the sign-up.
    #[must_use]
    pub fn again(registration: &Registration) -> Self {
        Self {
            username: registration.username.clone(),
            client_metadata: registration.client_metadata.clone(),
            analytics_endpoint_id: registration.analytics_endpoint_id.clone(),
            device_data: registration.device_data.clone(),
        }
    }

    /// Checks a form by a deployment's rules.
    ///
    /// # Errors
    /// All mistakes at once, in the order of the contract's fields.
    pub fn parse(form: ResendForm, rules: &Rules) -> Result<Self, Vec<Violation>> {
        let mut mistakes = sent::mistakes(&form);
        let username = username::given(form.username, rules, &mut mistakes);
        let number = username.as_ref().and_then(Username::phone_number);
        if let Some(mistake) = number.and_then(|number| rules.sms_mistake(&number)) {
            mistakes.add(&["username"], mistake);
        }
        let client_metadata = trigger_metadata::check(
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
