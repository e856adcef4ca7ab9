use serde::Serialize;

/// Returns a value as JSON text.
///
/// Only for types whose serialization cannot fail: their keys are strings, and their parts are
/// text, numbers, lists and structs.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
