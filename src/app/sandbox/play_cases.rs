//! `GET /sandbox/cases`: the play cases, with the responses that front ends receive.

use actix_web::HttpResponse;
use cognito_sandbox::{
    Operation,
    cases::{CASES, Case, Play},
};
use serde::Serialize;
use serde_json::json;

use super::responses::{self, Response};

/// A play case of the pool.
#[derive(Serialize)]
struct PoolCase {
    name: &'static str,
    phone_number: String,
    operation: Operation,
    /// The name of Cognito's exception.
    code: Option<&'static str>,
    /// Cognito's exception, or a description of the behavior if there is no exception.
    cognito: String,
    carried_out: bool,
    what_happens: &'static str,
    response: Option<&'static Response>,
}

/// A play case that needs another setting of the sandbox. The service rejects the request without a
/// call to Cognito.
#[derive(Serialize)]
struct SettingCase {
    /// The variable with the setting.
    setting: &'static str,
    /// The request that causes the response.
    input: &'static str,
    operation: Operation,
    what_happens: &'static str,
    response: Response,
}

const SETTING_CASES: [SettingCase; 3] = [
    SettingCase {
        setting: "VESTIBULE__BOT_CHECK__PROVIDER=proof_of_work",
        input: "a form without human_proof",
        operation: Operation::SignUp,
        what_happens: "The sign-up needs a proof that its user is human.",
        response: Response { status: 428, code: "proof_required", next: &[], errors: &[] },
    },
    SettingCase {
        setting: "VESTIBULE__BOT_CHECK__PROVIDER=proof_of_work",
        input: "a form with an invalid human_proof",
        operation: Operation::SignUp,
        what_happens: "The proof is wrong, expired or used.",
        response: Response { status: 422, code: "not_human", next: &[], errors: &[] },
    },
    SettingCase {
        setting: "VESTIBULE__LIMITS__MODE=enforce",
        input: "a new code within 30 seconds of the sign-up",
        operation: Operation::Resend,
        what_happens: "The recipient is over a rate limit.",
        response: Response {
            status: 429,
            code: "too_many_requests",
            next: &[],
            errors: &["/username limit_exceeded"],
        },
    },
];

pub(super) async fn list() -> HttpResponse {
    let cases: Vec<PoolCase> = CASES.iter().map(PoolCase::from).collect();
    HttpResponse::Ok().json(json!({"cases": cases, "with_settings": SETTING_CASES}))
}

impl From<&'static Case> for PoolCase {
    fn from(case: &'static Case) -> Self {
        Self {
            name: case.name,
            phone_number: case.phone_number(),
            operation: case.operation,
            code: case.code(),
            cognito: case.code().map_or_else(|| event(case.play), str::to_owned),
            carried_out: case.carried_out,
            what_happens: case.meaning,
            response: responses::to(case.name),
        }
    }
}

/// Describes a behavior without an exception.
fn event(play: Play) -> String {
    match play {
        Play::Raw(raw) => format!("HTTP {}, {}", raw.status, raw.content_type),
        Play::Delay(delay) => format!("success after {delay:?}"),
        Play::Silence => "no response".to_owned(),
        Play::Reset => "connection reset".to_owned(),
        Play::Reject { .. } | Play::Throttle(_) | Play::ConfirmAtOnce | Play::SendNoCode => {
            "success".to_owned()
        }
    }
}
