use serde_json::{Value, json};

use super::{Case, FindingCode, attribute};

pub(super) fn cases() -> Vec<Case> {
    [required(), unknown(), not_writable(), unclear()].into_iter().flatten().collect()
}

fn schema(attributes: &[(&str, bool)]) -> Value {
    let attributes: Vec<Value> =
        attributes.iter().map(|(name, required)| attribute(name, *required)).collect();
    json!({"SchemaAttributes": attributes})
}

fn required() -> Vec<Case> {
    let case = |what| {
        Case::new(FindingCode::AttributeRequired, what).pool(schema(&[
            ("sub", true),
            ("email", true),
            ("given_name", true),
        ]))
    };
    vec![
        Case::new(FindingCode::AttributeRequired, "the form has every required attribute"),
        case("the form has no field").says("does not have it. Every sign-up fails"),
        case("a field that may stay empty")
            .settings(&[("REGISTRATION__ATTRIBUTES", "{ given_name = {} }")])
            .says("does not require it"),
        case("a field that is required")
            .settings(&[("REGISTRATION__ATTRIBUTES", "{ given_name = { required = true } }")]),
        Case::new(FindingCode::AttributeRequired, "an email address that may stay empty")
            .settings(&[("REGISTRATION__USERNAME", "phone")])
            .pool(schema(&[("email", true), ("phone_number", false)]))
            .says("registration.email = \"required\""),
    ]
}

fn unknown() -> Vec<Case> {
    let case = |what, attributes| {
        Case::new(FindingCode::AttributeUnknown, what)
            .settings(&[("REGISTRATION__ATTRIBUTES", attributes)])
    };
    vec![
        Case::new(FindingCode::AttributeUnknown, "no attributes but the address"),
        case("known attributes", r#"{ given_name = {}, "custom:plan" = {} }"#),
        case("an unknown custom attribute", r#"{ "custom:team" = {} }"#)
            .says("add-custom-attributes --region eu-central-1 --user-pool-id eu-central-1_EXAMPLE --custom-attributes Name=team,"),
        case("a name that a shell would run", r#"{ "custom:$(reboot)" = {} }"#)
            .says("--custom-attributes 'Name=$(reboot),"),
        case("an unknown standard attribute", "{ website = {} }").says("`website`, which is not in the pool's schema"),
        Case::new(FindingCode::AttributeUnknown, "the attribute of a consent")
            .settings(&[("REGISTRATION__CONSENTS", r#"{ terms = { version = "1", attribute = "custom:terms" } }"#)])
            .says("`custom:terms`"),
        case("no schema", r#"{ "custom:team" = {} }"#).pool(json!({"SchemaAttributes": null})),
    ]
}

fn not_writable() -> Vec<Case> {
    let case = |what, writable: Value| {
        Case::new(FindingCode::AttributeNotWritable, what)
            .settings(&[("REGISTRATION__ATTRIBUTES", r#"{ given_name = {}, "custom:plan" = {} }"#)])
            .client(json!({"WriteAttributes": writable}))
    };
    vec![
        case("all are named", json!(["email", "given_name", "custom:plan", "locale"])),
        case("some are missing", json!(["email", "locale"])).says("`custom:plan` and `given_name`"),
        case("the command keeps the other attributes", json!(["email", "locale"]))
            .says("--write-attributes email locale custom:plan given_name"),
        case("the address is missing", json!(["given_name", "custom:plan"]))
            .says("sends `email`, but the app client"),
        case("none are named", Value::Null),
    ]
}

fn unclear() -> Vec<Case> {
    let case = |what, attributes, writable: Value| {
        Case::new(FindingCode::AttributeWriteUnclear, what)
            .settings(&[("REGISTRATION__ATTRIBUTES", attributes)])
            .client(json!({"WriteAttributes": writable}))
    };
    vec![
        case("a custom attribute, and no list", r#"{ "custom:plan" = {} }"#, Value::Null)
            .says("`custom:plan`"),
        case(
            "a custom attribute in a list",
            r#"{ "custom:plan" = {} }"#,
            json!(["email", "custom:plan"]),
        ),
        case("standard attributes, and no list", "{ given_name = {} }", Value::Null),
    ]
}
