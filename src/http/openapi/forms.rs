//! What the document says of the forms that are posted.

use serde_json::{Map, Value, json};

use crate::http::openapi::{
    operation::{Operation, Request, RequestExample, Success, parameter},
    problems::Place,
    schemas::reference,
};
use crate::{
    http::{
        problem::ProblemType,
        response::{next_step::ActionResponse, sign_up::SignUpResponse},
    },
    registration::{Violation, ViolationCode},
    signup::Action,
};

pub(super) fn register() -> Operation {
    let mistakes = vec![
        Violation::new(&["email"], ViolationCode::InvalidEmail),
        Violation::new(&["password"], ViolationCode::TooShort).with("min", 8),
        Violation::new(&["password"], ViolationCode::NeedsUppercase),
        Violation::new(&["password"], ViolationCode::NeedsNumber),
        Violation::new(&["password"], ViolationCode::NeedsSymbol),
    ];
    let taken = vec![Violation::new(&["email"], ViolationCode::Taken)];
    Operation {
        path: "/register",
        id: "register",
        summary: "Create an account",
        description: "Signs a person up. Show every mistake beside its field; after a success, \
            do what `next` says.\n\n\
            The same form may always be sent again: whoever created the account by an earlier \
            try, also by one whose answer was lost, is told 202, and never that somebody else \
            has it.\n\n\
            A deployment that conceals existing accounts answers every sign-up that is not \
            refused for its contents with one and the same 202.",
        request: Some(Request { schema: "RegistrationForm", examples: registrations() }),
        successes: vec![
            Success {
                status: 201,
                description: "The account was created.",
                headers: HEADERS,
                content: Some(("application/json", sign_up_answer(true))),
            },
            Success {
                status: 202,
                description: "The account exists by an earlier try of the same person, or \
                    probably does; or the deployment conceals which accounts exist.",
                headers: HEADERS,
                content: Some(("application/json", sign_up_answer(false))),
            },
        ],
        places: &[Place::Everywhere, Place::Forms, Place::Register],
        mistakes: vec![
            (ProblemType::InvalidRegistration, mistakes),
            (ProblemType::AccountExists, taken),
        ],
        ..form()
    }
}

pub(super) fn confirm() -> Operation {
    let mistakes = vec![Violation::new(&["code"], ViolationCode::Required)];
    Operation {
        path: "/register/confirm",
        id: "confirm",
        summary: "Confirm an account with its code",
        description: "Takes the code that the person was sent. A wrong code, an unknown name and \
            an account that cannot be confirmed are told the same. The same request within a day \
            of a success is a success again.",
        request: Some(Request { schema: "ConfirmationForm", examples: confirmations() }),
        successes: vec![Success {
            status: 200,
            description: "The account is confirmed.",
            headers: HEADERS,
            content: Some((
                "application/json",
                action_response("confirmed", "Confirmed", Action::Confirmed),
            )),
        }],
        places: &[Place::Everywhere, Place::Forms, Place::Confirm],
        mistakes: vec![(ProblemType::InvalidRegistration, mistakes)],
        ..form()
    }
}

pub(super) fn resend() -> Operation {
    let mistakes = vec![Violation::new(&["username"], ViolationCode::Required)];
    Operation {
        path: "/register/resend",
        id: "resend",
        summary: "Have a new code sent",
        description: "If an account of this name waits for a code, a new one is sent, and the one \
            before is void. Whether there is such an account is not told.",
        request: Some(Request { schema: "ResendForm", examples: resends() }),
        successes: vec![Success {
            status: 202,
            description: "If somebody waits for a code, it is on its way.",
            headers: HEADERS,
            content: Some((
                "application/json",
                action_response("code_sent", "CodeSent", Action::CodeSent),
            )),
        }],
        places: &[Place::Everywhere, Place::Forms, Place::Resend],
        mistakes: vec![(ProblemType::InvalidRegistration, mistakes)],
        ..form()
    }
}

const HEADERS: &[&str] = &["RateLimit", "RateLimit-Policy", "Idempotency-Replayed"];

/// What forms have in common.
fn form() -> Operation {
    Operation {
        method: "post",
        path: "",
        id: "",
        tag: "Sign-up",
        summary: "",
        description: "",
        parameters: vec![parameter("IdempotencyKey"), parameter("RequestId")],
        request: None,
        successes: Vec::new(),
        places: &[],
        mistakes: Vec::new(),
    }
}

fn registrations() -> Vec<RequestExample> {
    let by_email = |email: &str| json!({"email": email, "password": "Correct-horse-7"});
    vec![
        example("created", "An email address and a password", by_email("ada@example.com")),
        example(
            "created_with_every_field",
            "Every field, where a deployment asks for them",
            json!({
                "username": "ada",
                "email": "ada@example.com",
                "phone_number": "+14155550100",
                "password": "Correct-horse-7",
                "attributes": {"given_name": "Ada", "custom:plan": "free"},
                "client_metadata": {"campaign": "spring"},
                "validation_data": {"invite": "K7Q"},
                "analytics_endpoint_id": "9b1ae1f2-7d9b-4a60-8f6e-2f0c8f8f6f6b",
                "device_data": "eyJwYXlsb2FkIjoie30ifQ==",
                "consents": {"terms": "2026-10"},
                "human_proof": "10:1f2e3d",
            }),
        ),
        example(
            "created_and_confirmed",
            "In the sandbox: the pool confirms the account at once",
            by_email("signup.confirmed-at-once@example.com"),
        ),
        example(
            "created_by_an_earlier_try",
            "The same person once more, with the same password",
            by_email("ada@example.com"),
        ),
        example(
            "code_not_delivered",
            "In the sandbox: the code does not go out",
            by_email("signup.code-delivery-failure@example.com"),
        ),
        example(
            "account_exists",
            "Somebody else's address",
            json!({"email": "ada@example.com", "password": "Another-horse-8"}),
        ),
        example(
            "invalid_registration",
            "Several mistakes at once",
            json!({"email": "ada", "password": "short"}),
        ),
        example(
            "upstream_failed",
            "In the sandbox: Cognito fails",
            by_email("signup.internal-error@example.com"),
        ),
    ]
}

fn confirmations() -> Vec<RequestExample> {
    let code = |username: &str, code: &str| json!({"username": username, "code": code});
    vec![
        example("confirmed", "The code that was sent", code("ada@example.com", "123456")),
        example("invalid_code", "A wrong code", code("ada@example.com", "wrong")),
        example(
            "expired_code",
            "In the sandbox: the code has run out",
            code("confirm.expired-code@example.com", "123456"),
        ),
        example("invalid_registration", "No code", code("ada@example.com", "")),
        example(
            "too_many_attempts",
            "In the sandbox: too many codes were tried",
            code("confirm.limit-exceeded@example.com", "123456"),
        ),
    ]
}

fn resends() -> Vec<RequestExample> {
    let to = |username: &str| json!({"username": username});
    vec![
        example("code_sent", "Somebody who waits for a code", to("ada@example.com")),
        example("invalid_registration", "Nobody named", to("")),
        example(
            "too_many_attempts",
            "In the sandbox: too many codes were asked for",
            to("resend.limit-exceeded@example.com"),
        ),
    ]
}

fn example(name: &'static str, summary: &'static str, body: Value) -> RequestExample {
    RequestExample { name, summary, body }
}

/// The answers to a sign-up that say that the account is new, or those that do not.
fn sign_up_answer(is_new: bool) -> Value {
    let examples: Map<String, Value> = SignUpResponse::examples()
        .into_iter()
        .filter(|(_, answer)| answer.status().as_u16() == if is_new { 201 } else { 202 })
        .map(|(name, answer)| (name.to_owned(), json!({"value": answer})))
        .collect();
    json!({"schema": reference("SignUpAnswer"), "examples": examples})
}

fn action_response(name: &'static str, schema: &str, action: Action) -> Value {
    let example = serde_json::to_value(ActionResponse::from(action)).unwrap_or_default();
    json!({"schema": reference(schema), "examples": {name: {"value": example}}})
}
