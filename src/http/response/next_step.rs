//! The responses to `POST /register/confirm` and `POST /register/resend`.

use actix_web::http::StatusCode;
use serde::Serialize;

use crate::signup::Action;

/// A confirm or resend that was not rejected. It is the same for every account.
#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::http) struct ActionResponse {
    #[serde(skip)]
    http_status: StatusCode,
    status: &'static str,
    next: &'static str,
}

impl From<Action> for ActionResponse {
    fn from(action: Action) -> Self {
        match action {
            Action::Confirmed => {
                Self { http_status: StatusCode::OK, status: "confirmed", next: "sign_in" }
            }
            Action::CodeSent => {
                Self { http_status: StatusCode::ACCEPTED, status: "code_sent", next: "confirm" }
            }
        }
    }
}

impl ActionResponse {
    /// Every `status`.
    pub(in crate::http) const CODES: [&'static str; 2] = ["confirmed", "code_sent"];

    /// Returns the `status`, for the log.
    pub(in crate::http) fn code(self) -> &'static str {
        self.status
    }

    /// Returns 200 for a change that was made, and 202 for one that may have been.
    pub(in crate::http) fn status(self) -> StatusCode {
        self.http_status
    }
}
