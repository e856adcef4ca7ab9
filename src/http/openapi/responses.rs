//! What an operation can answer, status by status.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::http::openapi::{
    operation::{Operation, Success},
    problems::{self, Place},
    schemas::reference,
};
use crate::http::problem::{CONTENT_TYPE_PROBLEM, ProblemType, texts::Texts};

pub(super) fn responses(operation: &Operation, texts: &Texts) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ProblemType>> = BTreeMap::new();
    for kind in problems::of(operation) {
        by_status.entry(kind.status().as_u16()).or_default().push(kind);
    }
    let successes = operation.successes.iter().map(|success| (success.status, answered(success)));
    let refusals =
        by_status.iter().map(|(status, kinds)| (*status, refused(operation, kinds, texts)));
    successes
        .chain(refusals)
        .map(|(status, response)| (status.to_string(), response))
        .chain([("default".to_owned(), anything_else())])
        .collect()
}

fn answered(success: &Success) -> Value {
    let mut response = json!({
        "description": success.description,
        "headers": headers(success.headers),
    });
    if let Some((media_type, content)) = &success.content {
        response["content"] = json!({*media_type: content});
    }
    response
}

/// The problems that share a status.
fn refused(operation: &Operation, kinds: &[ProblemType], texts: &Texts) -> Value {
    let schemas: Vec<Value> =
        kinds.iter().map(|kind| reference(&problems::schema_name(*kind))).collect();
    let schema = match schemas.as_slice() {
        [only] => only.clone(),
        _ => {
            json!({"oneOf": schemas, "discriminator": {"propertyName": "code", "mapping": mapping(kinds)}})
        }
    };
    let examples: Map<String, Value> = kinds
        .iter()
        .map(|kind| (kind.code().to_owned(), example(operation, *kind, texts)))
        .collect();
    let description: Vec<String> = kinds
        .iter()
        .map(|kind| format!("`{}`: {}", kind.code(), problems::meaning(*kind, texts)))
        .collect();
    json!({
        "description": description.join("\n\n"),
        "headers": headers(&refusal_headers(operation, kinds)),
        "content": {CONTENT_TYPE_PROBLEM: {"schema": schema, "examples": examples}},
    })
}

fn mapping(kinds: &[ProblemType]) -> Map<String, Value> {
    let pointer = |kind| format!("#/components/schemas/{}", problems::schema_name(kind));
    kinds.iter().map(|kind| (kind.code().to_owned(), pointer(*kind).into())).collect()
}

/// The one of all operations, unless this one names other mistakes.
fn example(operation: &Operation, kind: ProblemType, texts: &Texts) -> Value {
    match operation.mistakes.iter().find(|(named, _)| *named == kind) {
        Some((_, mistakes)) => problems::example(kind, mistakes.clone(), texts),
        None => json!({"$ref": format!("#/components/examples/{}", kind.code())}),
    }
}

fn refusal_headers(operation: &Operation, kinds: &[ProblemType]) -> Vec<&'static str> {
    let mut names = vec!["Content-Language"];
    if kinds.iter().any(|kind| problems::says_when_to_retry(*kind)) {
        names.push("Retry-After");
    }
    let is_a_form = operation.places.contains(&Place::Forms);
    let is_limited = is_a_form || operation.places.contains(&Place::Challenge);
    // Headers are measured before anything is counted.
    if is_limited && !kinds.contains(&ProblemType::HeadersTooLarge) {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    // Only what Cognito refused for its contents is kept.
    if is_a_form && kinds.iter().any(|kind| [409, 422].contains(&kind.status().as_u16())) {
        names.push("Idempotency-Replayed");
    }
    names
}

fn anything_else() -> Value {
    json!({
        "description": "Any other problem. A method that the path does not have is 405 \
            `method_not_allowed`, with `Allow`. Types may be added: treat one that you do not \
            know by its status.",
        "headers": headers(&["Content-Language", "Allow"]),
        "content": {CONTENT_TYPE_PROBLEM: {
            "schema": reference("AnyProblem"),
            "examples": {"method_not_allowed": {"$ref": "#/components/examples/method_not_allowed"}},
        }},
    })
}

/// `X-Request-Id`, which every answer has, and these.
fn headers(names: &[&str]) -> Map<String, Value> {
    ["X-Request-Id"]
        .iter()
        .chain(names)
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect()
}
