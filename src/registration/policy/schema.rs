//! The body of `POST /register` as a JSON Schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    super::{
        entries::{MAX_ENTRIES, MAX_VALUE},
        form::{MAX_ANALYTICS_ENDPOINT_ID, MAX_HUMAN_PROOF},
        trigger_metadata::MAX_TOTAL,
        violation::{ViolationCode, pointer},
    },
    patterns,
    told::{Beyond, Rule},
};
use crate::config::{ConsentDocument, PassedOn};

/// An object under construction: its members, and which must be there.
#[derive(Default)]
pub(super) struct Object {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Object {
    pub(super) fn add(&mut self, name: &str, is_required: bool, schema: Value) {
        self.properties.insert(name.to_owned(), schema);
        if is_required {
            self.required.push(name.to_owned());
        }
    }

    /// Adds a map of which some entry is required, or none.
    pub(super) fn add_map(&mut self, name: &str, map: Self) {
        let is_required = !map.required.is_empty();
        let mut schema = map.into_schema();
        schema["maxProperties"] = MAX_ENTRIES.into();
        self.add(name, is_required, schema);
    }

    /// Takes the members that were added, and no others.
    pub(super) fn into_schema(self) -> Value {
        json!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }
}

/// What is passed on under these keys. How many octets it has in all no schema can say.
pub(super) fn trigger_metadata(field: &str, rule: &PassedOn) -> (Object, Option<Beyond>) {
    let mut entries = Object::default();
    for key in &rule.allow {
        let value = json!({
            "type": "string", "maxLength": MAX_VALUE, "pattern": patterns::no_control(),
        });
        entries.add(key, false, value);
    }
    let beyond = (!rule.allow.is_empty()).then(|| Beyond {
        pointer: pointer(&[field]),
        rule: Rule::with(ViolationCode::TooLong, "max", MAX_TOTAL),
        values: None,
    });
    (entries, beyond)
}

/// The documents in their current versions; an empty version is a box that was not ticked.
pub(super) fn consents(documents: &BTreeMap<String, ConsentDocument>) -> Object {
    let mut consents = Object::default();
    for (name, document) in documents {
        let schema = if document.required {
            json!({"const": document.version})
        } else {
            json!({"enum": ["", document.version]})
        };
        consents.add(name, document.required, schema);
    }
    consents
}

/// The fields that are the same in every deployment.
pub(super) fn add_the_rest(body: &mut Object) {
    body.add("device_data", false, json!({"type": "string"}));
    for (name, max, pattern) in [
        ("analytics_endpoint_id", MAX_ANALYTICS_ENDPOINT_ID, Some("^[!-~]*$")),
        ("human_proof", MAX_HUMAN_PROOF, None),
    ] {
        let mut schema = json!({"type": "string", "maxLength": max});
        if let Some(pattern) = pattern {
            schema["pattern"] = pattern.into();
        }
        body.add(name, false, schema);
    }
}

/// One of these fields must be filled in.
pub(super) fn any_filled(fields: &[&str]) -> Value {
    let filled = |field: &&str| json!({"required": [field], "properties": {*field: {"pattern": patterns::filled()}}});
    fields.iter().map(filled).collect()
}
