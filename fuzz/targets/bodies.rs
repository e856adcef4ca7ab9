//! Bodies of the three forms. The first byte chooses the form.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::de::IgnoredAny;
use vestibule::registration::FIELDS;

use crate::server::{Response, SUCCESS, Service, response};

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    Service::start(&[
        ("REGISTRATION__USERNAME", "chosen"),
        ("REGISTRATION__ATTRIBUTES", r#"{ given_name = {}, birthdate = {}, "custom:plan" = {} }"#),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
        ("REGISTRATION__CONSENTS", r#"{ terms = { version = "2026-10" } }"#),
    ])
});

pub(crate) fn run(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let (path, success) =
        [("/register", 201), ("/register/confirm", 200), ("/register/resend", 202)]
            [usize::from(first % 3)];

    let response = SERVICE.post(path, body, response(200, None, SUCCESS.as_bytes()));

    assert!([success, 400, 413, 422].contains(&response.status), "{response:?}");
    if response.status != success {
        assert_eq!(response.body["status"], response.status, "{response:?}");
        assert_names_existing_fields(body, &response);
    }
}

/// Asserts that a rejection names only fields of the forms, and fields that the body has.
fn assert_names_existing_fields(body: &[u8], response: &Response) {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let sent: BTreeMap<String, IgnoredAny> = serde_json::from_slice(body).unwrap_or_default();
    for error in response.body["errors"].as_array().into_iter().flatten() {
        let pointer = error["pointer"].as_str().expect("each error has a pointer");
        let field = pointer.split('/').nth(1).unwrap_or_default();
        let is_known = pointer.is_empty() || FIELDS.contains(&field);
        let is_sent = || {
            let field = field.replace("~1", "/").replace("~0", "~");
            sent.contains_key(&field)
        };
        assert!(is_known || is_sent(), "{pointer} is no field: {response:?}");
        assert!(error["code"].is_string() && error["detail"].is_string(), "{response:?}");
    }
}
