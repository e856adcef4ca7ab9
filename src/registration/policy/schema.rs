//! The body of `POST /register` as a JSON Schema. It is sound: it accepts every form that the
//! service accepts, and leaves to the service what a schema cannot say briefly.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{super::rules::Rules, input::Input, patterns};
use crate::config::{ConsentDocument, PassedOn, UsernameMode};
use crate::registration::forms::{
    entries::MAX_VALUE,
    registration_form::{MAX_ANALYTICS_ENDPOINT_ID, MAX_HUMAN_PROOF},
    sent::VISIBLE_ASCII,
};

/// An object under construction.
#[derive(Default)]
struct Object {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Object {
    fn add(&mut self, name: &str, is_required: bool, schema: Value) {
        self.properties.insert(name.to_owned(), schema);
        if is_required {
            self.required.push(name.to_owned());
        }
    }

    /// Adds a map that is required if one of its entries is.
    fn add_map(&mut self, name: &str, map: Self) {
        let is_required = !map.required.is_empty();
        self.add(name, is_required, map.into_schema());
    }

    fn into_schema(self) -> Value {
        json!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }
}

/// Returns the schema of a form with these inputs.
pub(super) fn schema(rules: &Rules, inputs: &[Input]) -> Value {
    let mut body = Object::default();
    let mut attributes = Object::default();
    // A field that the form does not have may still be sent empty.
    for name in ["username", "email", "phone_number"] {
        body.add(name, false, reference("blank"));
    }
    for input in inputs {
        let is_attribute = input.pointer.starts_with("/attributes/");
        let parent = if is_attribute { &mut attributes } else { &mut body };
        parent.add(&input.name, input.required, input.schema());
    }
    body.add_map("attributes", attributes);
    body.add_map("client_metadata", metadata(&rules.client_metadata));
    body.add_map("validation_data", metadata(&rules.validation_data));
    body.add_map("consents", consents(&rules.consents));
    body.add("device_data", false, json!({"type": "string"}));
    body.add("human_proof", false, json!({"type": "string", "maxLength": MAX_HUMAN_PROOF}));
    body.add(
        "analytics_endpoint_id",
        false,
        json!({
            "type": "string",
            "maxLength": MAX_ANALYTICS_ENDPOINT_ID,
            "pattern": VISIBLE_ASCII,
        }),
    );
    let mut schema = body.into_schema();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$defs"] = json!({
        "blank": {"type": "string", "pattern": patterns::blank()},
        "metadata": {
            "type": "string", "maxLength": MAX_VALUE, "pattern": patterns::no_control(),
        },
    });
    if rules.mode == UsernameMode::Generated {
        schema["anyOf"] = any_filled(&["email", "phone_number"]);
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn metadata(rule: &PassedOn) -> Object {
    let mut entries = Object::default();
    for key in &rule.allow {
        entries.add(key, false, reference("metadata"));
    }
    entries
}

/// Accepts the documents in their current versions. An empty version is a box that was not
/// ticked.
fn consents(documents: &BTreeMap<String, ConsentDocument>) -> Object {
    let mut consents = Object::default();
    for (name, document) in documents {
        let schema = if document.required {
            json!({"type": "string", "const": document.version})
        } else {
            json!({"type": "string", "enum": ["", document.version]})
        };
        consents.add(name, document.required, schema);
    }
    consents
}

/// Requires that one of these fields is filled in.
fn any_filled(fields: &[&str]) -> Value {
    let filled = |field: &&str| {
        json!({
            "type": "object",
            "properties": {*field: {"type": "string", "pattern": patterns::filled()}},
            "required": [field],
        })
    };
    fields.iter().map(filled).collect()
}
