//! An answer as it is kept for its Idempotency-Key: whoever sends the key again gets the same,
//! to the byte.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
        },
    },
};
use serde::{Deserialize, Serialize};

use super::{
    Texts,
    answer::Answer,
    next_step::NextStep,
    problem,
    problem::{Problem, ProblemType},
};

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Status, body, and the headers that matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    status: u16,
    code: String,
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_after: Option<u64>,
    body: String,
    #[serde(skip)]
    is_replayed: bool,
}

impl From<&Answer> for Kept {
    fn from(answer: &Answer) -> Self {
        Self::success(answer.status(), answer.code(), answer.body())
    }
}

impl From<NextStep> for Kept {
    fn from(step: NextStep) -> Self {
        Self::success(step.status(), step.code(), step.body())
    }
}

impl Kept {
    fn success(status: StatusCode, code: &str, body: String) -> Self {
        Self {
            status: status.as_u16(),
            code: code.to_owned(),
            content_type: "application/json".to_owned(),
            content_language: None,
            retry_after: None,
            body,
            is_replayed: false,
        }
    }

    /// A refusal.
    pub(super) fn problem(refused: &Problem<'_>, texts: &Texts, request_id: &str) -> Self {
        Self {
            status: refused.kind.status().as_u16(),
            code: refused.kind.code().to_owned(),
            content_type: problem::CONTENT_TYPE_PROBLEM.to_owned(),
            content_language: texts.language().to_str().ok().map(str::to_owned),
            retry_after: refused.retry_after,
            body: problem::body(refused, texts, request_id),
            is_replayed: false,
        }
    }

    /// As it is sealed.
    pub(super) fn text(&self) -> String {
        // Texts and numbers cannot fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it was sealed; from now on it is a replay.
    pub(super) fn replayed(text: &str) -> Option<Self> {
        let kept: Self = serde_json::from_str(text).ok()?;
        Some(Self { is_replayed: true, ..kept })
    }

    /// The code for the log.
    pub(super) fn code(&self) -> &'static str {
        let successes = Answer::CODES.into_iter().chain(NextStep::CODES);
        let problems = ProblemType::ALL.iter().map(|kind| kind.code());
        successes.chain(problems).find(|code| *code == self.code).unwrap_or("other")
    }

    /// What goes out.
    pub(super) fn response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, self.content_type))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if let Some(language) = self.content_language {
            response.insert_header((CONTENT_LANGUAGE, language));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if self.is_replayed {
            response.insert_header((IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true")));
        }
        response.body(self.body)
    }
}
