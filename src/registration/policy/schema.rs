//! The body of `POST /register` as a JSON Schema. The schema accepts every form that the service
//! accepts. The service also checks form rules that a short schema cannot express.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{super::rules::Rules, input::Input, patterns};
use crate::config::{ConsentDocument, TriggerMetadata, UsernameMode};
use crate::registration::forms::{
    registration_form::{MAX_ANALYTICS_ENDPOINT_ID, MAX_HUMAN_PROOF},
    sent::VISIBLE_ASCII,
    string_map::MAX_VALUE,
};

/// A member of an object: its name, `true` if the member is required, and its schema.
type Member<'a> = (&'a str, bool, Value);

pub(super) fn schema(rules: &Rules, inputs: &[Input]) -> Value {
    let (attributes, fields): (Vec<_>, Vec<_>) =
        inputs.iter().partition(|input| input.pointer.starts_with("/attributes/"));
    // A client may send an empty value for a field that the form does not have.
    let absent =
        ["username", "email", "phone_number"].map(|name| (name, false, reference("blank")));
    let others = [
        map("attributes", attributes.into_iter().map(member)),
        map("client_metadata", metadata(&rules.client_metadata)),
        map("validation_data", metadata(&rules.validation_data)),
        map("consents", consents(&rules.consents)),
        ("device_data", false, json!({"type": "string"})),
        ("human_proof", false, json!({"type": "string", "maxLength": MAX_HUMAN_PROOF})),
        (
            "analytics_endpoint_id",
            false,
            json!({
                "type": "string",
                "maxLength": MAX_ANALYTICS_ENDPOINT_ID,
                "pattern": VISIBLE_ASCII,
            }),
        ),
    ];
    let fields = fields.into_iter().map(member);
    let mut schema = object(absent.into_iter().chain(fields).chain(others));
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$defs"] = json!({
        "blank": {"type": "string", "pattern": patterns::BLANK},
        "metadata": {
            "type": "string", "maxLength": MAX_VALUE, "pattern": patterns::no_control(),
        },
    });
    if rules.mode == UsernameMode::Generated {
        schema["anyOf"] = ["email", "phone_number"].map(filled).into();
    }
    schema
}

fn member(input: &Input) -> Member<'_> {
    (&input.name, input.required, input.schema())
}

/// Returns the schema of an object with these members and no others. If two members have the same
/// name, the last member applies.
fn object<'a>(members: impl Iterator<Item = Member<'a>>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, is_required, schema) in members {
        properties.insert(name.to_owned(), schema);
        if is_required {
            required.push(name);
        }
    }
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// Returns the member for a map. The map is required if one of its entries is required.
fn map<'a>(name: &'a str, entries: impl Iterator<Item = Member<'a>>) -> Member<'a> {
    let schema = object(entries);
    (name, schema.get("required").is_some(), schema)
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn metadata(rule: &TriggerMetadata) -> impl Iterator<Item = Member<'_>> {
    rule.allow.iter().map(|key| (key.as_str(), false, reference("metadata")))
}

/// Returns the members for the documents in their current versions. An empty version means that the
/// user did not tick the box.
fn consents(documents: &BTreeMap<String, ConsentDocument>) -> impl Iterator<Item = Member<'_>> {
    documents.iter().map(|(name, document)| {
        let schema = if document.required {
            json!({"type": "string", "const": document.version})
        } else {
            json!({"type": "string", "enum": ["", document.version]})
        };
        (name.as_str(), document.required, schema)
    })
}

fn filled(field: &str) -> Value {
    json!({
        "type": "object",
        "properties": {field: {"type": "string", "pattern": patterns::filled()}},
        "required": [field],
    })
}
