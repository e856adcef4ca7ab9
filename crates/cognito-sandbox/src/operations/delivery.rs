//! Destinations of codes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    settings::SignIn,
    state::{account::Code, views::Message},
};

/// The email address or phone number that receives a code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    pub(crate) to: &'a str,
    pub(crate) attribute: &'static str,
}

impl Destination<'_> {
    /// Returns the message with a code. The records number the message when the pool sends it.
    pub(crate) fn message(&self, code: &Code, username: &str, purpose: &'static str) -> Message {
        Message {
            id: 0,
            to: self.to.to_owned(),
            medium: self.medium(),
            code: code.digits.clone(),
            username: username.to_owned(),
            purpose,
            at: jiff::Timestamp::now().to_string(),
        }
    }

    fn medium(&self) -> &'static str {
        if self.attribute == "email" { "EMAIL" } else { "SMS" }
    }

    /// Returns `CodeDeliveryDetails`, with the destination masked.
    pub(crate) fn details(&self) -> Value {
        let destination = if self.attribute == "email" {
            mask_email(self.to)
        } else {
            mask_phone_number(self.to)
        };
        json!({"Destination": destination, "DeliveryMedium": self.medium(), "AttributeName": self.attribute})
    }
}

/// Returns the destination of an account's codes, or `None` if the account has no attribute that
/// the pool verifies.
pub(crate) fn destination(
    sign_in: SignIn,
    attributes: &BTreeMap<String, String>,
) -> Option<Destination<'_>> {
    sign_in
        .verified_attributes()
        .iter()
        .find_map(|&attribute| attributes.get(attribute).map(|to| Destination { to, attribute }))
}

/// Returns the `CodeDeliveryDetails` that `PreventUserExistenceErrors` invents for an unknown user.
pub(crate) fn simulated(sign_in: SignIn, username: &str) -> Value {
    match sign_in {
        SignIn::Phone => Destination { to: username, attribute: "phone_number" }.details(),
        SignIn::Email => Destination { to: username, attribute: "email" }.details(),
        SignIn::Username | SignIn::Alias => {
            let initial = username.chars().next().unwrap_or('u');
            json!({"Destination": format!("{initial}***@e***"), "DeliveryMedium": "EMAIL", "AttributeName": "email"})
        }
    }
}

/// Masks `ada@example.com` as `a***@e***`.
fn mask_email(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    format!("{}***@{}***", first(local), first(domain))
}

/// Masks `+14155550100` as `+*******0100`.
fn mask_phone_number(number: &str) -> String {
    let digits = number.trim_start_matches('+');
    let hidden = digits.chars().count().saturating_sub(4);
    let shown: String = digits.chars().skip(hidden).collect();
    format!("+{}{shown}", "*".repeat(hidden))
}
