//! Error responses of Cognito. The first byte chooses the form, the second one the status. The next
//! line is the error type in the header, and the rest is the body.

use std::sync::LazyLock;

use serde_json::json;

use crate::server::{Service, response};

const STATUSES: [u16; 8] = [400, 403, 404, 413, 429, 500, 502, 503];

/// A word that the seeds have in their messages.
const WORD: &str = "XYZZY";

static SERVICE: LazyLock<Service> = LazyLock::new(|| Service::start(&[]));

pub(crate) fn run(input: &[u8]) {
    let [form, status, rest @ ..] = input else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (kind, body) = rest.split_at(end);
    let kind = String::from_utf8_lossy(kind);
    let is_header = kind.bytes().all(|byte| byte.is_ascii_graphic());
    let kind = Some(&*kind).filter(|kind| is_header && !kind.is_empty());
    let cognito = response(STATUSES[usize::from(status % 8)], kind, body);
    let name = SERVICE.email();
    let (path, form) = match form % 3 {
        0 => ("/register", json!({"email": name, "password": "Correct-horse-7"})),
        1 => ("/register/confirm", json!({"username": name, "code": "123456"})),
        _ => ("/register/resend", json!({"username": name})),
    };

    let response = SERVICE.post(path, form.to_string().as_bytes(), cognito);

    let text = response.body.to_string();
    assert!(!text.contains(WORD), "a text of Cognito appears in {response:?}");
    assert!(![200, 201].contains(&response.status), "an error became a success: {response:?}");
    if response.status == 202 && path == "/register" {
        // Cognito created the account without sending its code, or may have created it.
        assert_eq!(response.body["status"], "delivery_failed", "{response:?}");
    }
    if response.status >= 400 {
        assert_eq!(response.body["status"], response.status, "{response:?}");
    }
}
