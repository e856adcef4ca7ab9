//! The answers that say nothing but what was done and what comes next.

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

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
    /// Every code.
    pub(super) const CODES: [&'static str; 2] = ["confirmed", "code_sent"];

    /// The status as it is logged.
    pub(super) fn code(self) -> &'static str {
        self.row().1.status
    }

    /// 200 for what was done, 202 for what may have been.
    pub(super) fn status(self) -> StatusCode {
        self.row().0
    }

    /// The document.
    pub(super) fn body(self) -> String {
        // Texts cannot fail to be written.
        serde_json::to_string(&self.row().1).unwrap_or_default()
    }

    /// The document as a JSON Schema.
    pub(super) fn schema(self) -> Value {
        let Body { status, next } = self.row().1;
        json!({
            "type": "object",
            "properties": {"status": {"const": status}, "next": {"const": next}},
            "required": ["status", "next"],
        })
    }

    fn row(self) -> (StatusCode, Body) {
        match self {
            Self::SignIn => (StatusCode::OK, Body { status: "confirmed", next: "sign_in" }),
            Self::Confirm => (StatusCode::ACCEPTED, Body { status: "code_sent", next: "confirm" }),
        }
    }
}
