//! Problems as RFC 9457 has them: the one table of types and statuses, and how one is written.

use std::{borrow::Cow, collections::BTreeMap};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue,
            RETRY_AFTER,
        },
    },
    middleware::Next,
    web,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    State, Texts, failures::Refusal, headers_size, request_id::RequestId, root_span::AnsweredCode,
};
use crate::{cognito::MarkedCode, registration::Violation};

pub(super) const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// A type of problem. Names, codes and statuses are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProblemType {
    UnreadableBody,
    HeadersTooLarge,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidIdempotencyKey,
    IdempotencyKeyReused,
    RequestInProgress,
    NotFound,
    MethodNotAllowed,
    InvalidRegistration,
    Rejected,
    RegistrationRejected,
    AccountExists,
    InvalidCode,
    ExpiredCode,
    ConfirmationUncertain,
    TooManyRequests,
    TooManyAttempts,
    ProofRequired,
    NotHuman,
    SignUpClosed,
    Blocked,
    CrossSite,
    Busy,
    Unavailable,
    Misconfigured,
    DeliveryFailed,
    HookFailed,
    UpstreamFailed,
    UpstreamTimeout,
    Internal,
}

impl ProblemType {
    pub(super) const ALL: [Self; 31] = [
        Self::UnreadableBody,
        Self::HeadersTooLarge,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidIdempotencyKey,
        Self::IdempotencyKeyReused,
        Self::RequestInProgress,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::InvalidRegistration,
        Self::Rejected,
        Self::RegistrationRejected,
        Self::AccountExists,
        Self::InvalidCode,
        Self::ExpiredCode,
        Self::ConfirmationUncertain,
        Self::TooManyRequests,
        Self::TooManyAttempts,
        Self::ProofRequired,
        Self::NotHuman,
        Self::SignUpClosed,
        Self::Blocked,
        Self::CrossSite,
        Self::Busy,
        Self::Unavailable,
        Self::Misconfigured,
        Self::DeliveryFailed,
        Self::HookFailed,
        Self::UpstreamFailed,
        Self::UpstreamTimeout,
        Self::Internal,
    ];

    /// The `type`, the `code`, and the status.
    fn row(self) -> (&'static str, &'static str, u16) {
        match self {
            Self::UnreadableBody => ("/problems/unreadable-body", "unreadable_body", 400),
            Self::HeadersTooLarge => ("/problems/headers-too-large", "headers_too_large", 431),
            Self::BodyTooLarge => ("/problems/body-too-large", "body_too_large", 413),
            Self::UnsupportedMediaType => {
                ("/problems/unsupported-media-type", "unsupported_media_type", 415)
            }
            Self::InvalidIdempotencyKey => {
                ("/problems/invalid-idempotency-key", "invalid_idempotency_key", 400)
            }
            Self::IdempotencyKeyReused => {
                ("/problems/idempotency-key-reused", "idempotency_key_reused", 422)
            }
            Self::RequestInProgress => {
                ("/problems/request-in-progress", "request_in_progress", 409)
            }
            Self::NotFound => ("/problems/not-found", "not_found", 404),
            Self::MethodNotAllowed => ("/problems/method-not-allowed", "method_not_allowed", 405),
            Self::InvalidRegistration => {
                ("/problems/invalid-registration", "invalid_registration", 422)
            }
            Self::Rejected => ("/problems/rejected", "rejected", 422),
            Self::RegistrationRejected => {
                ("/problems/registration-rejected", "registration_rejected", 422)
            }
            Self::AccountExists => ("/problems/account-exists", "account_exists", 409),
            Self::InvalidCode => ("/problems/invalid-code", "invalid_code", 422),
            Self::ExpiredCode => ("/problems/expired-code", "expired_code", 422),
            Self::ConfirmationUncertain => {
                ("/problems/confirmation-uncertain", "confirmation_uncertain", 409)
            }
            Self::TooManyRequests => ("/problems/too-many-requests", "too_many_requests", 429),
            Self::TooManyAttempts => ("/problems/too-many-attempts", "too_many_attempts", 429),
            Self::ProofRequired => ("/problems/proof-required", "proof_required", 428),
            Self::NotHuman => ("/problems/not-human", "not_human", 422),
            Self::SignUpClosed => ("/problems/sign-up-closed", "sign_up_closed", 403),
            Self::Blocked => ("/problems/blocked", "blocked", 403),
            Self::CrossSite => ("/problems/cross-site", "cross_site", 403),
            Self::Busy => ("/problems/busy", "busy", 503),
            Self::Unavailable => ("/problems/unavailable", "unavailable", 503),
            Self::Misconfigured => ("/problems/misconfigured", "misconfigured", 502),
            Self::DeliveryFailed => ("/problems/delivery-failed", "delivery_failed", 502),
            Self::HookFailed => ("/problems/hook-failed", "hook_failed", 502),
            Self::UpstreamFailed => ("/problems/upstream-failed", "upstream_failed", 502),
            Self::UpstreamTimeout => ("/problems/upstream-timeout", "upstream_timeout", 504),
            Self::Internal => ("/problems/internal", "internal", 500),
        }
    }

    /// The `type`: where the service says what it means.
    pub(super) fn uri(self) -> &'static str {
        self.row().0
    }

    /// The name, as in `/problems/{name}`.
    pub(super) fn name(self) -> &'static str {
        self.uri().trim_start_matches("/problems/")
    }

    /// The stable code.
    pub(super) fn code(self) -> &'static str {
        self.row().1
    }

    /// The status.
    pub(super) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().2).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// What a refusal tells its caller.
pub(super) struct Problem<'a> {
    pub(super) kind: ProblemType,
    pub(super) violations: Cow<'a, [Violation]>,
    /// What the pre-sign-up trigger picked.
    pub(super) marked: Option<&'a MarkedCode>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
    pub(super) allow: Option<&'static str>,
}

impl From<ProblemType> for Problem<'_> {
    fn from(kind: ProblemType) -> Self {
        Self { kind, violations: Cow::Borrowed(&[]), marked: None, retry_after: None, allow: None }
    }
}

/// Why a request is refused (RFC 9457). Types may be added: treat one that you do not know by
/// its status.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
pub(super) struct Document<'a> {
    /// What kind of problem it is: the path of a page that says what it means and what to do.
    r#type: &'static str,
    /// A sentence for the person, in the language of `Content-Language`. It may change.
    title: &'a str,
    /// The status of the answer.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// The stable code to decide by.
    code: &'static str,
    /// Every mistake in the form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    errors: Vec<Mistake<'a>>,
    /// The `X-Request-Id` of the answer, by which the operator finds it in the log.
    request_id: &'a str,
}

/// One mistake in a form.
#[derive(JsonSchema, Serialize)]
struct Mistake<'a> {
    /// The field, as a JSON pointer (RFC 6901).
    #[schemars(extend("format" = "json-pointer"))]
    pointer: &'a str,
    /// What is wrong: a `MistakeCode`, or with `registration_rejected` a code of the deployment's.
    code: &'a str,
    /// A sentence for the person, to show beside the field. It may change.
    #[schemars(with = "String")]
    detail: Cow<'a, RawValue>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "Option<Params>")]
    params: &'a BTreeMap<&'static str, serde_json::Value>,
}

/// What the sentence of a mistake fills in, for those who word their own.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is the shape of what `Violation::with` is given")]
struct Params {
    /// The least number of characters.
    #[schemars(skip_serializing_if = "Option::is_none")]
    min: Option<u32>,
    /// The greatest number of characters, or of entries.
    #[schemars(skip_serializing_if = "Option::is_none")]
    max: Option<u32>,
    /// The JSON type that the value must have: `string` or `object`.
    #[schemars(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// The values that there are to choose from.
    #[schemars(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<String>>,
    /// The version of the document that must be agreed to.
    #[schemars(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// The domain that was probably meant.
    #[schemars(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
    /// How hard the password is to guess, from 0 to 4.
    #[schemars(skip_serializing_if = "Option::is_none")]
    score: Option<u32>,
    /// In how many leaks the password was found.
    #[schemars(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

static NO_PARAMS: BTreeMap<&str, serde_json::Value> = BTreeMap::new();

/// What stands in the settings, and nothing of the trigger's text.
impl<'a> From<&'a MarkedCode> for Mistake<'a> {
    fn from(marked: &'a MarkedCode) -> Self {
        // A text cannot fail to be written.
        let detail = to_raw_value(&marked.detail).map_or(Cow::Borrowed(RawValue::NULL), Cow::Owned);
        Self { pointer: &marked.pointer, code: &marked.code, detail, params: &NO_PARAMS }
    }
}

/// Writes the problem of a refusal in the place of the refusal, where the caller's language
/// and the request's id are known. Headers over the cap are refused here already.
pub(super) async fn render<B: MessageBody>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let response = match headers_size::check(request.headers(), &state.server) {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(refusal) => request.error_response(refusal).map_into_right_body(),
    };
    let error = response.response().error();
    let Some(refusal) = error.and_then(|error| error.as_error::<Refusal>()) else {
        return Ok(response);
    };
    let problem = refusal.problem();
    let id = response.request().extensions().get::<RequestId>().cloned();
    let mut rendered =
        self::response(&problem, &state.texts, id.as_ref().map_or("", RequestId::as_str));
    response.request().extensions_mut().insert(AnsweredCode(problem.kind.code()));
    let (request, refused) = response.into_parts();
    keep_headers(rendered.headers_mut(), refused.headers());
    Ok(ServiceResponse::new(request, rendered).map_into_right_body())
}

/// What layers inside have said about limits stays said.
fn keep_headers(rendered: &mut HeaderMap, refused: &HeaderMap) {
    for (name, value) in refused {
        if !rendered.contains_key(name) {
            rendered.insert(name.clone(), value.clone());
        }
    }
}

/// The answer to a problem.
pub(super) fn response(problem: &Problem<'_>, texts: &Texts, request_id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(problem.kind.status());
    response
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_PROBLEM)))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((CONTENT_LANGUAGE, texts.language()));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((RETRY_AFTER, seconds));
    }
    if let Some(allow) = problem.allow {
        response.insert_header((ALLOW, allow));
    }
    response.body(body(problem, texts, request_id))
}

/// The document.
pub(super) fn body(problem: &Problem<'_>, texts: &Texts, request_id: &str) -> String {
    let kind = problem.kind;
    let errors = problem.violations.iter().map(|violation| Mistake {
        pointer: &violation.pointer,
        code: violation.code.as_str(),
        detail: texts.detail(violation),
        params: &violation.params,
    });
    let marked = problem.marked.map(Mistake::from);
    let document = Document {
        r#type: kind.uri(),
        title: texts.title(kind),
        status: kind.status().as_u16(),
        code: kind.code(),
        errors: errors.chain(marked).collect(),
        request_id,
    };
    let mut body = Vec::with_capacity(1024);
    // Texts and numbers cannot fail to be written, and what is written is UTF-8.
    let _ = serde_json::to_writer(&mut body, &document);
    String::from_utf8(body).unwrap_or_default()
}
