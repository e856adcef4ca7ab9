//! The check of `[registration.consents]`.

use std::collections::BTreeMap;

use crate::config::sections::registration::Registration;

/// Maximum length of the value of an attribute in Cognito.
const MAX_VERSION: usize = 2048;

pub(super) fn check(registration: &Registration, mistakes: &mut Vec<String>) {
    let mut attributes = BTreeMap::new();
    for (name, consent) in &registration.consents {
        if consent.version.is_empty() {
            mistakes.push(format!("registration.consents.{name}.version is empty"));
        }
        if consent.version.chars().count() > MAX_VERSION {
            mistakes.push(format!("registration.consents.{name}.version has more than {MAX_VERSION} characters, which no attribute holds in Cognito"));
        }
        let Some(attribute) = consent.attribute.as_deref() else { continue };
        let setting = format!("registration.consents.{name}.attribute");
        let length = attribute.strip_prefix("custom:").map_or(0, |plain| plain.chars().count());
        if !(1..=20).contains(&length) {
            mistakes.push(format!(
                "{setting}: `{attribute}` must be \"custom:\" and 1 to 20 characters"
            ));
        }
        if registration.attributes.contains_key(attribute) {
            mistakes.push(format!(
                "{setting}: callers may set `{attribute}` (registration.attributes), so that it would prove nothing"
            ));
        }
        if let Some(other) = attributes.insert(attribute, name) {
            mistakes.push(format!(
                "{setting}: registration.consents.{other} is written to `{attribute}` already"
            ));
        }
    }
}
