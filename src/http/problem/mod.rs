//! Problems (RFC 9457): the one table of types, codes and statuses.

mod document;
pub(super) mod from_rejection;
mod rendering;
pub(super) mod texts;

use std::borrow::Cow;

use actix_web::http::StatusCode;

use crate::{cognito::MarkedCode, registration::Violation};

pub(super) use self::{document::body, rendering::response};

pub(super) const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// A problem type. Names, codes and statuses are stable.
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

    /// Returns the `type`, the `code` and the status.
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

    /// Returns the `type`, which is the path of the page that explains it.
    pub(super) fn uri(self) -> &'static str {
        self.row().0
    }

    /// Returns the name in `/problems/{name}`.
    pub(super) fn name(self) -> &'static str {
        self.uri().trim_start_matches("/problems/")
    }

    /// Returns the stable code.
    pub(super) fn code(self) -> &'static str {
        self.row().1
    }

    /// Returns the status.
    pub(super) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().2).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A problem, before it is rendered in a language.
pub(super) struct Problem<'a> {
    pub(super) kind: ProblemType,
    pub(super) violations: Cow<'a, [Violation]>,
    /// The code that the pre-sign-up trigger selected.
    pub(super) marked: Option<&'a MarkedCode>,
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
    pub(super) allow: Option<&'static str>,
}

impl From<ProblemType> for Problem<'_> {
    fn from(kind: ProblemType) -> Self {
        Self { kind, violations: Cow::Borrowed(&[]), marked: None, retry_after: None, allow: None }
    }
}

impl<'a> Problem<'a> {
    /// Returns a problem with violations.
    pub(super) fn with(kind: ProblemType, violations: impl Into<Cow<'a, [Violation]>>) -> Self {
        Self { violations: violations.into(), ..Self::from(kind) }
    }

    /// Returns a problem with a `Retry-After`, in seconds.
    pub(super) fn after(kind: ProblemType, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::from(kind) }
    }
}
