use serde_json::{Value, json};

use super::{Case, FindingCode, attribute};

pub(super) fn cases() -> Vec<Case> {
    [alias(), lengths(), numbers(), consents()].into_iter().flatten().collect()
}

fn alias() -> Vec<Case> {
    let case = |what, attributes, aliases: &[&str]| {
        Case::new(FindingCode::AliasAtSignUp, what)
            .settings(&[
                ("REGISTRATION__USERNAME", "chosen"),
                ("REGISTRATION__ATTRIBUTES", attributes),
            ])
            .pool(json!({"UsernameAttributes": null, "AliasAttributes": aliases}))
    };
    vec![
        case(
            "always sent",
            "{ preferred_username = { required = true } }",
            &["preferred_username"],
        )
        .says("Cognito rejects every sign-up, because"),
        case("sometimes sent", "{ preferred_username = {} }", &["email", "preferred_username"])
            .says("rejects every sign-up that has the attribute"),
        case("not sent", "{ nickname = {} }", &["preferred_username"]),
        case("another alias", "{ preferred_username = {} }", &["email"]),
        case("an alias that may be sent", "{ nickname = {} }", &["email", "phone_number"]),
    ]
}

/// Returns a case with one attribute in the schema, in addition to the usual attributes.
fn case(what: &'static str, attributes: &'static str, schema: Value) -> Case {
    let mut all = vec![attribute("sub", true), attribute("email", true)];
    all.push(schema);
    Case::new(FindingCode::AttributeLimits, what)
        .settings(&[("REGISTRATION__ATTRIBUTES", attributes)])
        .pool(json!({"SchemaAttributes": all}))
}

fn text(name: &str, min: Option<&str>, max: Option<&str>) -> Value {
    let mut attribute = attribute(name, false);
    attribute["StringAttributeConstraints"] = json!({"MinLength": min, "MaxLength": max});
    attribute
}

fn number(name: &str, limits: Value) -> Value {
    let mut attribute = attribute(name, false);
    attribute["AttributeDataType"] = json!("Number");
    attribute["StringAttributeConstraints"] = Value::Null;
    attribute["NumberAttributeConstraints"] = limits;
    attribute
}

fn lengths() -> Vec<Case> {
    let plan = |min: &str, max: &str| text("custom:plan", Some(min), Some(max));
    vec![
        case("the same limits", r#"{ "custom:plan" = { max_length = 50 } }"#, plan("0", "50")),
        case("narrower limits", r#"{ "custom:plan" = { min_length = 3, max_length = 9 } }"#, plan("2", "10")),
        case("no limit in the form", r#"{ "custom:plan" = {} }"#, plan("0", "256"))
            .says("accepts 1 to 2048 characters for the attribute `custom:plan`, but the pool accepts only 0 to 256 characters"),
        case("a longer string", r#"{ "custom:plan" = { max_length = 51 } }"#, plan("0", "50"))
            .says("accepts 1 to 51 characters"),
        case("a shorter string", r#"{ "custom:plan" = { max_length = 50 } }"#, plan("2", "50"))
            .says("only 2 to 50 characters"),
        case("an empty string is not sent", r#"{ "custom:plan" = { max_length = 50 } }"#, plan("1", "50")),
        case("options that fit", r#"{ "custom:plan" = { one_of = ["free", "team"] } }"#, plan("4", "4")),
        case("an option that is too long", r#"{ "custom:plan" = { one_of = ["free", "family"] } }"#, plan("0", "5"))
            .says("accepts `family` for"),
        case("a pattern", r#"{ "custom:plan" = { pattern = "[a-z]{3}" } }"#, plan("3", "3")),
        case("a date", "{ birthdate = {} }", text("birthdate", Some("10"), Some("10"))),
        case("no room for a date", "{ birthdate = {} }", text("birthdate", Some("0"), Some("8")))
            .says("accepts 10 to 10 characters"),
        case("a standard attribute", "{ given_name = {} }", text("given_name", Some("0"), Some("40")))
            .says("`given_name`"),
        case("no limits in the schema", r#"{ "custom:plan" = {} }"#, text("custom:plan", None, None)),
        case("an attribute that the form does not have", "{}", plan("3", "3")),
    ]
}

fn numbers() -> Vec<Case> {
    let age = |limits| number("custom:age", limits);
    let limited = || age(json!({"MinValue": "18", "MaxValue": "120"}));
    vec![
        case("numbers without limits", r#"{ "custom:age" = { format = "number" } }"#, age(Value::Null)),
        case("every number", r#"{ "custom:age" = { format = "number" } }"#, limited())
            .says("accepts every whole number for the attribute `custom:age`, but the pool accepts only numbers from 18 to 120"),
        case("a minimum", r#"{ "custom:age" = { format = "number" } }"#, age(json!({"MinValue": "0"})))
            .says("only numbers from 0."),
        case("a string", r#"{ "custom:age" = {} }"#, age(Value::Null)).says("accepts any string"),
        case("options that fit", r#"{ "custom:age" = { one_of = ["18", "120"] } }"#, limited()),
        case("an option below", r#"{ "custom:age" = { one_of = ["18", "17"] } }"#, limited())
            .says("accepts `17`"),
        case("an option that is no number", r#"{ "custom:age" = { one_of = ["old"] } }"#, limited())
            .says("accepts `old`"),
        case("a time", "{ updated_at = {} }", number("updated_at", json!({"MinValue": "0"})))
            .says("`updated_at`"),
    ]
}

fn consents() -> Vec<Case> {
    let case = |what, max: &str| {
        let terms = text("custom:terms", Some("0"), Some(max));
        Case::new(FindingCode::AttributeLimits, what)
            .settings(&[(
                "REGISTRATION__CONSENTS",
                r#"{ terms = { version = "2026-10", attribute = "custom:terms" } }"#,
            )])
            .pool(json!({"SchemaAttributes": [attribute("email", true), terms]}))
    };
    vec![
        case("a version that fits", "7"),
        case("a version that is too long", "6").says("accepts `2026-10`"),
    ]
}
