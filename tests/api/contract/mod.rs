//! The OpenAPI document, held against the service that it describes.

mod answers;
mod docs;
mod examples;

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use vestibule::registration::ViolationCode;

use crate::{
    process::{run, vestibule},
    support::{Answer, Service},
};

/// The three forms: the path, and the name of the operation.
const FORMS: [(&str, &str); 3] = [
    ("/register", "createAccount"),
    ("/register/confirm", "confirmAccount"),
    ("/register/resend", "resendCode"),
];

/// The document as the program prints it.
pub(crate) struct Contract(Value);

impl Contract {
    pub(crate) fn read() -> Self {
        Self(serde_json::from_str(&printed()).expect("the document is JSON"))
    }

    /// What stands at a JSON pointer.
    fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is in the document"))
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        self.at(&format!("/paths/{}/{method}", escaped(path)))
    }

    /// The pointer of the response with this status, which may be one of the components.
    fn response(&self, method: &str, path: &str, status: &str) -> String {
        let pointer = format!("/paths/{}/{method}/responses/{status}", escaped(path));
        match self.0.pointer(&pointer).and_then(|response| response["$ref"].as_str()) {
            Some(reference) => reference.trim_start_matches('#').to_owned(),
            None => pointer,
        }
    }

    /// Asserts that the document allows this response: its status, its media type, its headers,
    /// and its body.
    pub(crate) fn assert_allows(&self, method: &str, path: &str, answer: &Answer, case: &str) {
        let case = format!("{method} {path}, {case}: {} {}", answer.status, answer.text);
        let pointer = self.response(method, path, &answer.status.to_string());
        let response = self.0.pointer(&pointer).unwrap_or_else(|| panic!("no such status: {case}"));
        let documented: BTreeSet<String> =
            keys(&response["headers"]).map(str::to_lowercase).collect();
        for name in answer.headers.keys().map(ToString::to_string) {
            let is_usual = USUAL_HEADERS.contains(&name.as_str());
            assert!(is_usual || documented.contains(&name), "the header {name}: {case}");
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default();
        if response["content"].is_null() {
            assert_eq!(answer.text, "", "{case}");
            return;
        }
        let pointer = format!("{pointer}/content/{}/schema", escaped(essence));
        assert!(self.0.pointer(&pointer).is_some(), "the media type {media_type}: {case}");
        if essence.ends_with("json") {
            self.assert_valid(&pointer, &answer.json(), &case);
        }
    }

    /// Asserts that a body is valid by the schema at a pointer, and has no member that the schema
    /// does not name.
    pub(crate) fn assert_valid(&self, pointer: &str, body: &Value, case: &str) {
        let mut schema = self.0.clone();
        // A reference is a URI, which may not contain braces.
        let pointer = pointer.replace('{', "%7B").replace('}', "%7D");
        schema["$ref"] = format!("#{pointer}").into();
        schema["unevaluatedProperties"] = false.into();
        let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
        let errors: Vec<String> =
            validator.iter_errors(body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {case}");
    }
}

/// What HTTP itself, the pages and every answer of the service carry.
const USUAL_HEADERS: [&str; 8] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "vary",
    "x-content-type-options",
];

/// A path or media type as a part of a JSON pointer.
fn escaped(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.as_str())
}

/// The output of `vestibule openapi`, which needs no settings.
fn printed() -> String {
    let output = run(vestibule(&["openapi"]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

#[test]
fn the_program_prints_the_committed_document_of_its_version() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");

    let committed = fs::read_to_string(file).unwrap_or_default();

    assert!(committed == printed(), "`vestibule openapi` prints docs/openapi.json");
    assert_eq!(Contract::read().at("/info/version"), env!("CARGO_PKG_VERSION"));
}

#[actix_web::test]
async fn every_deployment_answers_the_same_document_and_says_when_it_is_known() {
    let service = Service::start(&[("REGISTRATION__USERNAME", "phone")]).await;

    let first = Answer::of(service.get("/openapi.json")).await;
    let tag = first.header("etag").expect("it has a tag").to_owned();
    let again = Answer::of(service.get("/openapi.json").header("If-None-Match", &tag)).await;
    let other = Answer::of(service.get("/openapi.json").header("If-None-Match", "\"x\"")).await;
    let head = Answer::of(service.client.head(format!("{}/openapi.json", service.url))).await;
    let posted = Answer::of(service.post("/openapi.json")).await;

    assert!(first.text == printed(), "it is the document that the program prints");
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(&*tag));
    assert_eq!(other.status, 200);
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", Some(&*tag)));
    posted.assert_problem(405, "method-not-allowed", "posted");
    assert_eq!(posted.header("allow"), Some("GET, HEAD"));
    let contract = Contract::read();
    for (answer, case) in [(&first, "the document"), (&again, "known")] {
        contract.assert_allows("get", "/openapi.json", answer, case);
    }
}

#[test]
fn has_every_code_of_a_violation() {
    let contract = Contract::read();

    let listed: Vec<&str> = contract
        .at("/components/schemas/ViolationCode/enum")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();

    let known: Vec<&str> = ViolationCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, known);
}

#[actix_web::test]
async fn the_policy_of_every_kind_of_form_is_in_the_document() {
    let contract = Contract::read();
    let attributes = r#"{ given_name = { required = true }, birthdate = {}, "custom:plan" = { one_of = ["free"] }, website = { pattern = "https://.*" } }"#;
    let consents = r#"{ terms = { version = "2026-10", required = true } }"#;
    for mode in ["email", "phone", "chosen", "generated"] {
        let service = Service::start(&[
            ("REGISTRATION__USERNAME", mode),
            ("REGISTRATION__ATTRIBUTES", attributes),
            ("REGISTRATION__CONSENTS", consents),
        ])
        .await;

        let policy = Answer::of(service.get("/register/policy")).await;
        let tag = policy.header("etag").expect("it has a tag").to_owned();
        let known = Answer::of(service.get("/register/policy").header("If-None-Match", tag)).await;

        assert_eq!((policy.status, known.status), (200, 304), "{mode}");
        contract.assert_allows("get", "/register/policy", &policy, mode);
        contract.assert_allows("get", "/register/policy", &known, mode);
    }
}
