//! A response that the service can store for an Idempotency-Key and replay byte for byte.

use std::fmt;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
            VARY,
        },
    },
};
use serde::{Deserialize, Serialize};

use super::success::SuccessResponse;
use crate::{
    http::problem::{self, Problem, ProblemType},
    http::texts::Texts,
    json::to_json,
    signup::{Rejection, Rendered},
};

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The status, the body, and the headers that depend on the result.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::http) struct StoredResponse {
    status: u16,
    code: String,
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_after: Option<u64>,
    body: String,
}

/// Omits the body, which contains personal data and may contain a session.
impl fmt::Debug for StoredResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, .. } = self;
        write!(formatter, "StoredResponse({status} {code})")
    }
}

/// Renders a result. Calls `texts` only for a problem, because the choice of a language takes some
/// microseconds.
pub(in crate::http) fn render<'a, 't, T>(
    result: &'a Result<T, Rejection>,
    texts: impl FnOnce() -> &'t Texts,
    request_id: &str,
) -> Rendered<StoredResponse>
where
    SuccessResponse<'a>: From<&'a T>,
{
    match result {
        Ok(outcome) => StoredResponse::success(&SuccessResponse::from(outcome)),
        Err(rejection) => StoredResponse::problem(&Problem::from(rejection), texts(), request_id),
    }
}

impl StoredResponse {
    fn success(success: &SuccessResponse<'_>) -> Rendered<Self> {
        let code = success.status;
        let response = Self {
            status: success.http_status.as_u16(),
            code: code.to_owned(),
            content_type: "application/json".to_owned(),
            content_language: None,
            retry_after: None,
            body: to_json(success),
        };
        Rendered { code, response }
    }

    fn problem(problem: &Problem<'_>, texts: &Texts, request_id: &str) -> Rendered<Self> {
        let code = problem.kind.code();
        let response = Self {
            status: problem.kind.status().as_u16(),
            code: code.to_owned(),
            content_type: problem::CONTENT_TYPE_PROBLEM.to_owned(),
            content_language: Some(texts.language().to_owned()),
            retry_after: problem.retry_after,
            body: problem::body(problem, texts, request_id),
        };
        Rendered { code, response }
    }

    pub(in crate::http) fn code(&self) -> &'static str {
        let problems = ProblemType::ALL.iter().map(|kind| kind.code());
        let mut codes = SuccessResponse::CODES.into_iter().chain(problems);
        codes.find(|code| *code == self.code).unwrap_or("other")
    }

    pub(in crate::http) fn into_response(self, is_replayed: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, self.content_type))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if let Some(language) = self.content_language {
            response
                .insert_header((CONTENT_LANGUAGE, language))
                .insert_header((VARY, HeaderValue::from_static("Accept-Language")));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if is_replayed {
            response.insert_header((IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true")));
        }
        response.body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cognito::{AccountState, SignedUp},
        signup::SignUpOutcome,
    };

    #[test]
    fn debug_output_has_no_session() {
        let account = SignedUp {
            user_sub: "7c9e6679".to_owned(),
            state: AccountState::CodeSent,
            delivery: None,
            session: Some("bearer".into()),
        };
        let outcome = SignUpOutcome::Created { account, username: "ada".to_owned() };
        let success = SuccessResponse::from(&outcome);
        let rendered = StoredResponse::success(&success);

        let debug = format!("{outcome:?} {success:?} {rendered:?}");

        assert!(rendered.response.body.contains(r#""session":"bearer""#));
        assert!(!debug.contains("bearer"), "{debug}");
    }
}
