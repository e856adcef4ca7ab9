//! Problems (RFC 9457): the one table of types, problem codes and statuses.

mod document;
pub(super) mod from_rejection;

use std::borrow::Cow;

use actix_web::http::StatusCode;

use crate::{cognito::MarkedCode, registration::Violation};

pub(super) use self::document::{body, response};

pub(super) const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// Declares the problem types: the one table of names, codes and statuses.
macro_rules! problem_types {
    ($($kind:ident $name:literal $code:literal $status:literal)*) => {
        /// A problem type. Names, codes and statuses are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum ProblemType {
            $($kind),*
        }

        impl ProblemType {
            pub(super) const ALL: &[Self] = &[$(Self::$kind),*];

            /// Returns the `type`, the problem code and the status.
            fn row(self) -> (&'static str, &'static str, u16) {
                match self {
                    $(Self::$kind => (concat!("/problems/", $name), $code, $status)),*
                }
            }
        }
    };
}

problem_types! {
    UnreadableBody        "unreadable-body"         "unreadable_body"         400
    HeadersTooLarge       "headers-too-large"       "headers_too_large"       431
    BodyTooLarge          "body-too-large"          "body_too_large"          413
    UnsupportedMediaType  "unsupported-media-type"  "unsupported_media_type"  415
    InvalidIdempotencyKey "invalid-idempotency-key" "invalid_idempotency_key" 400
    IdempotencyKeyReused  "idempotency-key-reused"  "idempotency_key_reused"  422
    RequestInProgress     "request-in-progress"     "request_in_progress"     409
    NotFound              "not-found"               "not_found"               404
    MethodNotAllowed      "method-not-allowed"      "method_not_allowed"      405
    InvalidRegistration   "invalid-registration"    "invalid_registration"    422
    RegistrationRejected  "registration-rejected"   "registration_rejected"   422
    AccountExists         "account-exists"          "account_exists"          409
    InvalidCode           "invalid-code"            "invalid_code"            422
    ExpiredCode           "expired-code"            "expired_code"            422
    ConfirmationUncertain "confirmation-uncertain"  "confirmation_uncertain"  409
    TooManyRequests       "too-many-requests"       "too_many_requests"       429
    TooManyAttempts       "too-many-attempts"       "too_many_attempts"       429
    ProofRequired         "proof-required"          "proof_required"          428
    NotHuman              "not-human"               "not_human"               422
    SignUpClosed          "sign-up-closed"          "sign_up_closed"          403
    Blocked               "blocked"                 "blocked"                 403
    CrossSite             "cross-site"              "cross_site"              403
    Busy                  "busy"                    "busy"                    503
    Unavailable           "unavailable"             "unavailable"             503
    Misconfigured         "misconfigured"           "misconfigured"           502
    DeliveryFailed        "delivery-failed"         "delivery_failed"         502
    HookFailed            "hook-failed"             "hook_failed"             502
    UpstreamFailed        "upstream-failed"         "upstream_failed"         502
    UpstreamTimeout       "upstream-timeout"        "upstream_timeout"        504
    Internal              "internal"                "internal"                500
}

impl ProblemType {
    /// Returns the `type`: the path of the page that explains the problem type.
    pub(super) fn uri(self) -> &'static str {
        self.row().0
    }

    /// Returns the name in `/problems/{name}`.
    pub(super) fn name(self) -> &'static str {
        self.uri().trim_start_matches("/problems/")
    }

    /// Returns the stable problem code.
    pub(super) fn code(self) -> &'static str {
        self.row().1
    }

    /// Returns the status.
    pub(super) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().2).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A problem, before the service renders it in a language.
pub(super) struct Problem<'a> {
    pub(super) kind: ProblemType,
    pub(super) violations: Cow<'a, [Violation]>,
    /// The trigger code that the pre-sign-up trigger selected.
    pub(super) marked: Option<&'a MarkedCode>,
    /// The steps that a front end can offer to the user, as in the `next` of a success.
    pub(super) next: &'static [&'static str],
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
    pub(super) allow: Option<&'static str>,
}

impl From<ProblemType> for Problem<'_> {
    fn from(kind: ProblemType) -> Self {
        Self {
            kind,
            violations: Cow::Borrowed(&[]),
            marked: None,
            next: &[],
            retry_after: None,
            allow: None,
        }
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
