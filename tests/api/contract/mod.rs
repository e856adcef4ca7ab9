//! Compares the OpenAPI document with the service.

mod docs;
mod examples;
mod responses;

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use vestibule::registration::ViolationCode;

use crate::{
    process::{run, vestibule},
    support::{Response, Service},
};

/// The paths of the three forms and their operation ids.
const FORMS: [(&str, &str); 3] = [
    ("/register", "createAccount"),
    ("/register/confirm", "confirmAccount"),
    ("/register/resend", "resendCode"),
];

/// The document that `vestibule openapi` prints.
pub(crate) struct Contract(Value);

impl Contract {
    pub(crate) fn read() -> Self {
        Self(serde_json::from_str(&printed()).expect("the document is JSON"))
    }

    /// Returns the value at a JSON pointer.
    fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is in the document"))
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        self.at(&format!("/paths/{}/{method}", escaped(path)))
    }

    /// Returns the pointer of the response with this status, which may be in the components.
    fn response(&self, method: &str, path: &str, status: &str) -> String {
        let pointer = format!("/paths/{}/{method}/responses/{status}", escaped(path));
        match self.0.pointer(&pointer).and_then(|response| response["$ref"].as_str()) {
            Some(reference) => reference.trim_start_matches('#').to_owned(),
            None => pointer,
        }
    }

    /// Asserts that the document allows this status, media type, headers and body.
    pub(crate) fn assert_allows(&self, method: &str, path: &str, response: &Response, case: &str) {
        let case = format!("{method} {path}, {case}: {} {}", response.status, response.text);
        let pointer = self.response(method, path, &response.status.to_string());
        let documented =
            self.0.pointer(&pointer).unwrap_or_else(|| panic!("no such status: {case}"));
        let documented_headers: BTreeSet<String> =
            keys(&documented["headers"]).map(str::to_lowercase).collect();
        for name in response.headers.keys().map(ToString::to_string) {
            let is_common = COMMON_HEADERS.contains(&name.as_str());
            assert!(is_common || documented_headers.contains(&name), "the header {name}: {case}");
        }
        let media_type = response.header("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default();
        if documented["content"].is_null() {
            assert_eq!(response.text, "", "{case}");
            return;
        }
        let pointer = format!("{pointer}/content/{}/schema", escaped(essence));
        assert!(self.0.pointer(&pointer).is_some(), "the media type {media_type}: {case}");
        if essence.ends_with("json") {
            self.assert_valid(&pointer, &response.json(), &case);
        }
    }

    /// Asserts that a body matches the schema at a pointer and has no other members.
    pub(crate) fn assert_valid(&self, pointer: &str, body: &Value, case: &str) {
        let mut schema = self.0.clone();
        // A reference is a URI, which may not contain braces.
        let pointer = pointer.replace('{', "%7B").replace('}', "%7D");
        schema["$ref"] = format!("#{pointer}").into();
        schema["unevaluatedProperties"] = false.into();
        let validator = jsonschema::draft202012::new(&schema).expect("the schema is valid");
        let errors: Vec<String> =
            validator.iter_errors(body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {case}");
    }
}

/// The headers of HTTP itself, of the pages, and of every response, which the document omits.
const COMMON_HEADERS: [&str; 8] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "vary",
    "x-content-type-options",
];

/// Escapes a path or media type for a JSON pointer.
fn escaped(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.as_str())
}

/// Returns the output of `vestibule openapi`, which needs no settings.
fn printed() -> String {
    let output = run(vestibule(&["openapi"]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

#[test]
fn the_program_prints_the_committed_document_of_its_version() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");

    let committed = fs::read_to_string(file).unwrap_or_default();

    assert!(committed == printed(), "docs/openapi.json is not the output of `vestibule openapi`");
    assert_eq!(Contract::read().at("/info/version"), env!("CARGO_PKG_VERSION"));
}

#[actix_web::test]
async fn serves_the_same_document_in_every_deployment_with_an_etag() {
    let service = Service::start(&[("REGISTRATION__USERNAME", "phone")]).await;

    let first = Response::of(service.get("/openapi.json")).await;
    let tag = first.header("etag").expect("an ETag").to_owned();
    let again = Response::of(service.get("/openapi.json").header("If-None-Match", &tag)).await;
    let other = Response::of(service.get("/openapi.json").header("If-None-Match", "\"x\"")).await;
    let head = Response::of(service.client.head(format!("{}/openapi.json", service.url))).await;
    let posted = Response::of(service.post("/openapi.json")).await;

    assert!(first.text == printed(), "the document is the output of `vestibule openapi`");
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(&*tag));
    assert_eq!(other.status, 200);
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", Some(&*tag)));
    posted.assert_problem(405, "method-not-allowed", "posted");
    assert_eq!(posted.header("allow"), Some("GET, HEAD"));
    let contract = Contract::read();
    for (response, case) in [(&first, "the document"), (&again, "not modified")] {
        contract.assert_allows("get", "/openapi.json", response, case);
    }
}

#[test]
fn the_document_lists_every_violation_code() {
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
async fn the_policy_matches_the_document_in_every_mode() {
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

        let policy = Response::of(service.get("/register/policy")).await;
        let tag = policy.header("etag").expect("an ETag").to_owned();
        let known =
            Response::of(service.get("/register/policy").header("If-None-Match", tag)).await;

        assert_eq!((policy.status, known.status), (200, 304), "{mode}");
        contract.assert_allows("get", "/register/policy", &policy, mode);
        contract.assert_allows("get", "/register/policy", &known, mode);
    }
}
