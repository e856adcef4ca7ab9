use std::collections::BTreeMap;

use super::{
    violation::{Violation, ViolationCode},
    violations::Violations,
};
use crate::config::TriggerMetadata;
use crate::registration::{fields::text::has_control, forms::string_map::StringMap};

/// The maximum total length of all keys and values of a map in bytes.
pub(super) const MAX_TOTAL: usize = 8192;

/// Checks a map against the keys that the deployment allows.
pub(super) fn check(
    field: &str,
    sent: StringMap,
    rule: &TriggerMetadata,
    violations: &mut Violations,
) -> BTreeMap<String, String> {
    if violations.any_at(&[field]) {
        return BTreeMap::new();
    }
    let entries = sent.0;
    let mut total = 0;
    for (key, value) in &entries {
        total += key.len() + value.len();
        if !rule.allow.contains(key) {
            violations.add_once(&[field, key], ViolationCode::NotAllowed);
        } else if has_control(value) {
            violations.add_once(&[field, key], ViolationCode::ControlCharacter);
        }
    }
    if total > MAX_TOTAL {
        violations.push(Violation::new(&[field], ViolationCode::TooLong).with("max", MAX_TOTAL));
    }
    entries
}
