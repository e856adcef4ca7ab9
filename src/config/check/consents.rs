use std::collections::BTreeMap;

use crate::config::sections::registration::Registration;

/// The maximum length of the value of an attribute in Cognito.
const MAX_VERSION: usize = 2048;

pub(super) fn check(registration: &Registration, errors: &mut Vec<String>) {
    let mut attributes = BTreeMap::new();
    for (name, consent) in &registration.consents {
        let length = consent.version.chars().count();
        if !(1..=MAX_VERSION).contains(&length) {
            errors.push(format!(
                "registration.consents.{name}.version must have 1 to {MAX_VERSION} characters, as attributes in Cognito"
            ));
        }
        let Some(attribute) = consent.attribute.as_deref() else { continue };
        let setting = format!("registration.consents.{name}.attribute");
        let length = attribute.strip_prefix("custom:").map_or(0, |plain| plain.chars().count());
        if !(1..=20).contains(&length) {
            errors.push(format!(
                "{setting}: `{attribute}` must be \"custom:\" and 1 to 20 characters"
            ));
        }
        if registration.attributes.contains_key(attribute) {
            errors.push(format!(
                "{setting}: registration.attributes lets clients set `{attribute}`. Its value would prove nothing. Use another attribute."
            ));
        }
        if let Some(other) = attributes.insert(attribute, name) {
            errors.push(format!(
                "{setting}: registration.consents.{other} has the attribute `{attribute}` already. Use another attribute."
            ));
        }
    }
}
