use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::registration::violation::{ViolationCode, pointer};

pub(in crate::registration) const MAX_ENTRIES: usize = 50;

/// The maximum length of a value in characters (Cognito's model).
pub(in crate::registration) const MAX_VALUE: usize = 2048;

/// A map of strings without duplicate JSON keys. The type does not limit the length of keys,
/// because the service rejects keys that are not on the deployment's list.
#[derive(Default)]
pub(in crate::registration) struct StringMap(pub(in crate::registration) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for StringMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StringMapVisitor)
    }
}

struct StringMapVisitor;

impl<'de> Visitor<'de> for StringMapVisitor {
    type Value = StringMap;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StringMap, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if entries.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate JSON key"));
            }
        }
        Ok(StringMap(entries))
    }
}

/// Names errors by the rest of the pointer: the empty string for the map, `/key` for an entry. Does
/// not check the entries of a map with too many entries.
impl Validate for StringMap {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.0.len() > MAX_ENTRIES {
            errors.add("", over(ViolationCode::TooMany, MAX_ENTRIES));
            return Err(errors);
        }
        for (key, value) in &self.0 {
            if is_longer_than(value, MAX_VALUE) {
                errors.errors_mut().insert(
                    Cow::Owned(pointer(&[key])),
                    ValidationErrorsKind::Field(vec![over(ViolationCode::TooLong, MAX_VALUE)]),
                );
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

pub(in crate::registration) fn over(code: ViolationCode, max: usize) -> ValidationError {
    let mut error = ValidationError::new(code.as_str());
    error.add_param(Cow::Borrowed("max"), &max);
    error
}

pub(in crate::registration) fn is_longer_than(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().count() > max
}
