//! Problems as responses (RFC 9457).

use std::{borrow::Cow, collections::BTreeMap};

use actix_web::{
    HttpResponse,
    http::header::{ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY},
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    cognito::MarkedCode,
    http::{
        problem::{CONTENT_TYPE_PROBLEM, Problem},
        texts::{Texts, id_part},
    },
    json::to_json,
};

/// A problem (RFC 9457). Later versions of the service may have more types. A client handles an
/// unknown type by the status.
#[derive(Serialize)]
pub(in crate::http) struct Document<'a> {
    /// The path of the page that explains the problem type.
    r#type: &'static str,
    /// A text for the user, in the language of `Content-Language`. Later versions may change it.
    title: Cow<'a, str>,
    /// The status of the response.
    status: u16,
    /// The stable code.
    code: &'static str,
    /// All violations of the form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Entry<'a>>,
    /// The steps that a front end can offer to the user.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    next: &'static [&'static str],
    /// The seconds of `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    /// The `X-Request-Id` of the response. The log contains the same id.
    request_id: &'a str,
}

/// One violation of a form.
#[derive(Serialize)]
struct Entry<'a> {
    /// The field, as a JSON pointer (RFC 6901).
    pointer: &'a str,
    /// The code of the rule. With `registration_rejected`, a code from the settings.
    code: &'a str,
    /// A text for the user, to show beside the field. Later versions may change it.
    detail: Cow<'a, RawValue>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: &'a BTreeMap<&'static str, serde_json::Value>,
}

/// Returns the response of a problem.
pub(in crate::http) fn response(
    problem: &Problem<'_>,
    texts: &Texts,
    request_id: &str,
) -> HttpResponse {
    let mut response = HttpResponse::build(problem.kind.status());
    response
        .insert_header((CONTENT_TYPE, CONTENT_TYPE_PROBLEM))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_LANGUAGE, texts.language()))
        .insert_header((VARY, "Accept-Language"));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((RETRY_AFTER, seconds));
    }
    if let Some(allow) = problem.allow {
        response.insert_header((ALLOW, allow));
    }
    response.body(body(problem, texts, request_id))
}

/// Returns the document of a problem, as JSON.
pub(in crate::http) fn body(problem: &Problem<'_>, texts: &Texts, request_id: &str) -> String {
    let kind = problem.kind;
    let errors = problem.violations.iter().map(|violation| Entry {
        pointer: &violation.pointer,
        code: violation.code.as_str(),
        detail: texts.detail(violation),
        params: &violation.params,
    });
    let marked = problem.marked.map(|marked| marked_entry(marked, texts));
    let document = Document {
        r#type: kind.uri(),
        title: texts.title(kind, problem.retry_after),
        status: kind.status().as_u16(),
        code: kind.code(),
        errors: errors.chain(marked).collect(),
        next: problem.next,
        retry_after_seconds: problem.retry_after,
        request_id,
    };
    to_json(&document)
}

static NO_PARAMS: BTreeMap<&str, serde_json::Value> = BTreeMap::new();

/// Returns the entry of the selected trigger code. The detail comes from the texts of the language
/// or from the settings, never from the trigger.
fn marked_entry<'a>(marked: &'a MarkedCode, texts: &Texts) -> Entry<'a> {
    let own = texts.get(&format!("trigger-{}", id_part(&marked.code)));
    let detail = to_raw_value(own.as_ref().unwrap_or(&marked.detail));
    Entry {
        pointer: &marked.pointer,
        code: &marked.code,
        detail: detail.map_or(Cow::Borrowed(RawValue::NULL), Cow::Owned),
        params: &NO_PARAMS,
    }
}
