use serde::Serialize;

/// Returns a value as JSON text.
///
/// Accepts only types whose serialization cannot fail: with strings as keys, and with text,
/// numbers, lists and structs as parts.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
