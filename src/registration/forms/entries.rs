//! A map of texts as sent.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::registration::violation::{ViolationCode, pointer};

/// How many entries a map may have.
pub(in crate::registration) const MAX_ENTRIES: usize = 50;

/// How many characters a value may have (Cognito's model).
pub(in crate::registration) const MAX_VALUE: usize = 2048;

/// A map from text to text in which no key stands twice. How long a key may be needs no
/// rule here: whatever is not on a deployment's list of keys is refused.
#[derive(Default)]
pub(in crate::registration) struct Entries(pub(in crate::registration) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object whose values are texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if entries.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Entries(entries))
    }
}

/// Names what is wrong by the rest of the pointer: nothing for the map itself, `/key` for
/// an entry. In a map with too many entries none is looked at.
impl Validate for Entries {
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

/// An error that says how much there may be.
pub(in crate::registration) fn over(code: ViolationCode, max: usize) -> ValidationError {
    let mut error = ValidationError::new(code.as_str());
    error.add_param(Cow::Borrowed("max"), &max);
    error
}

/// Whether a text has more than so many characters; counts only where the octets leave it
/// open.
pub(in crate::registration) fn is_longer_than(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().count() > max
}
