use std::collections::BTreeMap;

use serde::Deserialize;
use validator::Validate;

use crate::registration::{
    fields::{
        text::filled,
        username::{self, Username},
    },
    forms::{
        registration::Registration,
        sent::{self, text, visible_ascii},
        string_map::StringMap,
    },
    rules::Rules,
    trigger_metadata,
    violation::Violation,
};

/// The form of a resend, unchecked.
#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct ResendForm {
    /// The `username` of the response to the sign-up, or an alias. The service normalises the value
    /// like the name of a sign-up.
    #[serde(deserialize_with = "text")]
    username: Option<String>,
    #[validate(nested)]
    client_metadata: StringMap,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"), custom(function = visible_ascii))]
    analytics_endpoint_id: Option<String>,
    #[serde(deserialize_with = "text")]
    device_data: Option<String>,
}

/// A checked form of a resend.
pub struct Resend {
    /// The name of the account.
    pub username: Username,
    /// The client metadata for Lambda triggers.
    pub client_metadata: BTreeMap<String, String>,
    /// The Pinpoint endpoint.
    pub analytics_endpoint_id: Option<String>,
    /// Cognito's EncodedData, unchecked.
    pub device_data: Option<String>,
}

impl Resend {
    /// Creates the resend for a repeated sign-up. Triggers receive the same metadata.
    #[must_use]
    pub fn again(registration: &Registration) -> Self {
        Self {
            username: registration.username.clone(),
            client_metadata: registration.client_metadata.clone(),
            analytics_endpoint_id: registration.analytics_endpoint_id.clone(),
            device_data: registration.device_data.clone(),
        }
    }

    /// Checks a form by a deployment's form rules.
    ///
    /// # Errors
    /// Returns all violations at once, in the contract's order of fields.
    pub fn parse(form: ResendForm, rules: &Rules) -> Result<Self, Vec<Violation>> {
        let mut violations = sent::violations(&form);
        let username = username::existing(form.username, rules, &mut violations);
        let number = username.as_ref().and_then(Username::phone_number);
        if let Some(violation) = number.and_then(|number| rules.sms_violation(&number)) {
            violations.add(&["username"], violation);
        }
        let client_metadata = trigger_metadata::check(
            "client_metadata",
            form.client_metadata,
            &rules.client_metadata,
            &mut violations,
        );
        match username {
            Some(username) if violations.is_empty() => Ok(Self {
                username,
                client_metadata,
                analytics_endpoint_id: filled(form.analytics_endpoint_id),
                device_data: filled(form.device_data),
            }),
            _ => Err(violations.in_order()),
        }
    }
}

opaque_debug!(ResendForm, Resend);
