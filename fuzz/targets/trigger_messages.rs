//! Messages of the pre-sign-up trigger. The response is one of those that the settings lead to.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::server::{Response, Service, response};

const CODE: &str = r#"{ invite_invalid = { detail = "This invitation is not valid.", fields = ["/validation_data/invite"] } }"#;

/// Messages that lead to every response.
const MARKERS: [&str; 3] =
    ["", "[vestibule:invite_invalid]", "[vestibule:invite_invalid@/validation_data/invite]"];

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    Service::start(&[
        ("REGISTRATION__TRIGGER_CODES", CODE),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
    ])
});

static EXPECTED: LazyLock<Vec<Value>> =
    LazyLock::new(|| MARKERS.map(|marker| rejected(marker).body).into());

pub(crate) fn run(input: &[u8]) {
    let message = String::from_utf8_lossy(input);

    let response = rejected(&message);

    assert_eq!(response.status, 422, "{response:?}");
    assert!(EXPECTED.contains(&response.body), "{message:?} appears in {response:?}");
    if !message.contains("[vestibule:") {
        assert_eq!(response.body, EXPECTED[0], "a message without a marker");
    }
}

/// Signs up a new user, whom the trigger rejects. Returns the response without its id.
fn rejected(message: &str) -> Response {
    let form = json!({"email": SERVICE.email(), "password": "Correct-horse-7", "validation_data": {"invite": "K7Q"}});
    let error = json!({
        "__type": "UserLambdaValidationException",
        "message": format!("PreSignUp failed with error {message}."),
    });
    let cognito = response(400, None, error.to_string().as_bytes());
    let mut response = SERVICE.post("/register", form.to_string().as_bytes(), cognito);
    if let Some(problem) = response.body.as_object_mut() {
        problem.remove("request_id");
    }
    response
}
