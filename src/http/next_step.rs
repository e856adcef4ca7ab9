//! The answers that say nothing but what was done and what comes next.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue},
    },
};
use serde::Serialize;

/// What a success at confirm or resend says. It is the same for every account, and at resend
/// for none.
#[derive(Clone, Copy, Debug)]
pub(super) enum NextStep {
    /// The account is confirmed, and its owner may sign in.
    SignIn,
    /// If somebody waits for a code, one was sent.
    Confirm,
}

#[derive(Serialize)]
struct Body {
    status: &'static str,
    next: &'static str,
}

impl NextStep {
    /// The status as it is logged.
    pub(super) fn code(self) -> &'static str {
        self.row().1.status
    }

    /// 200 for what was done, 202 for what may have been.
    pub(super) fn response(self) -> HttpResponse {
        let (status, body) = self.row();
        HttpResponse::build(status)
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .json(body)
    }

    fn row(self) -> (StatusCode, Body) {
        match self {
            Self::SignIn => (StatusCode::OK, Body { status: "confirmed", next: "sign_in" }),
            Self::Confirm => (StatusCode::ACCEPTED, Body { status: "code_sent", next: "confirm" }),
        }
    }
}
