//! What the sign-up form of the settings sends.

use std::collections::BTreeMap;

use crate::config::{Presence, Registration, UsernameMode};

/// How often an attribute is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// With every sign-up.
    Always,
    /// With those whose people gave it.
    Sometimes,
}

/// The attributes that sign-ups carry, by name.
pub(super) fn attributes(registration: &Registration) -> BTreeMap<&str, Sent> {
    let (email, phone_number) =
        (registration.email_presence(), registration.phone_number_presence());
    // A generated name needs one of the two, so that the other being off makes it a must.
    let is_generated = registration.username == UsernameMode::Generated;
    let mut attributes = BTreeMap::new();
    for (name, presence, other) in
        [("email", email, phone_number), ("phone_number", phone_number, email)]
    {
        let is_must = presence == Presence::Required || (is_generated && other == Presence::Off);
        if presence != Presence::Off {
            attributes.insert(name, sent(is_must));
        }
    }
    for (name, rule) in &registration.attributes {
        attributes.insert(name, sent(rule.required));
    }
    for consent in registration.consents.values() {
        if let Some(attribute) = &consent.attribute {
            attributes.insert(attribute, sent(consent.required));
        }
    }
    attributes
}

fn sent(always: bool) -> Sent {
    if always { Sent::Always } else { Sent::Sometimes }
}
