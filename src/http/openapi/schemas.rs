//! The schemas of bodies, from the structs that are parsed and written.

use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value, json};

use crate::http::openapi::problems;
use crate::{
    http::{
        problem::{Document, ProblemType, texts::Texts},
        response::{next_step::ActionResponse, sign_up::SignUpResponse},
    },
    registration::{ConfirmationForm, Policy, RegistrationForm, ResendForm, ViolationCode},
    signup::Action,
};

/// Every schema, by its name.
pub(super) fn schemas(texts: &Texts) -> Map<String, Value> {
    let mut schemas = sent();
    schemas.extend(answered());
    schemas.insert("Confirmed".to_owned(), ActionResponse::from(Action::Confirmed).schema());
    schemas.insert("CodeSent".to_owned(), ActionResponse::from(Action::CodeSent).schema());
    schemas.insert("AnyProblem".to_owned(), problems::any());
    for kind in ProblemType::ALL {
        schemas.insert(problems::schema_name(kind), problems::schema(kind, texts));
    }
    schemas
}

/// A schema of the components, by its name.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn sent() -> Map<String, Value> {
    let mut generator = generator(SchemaSettings::for_deserialize);
    add::<RegistrationForm>(&mut generator);
    add::<ConfirmationForm>(&mut generator);
    add::<ResendForm>(&mut generator);
    generator.take_definitions(true)
}

fn answered() -> Map<String, Value> {
    let mut generator = generator(SchemaSettings::for_serialize);
    add::<SignUpResponse<'_>>(&mut generator);
    add::<Policy>(&mut generator);
    add::<Document<'_>>(&mut generator);
    add::<ViolationCode>(&mut generator);
    generator.take_definitions(true)
}

fn generator(direction: impl FnOnce(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.transforms.push(Box::new(AsOnTheWire));
    });
    direction(settings).into_generator()
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    let _ = generator.subschema_for::<T>();
}

/// What is optional may be missing, and is `null` neither in a body that is read nor in one
/// that is written; and formats of numbers that only Rust knows say nothing to others.
#[derive(Clone)]
struct AsOnTheWire;

impl Transform for AsOnTheWire {
    fn transform(&mut self, schema: &mut Schema) {
        let format = schema.get("format").and_then(Value::as_str);
        if format.is_some_and(|format| format.starts_with("uint")) {
            schema.remove("format");
        }
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
            choices.retain(|choice| choice["type"] != "null");
            if let [only] = choices.as_slice() {
                let only = only.clone();
                schema.remove("anyOf");
                if let Value::Object(only) = only {
                    only.into_iter().for_each(|(key, value)| {
                        schema.insert(key, value);
                    });
                }
            }
        }
        transform_subschemas(self, schema);
    }
}
