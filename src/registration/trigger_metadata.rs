//! What of `client_metadata` and `validation_data` goes on to Cognito.

use std::collections::BTreeMap;

use super::{
    mistakes::Mistakes,
    violation::{Violation, ViolationCode},
};
use crate::config::TriggerMetadata;
use crate::registration::{fields::text::has_control, forms::entries::Entries};

/// How many octets the keys and values of a map may have together.
pub(super) const MAX_TOTAL: usize = 8192;

/// The entries of a map, if a deployment lets all of them pass.
pub(super) fn check(
    field: &str,
    sent: Entries,
    rule: &TriggerMetadata,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, String> {
    if mistakes.any_at(&[field]) {
        return BTreeMap::new();
    }
    let entries = sent.0;
    let mut total = 0;
    for (key, value) in &entries {
        total += key.len() + value.len();
        if !rule.allow.contains(key) {
            mistakes.add_once(&[field, key], ViolationCode::NotAllowed);
        } else if has_control(value) {
            mistakes.add_once(&[field, key], ViolationCode::ControlCharacter);
        }
    }
    if total > MAX_TOTAL {
        mistakes.push(Violation::new(&[field], ViolationCode::TooLong).with("max", MAX_TOTAL));
    }
    entries
}
