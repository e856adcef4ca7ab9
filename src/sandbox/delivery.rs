//! Where a code goes, and what Cognito lets the caller see of that.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::SignIn;

/// A mail address or a phone number that codes go to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destination<'a> {
    pub(super) to: &'a str,
    pub(super) attribute: &'static str,
}

impl Destination<'_> {
    pub(super) fn medium(&self) -> &'static str {
        if self.attribute == "email" { "EMAIL" } else { "SMS" }
    }

    /// `CodeDeliveryDetails`, with the destination masked.
    pub(super) fn details(&self) -> Value {
        let destination = if self.attribute == "email" {
            mask_email(self.to)
        } else {
            mask_phone_number(self.to)
        };
        json!({"Destination": destination, "DeliveryMedium": self.medium(), "AttributeName": self.attribute})
    }
}

/// With both at hand, a pool that verifies both sends to the phone first (Developer Guide,
/// "Configuring email or phone verification").
pub(super) fn destination(
    sign_in: SignIn,
    attributes: &BTreeMap<String, String>,
) -> Option<Destination<'_>> {
    verified(sign_in)
        .iter()
        .find_map(|&attribute| attributes.get(attribute).map(|to| Destination { to, attribute }))
}

/// The pool's `AutoVerifiedAttributes`, the first choice first.
pub(super) fn verified(sign_in: SignIn) -> &'static [&'static str] {
    match sign_in {
        SignIn::Email => &["email"],
        SignIn::Phone => &["phone_number"],
        SignIn::Username | SignIn::Alias => &["phone_number", "email"],
    }
}

/// What a pool with `PreventUserExistenceErrors` makes up for a user that it does not have.
pub(super) fn simulated(sign_in: SignIn, username: &str) -> Value {
    match sign_in {
        SignIn::Phone => Destination { to: username, attribute: "phone_number" }.details(),
        SignIn::Email => Destination { to: username, attribute: "email" }.details(),
        SignIn::Username | SignIn::Alias => {
            let initial = username.chars().next().unwrap_or('u');
            json!({"Destination": format!("{initial}***@e***"), "DeliveryMedium": "EMAIL", "AttributeName": "email"})
        }
    }
}

/// `ada@example.com` is shown as `a***@e***`.
fn mask_email(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    format!("{}***@{}***", first(local), first(domain))
}

/// `+14155550100` is shown as `+*******0100`.
fn mask_phone_number(number: &str) -> String {
    let digits = number.trim_start_matches('+');
    let hidden = digits.chars().count().saturating_sub(4);
    let shown: String = digits.chars().skip(hidden).collect();
    format!("+{}{shown}", "*".repeat(hidden))
}
