//! The attributes that the sign-up form sends.

use std::collections::BTreeMap;

use crate::config::{Presence, Registration, UsernameMode};

/// The sign-ups that include an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inclusion {
    Always,
    Sometimes,
}

pub(super) fn attributes(registration: &Registration) -> BTreeMap<&str, Inclusion> {
    let (email, phone_number) =
        (registration.email_presence(), registration.phone_number_presence());
    // A generated name needs an email address or a phone number. If one is off, the other is
    // required.
    let is_generated = registration.username == UsernameMode::Generated;
    let mut attributes = BTreeMap::new();
    for (name, presence, other) in
        [("email", email, phone_number), ("phone_number", phone_number, email)]
    {
        let is_required =
            presence == Presence::Required || (is_generated && other == Presence::Off);
        if presence != Presence::Off {
            attributes.insert(name, inclusion(is_required));
        }
    }
    for (name, rule) in &registration.attributes {
        attributes.insert(name, inclusion(rule.required));
    }
    for consent in registration.consents.values() {
        if let Some(attribute) = &consent.attribute {
            attributes.insert(attribute, inclusion(consent.required));
        }
    }
    attributes
}

fn inclusion(is_always: bool) -> Inclusion {
    if is_always { Inclusion::Always } else { Inclusion::Sometimes }
}
