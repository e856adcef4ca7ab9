use serde::Serialize;

/// Returns a value as JSON.
///
/// `value` must have a type whose serialization cannot fail: strings as keys, and strings,
/// numbers, lists and structs as values.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
