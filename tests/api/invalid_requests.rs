//! Every invalid request gets a specific problem with a 4xx status, and no call to Cognito.

use serde_json::{Value, json};

use crate::{
    support::{PASSWORD, Response, SHORT_TIMEOUTS, Service},
    wire::{Wire, head, post},
};

const FORM: &str = r#"{"email": "ada@example.com", "password": "Correct-horse-7"}"#;

const TEXT_FIELDS: [&str; 7] = [
    "username",
    "email",
    "phone_number",
    "password",
    "analytics_endpoint_id",
    "device_data",
    "human_proof",
];

const MAP_FIELDS: [&str; 4] = ["attributes", "client_metadata", "validation_data", "consents"];

/// Every problem type and its status.
const PROBLEMS: [(&str, u16); 30] = [
    ("unreadable-body", 400),
    ("headers-too-large", 431),
    ("body-too-large", 413),
    ("unsupported-media-type", 415),
    ("invalid-idempotency-key", 400),
    ("idempotency-key-reused", 422),
    ("request-in-progress", 409),
    ("not-found", 404),
    ("method-not-allowed", 405),
    ("invalid-registration", 422),
    ("registration-rejected", 422),
    ("account-exists", 409),
    ("invalid-code", 422),
    ("expired-code", 422),
    ("confirmation-uncertain", 409),
    ("too-many-requests", 429),
    ("too-many-attempts", 429),
    ("proof-required", 428),
    ("not-human", 422),
    ("sign-up-closed", 403),
    ("blocked", 403),
    ("cross-site", 403),
    ("busy", 503),
    ("unavailable", 503),
    ("misconfigured", 502),
    ("delivery-failed", 502),
    ("hook-failed", 502),
    ("upstream-failed", 502),
    ("upstream-timeout", 504),
    ("internal", 500),
];

/// Sends bytes on a new connection and reads the response.
async fn send_raw(service: &Service, bytes: impl AsRef<[u8]>) -> Response {
    let mut wire = Wire::connect(&service.url).await;
    wire.send(bytes).await;
    wire.response().await
}

fn assert_nothing_was_sent(service: &Service, case: &str) {
    let calls = service.pool().requests(None);
    assert!(calls.is_empty(), "{case}: the pool received calls: {calls:?}");
}

/// Asserts that the service still creates accounts.
async fn assert_still_works(service: &Service) {
    let response = service.register_email("afterwards@example.com").await;
    assert_eq!(response.status, 201, "{}", response.text);
}

#[actix_web::test]
async fn rejects_unreadable_bodies() {
    let service = Service::start(&[]).await;

    for (case, body) in [
        ("empty", &b""[..]),
        ("only white space", b" \r\n\t"),
        ("truncated in an object", b"{"),
        ("truncated after a key", br#"{"email":"#),
        ("truncated in a string", br#"{"email": "ada"#),
        ("an array", b"[]"),
        ("an array in the order of the fields", br#"["ada", "ada@example.com"]"#),
        ("a string", br#""ada@example.com""#),
        ("a number", b"31415926"),
        ("null", b"null"),
        ("true", b"true"),
        ("something after the object", br#"{"email": "a"} x"#),
        ("two objects", br"{}{}"),
        ("single quotes", br"{'email': 'a'}"),
        ("no quotes", br"{email: 1}"),
        ("a comment", b"{} // nothing"),
        ("a trailing comma", br#"{"email": "a",}"#),
        ("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf{}"),
        ("UTF-16", b"\xff\xfe{\0}\0"),
        ("a NUL byte before the object", b"\0{}"),
        ("a NUL byte after the object", b"{}\0"),
        ("a NUL byte in a string", b"{\"email\": \"a\0b\"}"),
        ("a control character in a string", b"{\"email\": \"a\x01b\"}"),
        ("NaN", br#"{"email": NaN}"#),
        ("a number out of range", br#"{"email": 1e999999}"#),
        ("an invalid escape", br#"{"email": "\x41"}"#),
        ("half a surrogate pair", br#"{"email": "\ud800"}"#),
        ("half a surrogate pair in a key", br#"{"\udc00": "a"}"#),
        ("not UTF-8 in a known field", b"{\"email\": \"\xff@example.com\"}"),
        ("not UTF-8 in the password", b"{\"password\": \"\xc3\x28\"}"),
        ("not UTF-8 in an unknown field", b"{\"surprise\": \"\xff\"}"),
        ("not UTF-8 in a key", b"{\"\xff\": \"a\"}"),
        ("overlong UTF-8", b"{\"email\": \"\xc0\xaf\"}"),
        ("a surrogate in UTF-8", b"{\"email\": \"\xed\xa0\x80\"}"),
        ("a form", b"email=ada%40example.com&password=Correct-horse-7"),
        ("XML", b"<registration/>"),
    ] {
        let response = send_raw(&service, post(body)).await;

        response.assert_problem(400, "unreadable-body", case);
        assert_eq!(response.violations().len(), 1, "{case}: {}", response.text);
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn reports_why_a_body_is_unreadable() {
    let service = Service::start(&[]).await;

    for (case, body, expected) in [
        ("empty", &b""[..], json!({"code": "empty_body"})),
        ("only white space", b" \r\n\t", json!({"code": "empty_body"})),
        ("only a byte order mark", b"\xef\xbb\xbf", json!({"code": "empty_body"})),
        ("an array", b"[]", json!({"code": "wrong_type", "params": {"expected": "object"}})),
        ("a string", b"\"{}\"", json!({"code": "wrong_type", "params": {"expected": "object"}})),
        ("null", b" null", json!({"code": "wrong_type", "params": {"expected": "object"}})),
        (
            "a missing comma",
            b"{\n  \"email\": \"a\"\n  \"password\": \"b\"\n}",
            json!({"code": "invalid_json", "params": {"line": 3, "column": 3}}),
        ),
        (
            "a missing comma after a wrong type",
            b"{\"email\": 7,\n\"password\": \"b\" \"username\": \"c\"}",
            json!({"code": "invalid_json", "params": {"line": 2, "column": 17}}),
        ),
        (
            "a broken array",
            b"[1,\n2",
            json!({"code": "invalid_json", "params": {"line": 2, "column": 1}}),
        ),
        (
            "a form",
            b"email=ada%40example.com",
            json!({"code": "invalid_json", "params": {"line": 1, "column": 1}}),
        ),
        (
            "not UTF-8",
            b"{\n\"email\": \"\xff\"}",
            json!({"code": "invalid_json", "params": {"line": 2, "column": 11}}),
        ),
        (
            "a repeated key",
            b"{\"email\": \"a\",\n\"email\": \"b\"}",
            json!({"pointer": "/email", "code": "duplicate_key", "params": {"line": 2, "column": 10}}),
        ),
        (
            "a repeated unknown key",
            b"{\"a\": 1, \"a\": 2}",
            json!({"pointer": "/a", "code": "duplicate_key", "params": {"line": 1, "column": 15}}),
        ),
        (
            "a repeated consent",
            b"{\"consents\": {\"terms\": \"1\", \"terms\": \"2\"}}",
            json!({"pointer": "/consents/terms", "code": "duplicate_key", "params": {"line": 1, "column": 38}}),
        ),
    ] {
        let response = send_raw(&service, post(body)).await;

        response.assert_problem(400, "unreadable-body", case);
        let mut error = response.json()["errors"][0].take();
        let detail = error.as_object_mut().and_then(|error| error.remove("detail"));
        assert!(detail.is_some_and(|detail| detail.is_string()), "{case}: {}", response.text);
        let mut expected = expected;
        if expected["pointer"].is_null() {
            expected["pointer"] = "".into();
        }
        assert_eq!(error, expected, "{case}");
        assert_nothing_was_sent(&service, case);
    }
}

#[actix_web::test]
async fn reports_every_wrong_type_at_once() {
    let service = Service::start(&[]).await;
    let form = json!({
        "email": 7, "password": null, "username": "fine", "surprise": [1], "phone_number": {},
        "attributes": {"a": 1, "b": "fine", "c": {"d": null}}, "consents": [],
    });

    let response = service.register(&form).await;

    response.assert_problem(400, "unreadable-body", "many");
    let mut found = response.violations();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/attributes/a wrong_type",
            "/attributes/c wrong_type",
            "/consents wrong_type",
            "/email wrong_type",
            "/password wrong_type",
            "/phone_number wrong_type",
        ]
    );
    assert_nothing_was_sent(&service, "many");
}

#[actix_web::test]
async fn names_the_field_that_was_probably_meant() {
    let service = Service::start(&[]).await;

    for (path, name, expected) in [
        ("/register", "phone", Some("/phone_number")),
        ("/register", "phoneNumber", Some("/phone_number")),
        ("/register", "phone_numer", Some("/phone_number")),
        ("/register", "emial", Some("/email")),
        ("/register", "Email", Some("/email")),
        ("/register", "passwort", Some("/password")),
        ("/register", "clientMetadata", Some("/client_metadata")),
        ("/register", "surprise", None),
        ("/register", "code", None),
        ("/register/confirm", "user_name", Some("/username")),
        ("/register/confirm", "emial", None),
        ("/register/resend", "Username", Some("/username")),
    ] {
        let request = service.post(path).json(&json!({name: "x"}));
        let response = Response::of(request).await;

        let case = format!("{path} {name}");
        response.assert_problem(422, "invalid-registration", &case);
        let document = response.json();
        let errors = document["errors"].as_array().expect("errors");
        let error = errors.iter().find(|error| error["code"] == "unknown_field").expect(&case);
        assert_eq!(error["params"]["suggestion"].as_str(), expected, "{case}");
        let detail = error["detail"].as_str().expect("a sentence");
        let hint = expected.map(|field| format!("Did you mean {field}?"));
        assert!(hint.is_none_or(|hint| detail.ends_with(&hint)), "{case}: {detail}");
    }
}

#[actix_web::test]
async fn skips_a_byte_order_mark() {
    let service = Service::start(&[]).await;

    let response = send_raw(&service, post(format!("\u{feff}{FORM}"))).await;

    assert_eq!(response.status, 201, "{}", response.text);
}

#[actix_web::test]
async fn reports_the_pointer_of_a_wrong_type_without_the_value() {
    let service = Service::start(&[]).await;
    let wrong_texts = [
        json!(null),
        json!(31_415_926),
        json!(-1.5),
        json!(true),
        json!(["swordfish"]),
        json!({"swordfish": "swordfish"}),
    ];
    let wrong_maps = [
        json!(null),
        json!("swordfish, expected a string"),
        json!(31_415_926),
        json!(false),
        json!([]),
    ];
    let mut cases: Vec<(Value, String, &str)> = Vec::new();
    for value in wrong_texts {
        for field in TEXT_FIELDS {
            cases.push((json!({field: value}), format!("/{field}"), "string"));
        }
        for field in MAP_FIELDS {
            let entry = json!({field: {"fine": "yes", "a/b~c": value}});
            cases.push((entry, format!("/{field}/a~1b~0c"), "string"));
        }
    }
    for value in wrong_maps {
        for field in MAP_FIELDS {
            cases.push((json!({field: value}), format!("/{field}"), "object"));
        }
    }

    for (body, pointer, expected) in cases {
        let case = body.to_string();
        let response = service.register(&body).await;

        response.assert_problem(400, "unreadable-body", &case);
        assert_eq!(response.violations(), [format!("{pointer} wrong_type")], "{case}");
        let violation = &response.json()["errors"][0];
        assert_eq!(violation["params"]["expected"], expected, "{case}");
        assert!(violation["detail"].as_str().is_some_and(|text| text.ends_with('.')), "{case}");
        for secret in ["swordfish", "31415926"] {
            assert!(!response.text.contains(secret), "{case}: {}", response.text);
        }
        assert_nothing_was_sent(&service, &case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn rejects_duplicate_keys() {
    let service = Service::start(&[
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {} }"),
        ("REGISTRATION__CONSENTS", "{ terms = { version = \"1\" } }"),
    ])
    .await;

    for (case, body) in [
        ("a field", r#"{"email": "a@example.com", "password": "x", "email": "b@example.com"}"#),
        ("a field with the same value", r#"{"email": "a@example.com", "email": "a@example.com"}"#),
        ("the password", r#"{"password": "swordfish-1", "password": "swordfish-2"}"#),
        ("a field with an escape", r#"{"email": "a@example.com", "\u0065mail": "b"}"#),
        ("a map", r#"{"attributes": {}, "attributes": {}}"#),
        ("an attribute", r#"{"attributes": {"given_name": "A", "given_name": "B"}}"#),
        ("an attribute that is not allowed", r#"{"attributes": {"x": "swordfish", "x": "B"}}"#),
        ("a consent", r#"{"consents": {"terms": "1", "terms": "1"}}"#),
        ("client metadata", r#"{"client_metadata": {"a": "1", "a": "2"}}"#),
        ("validation data", r#"{"validation_data": {"a": "1", "a": "2"}}"#),
        ("an unknown key", r#"{"surprise": 1, "email": "a@example.com", "surprise": 1}"#),
        ("an unknown key with an escape", r#"{"surprise": 1, "\u0073urprise": 2}"#),
    ] {
        let response = send_raw(&service, post(body)).await;

        response.assert_problem(400, "unreadable-body", case);
        assert!(!response.text.contains("swordfish"), "{case}: {}", response.text);
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn reports_unknown_fields_with_all_other_violations() {
    let service = Service::start(&[]).await;
    let nested = r#"{"email": "ada@example.com", "password": "Correct-horse-7", "email ": {"email": [1, {"a": null}]}}"#;

    for (case, body, expected) in [
        (
            "one",
            r#"{"email": "ada@example.com", "password": "Correct-horse-7", "emial": 1}"#,
            &["/emial unknown_field"][..],
        ),
        (
            "values of any type",
            r#"{"email": "ada@example.com", "password": "Correct-horse-7", "a": null, "b": [1], "c": {"d": 1}}"#,
            &["/a unknown_field", "/b unknown_field", "/c unknown_field"],
        ),
        (
            "escaped in the pointer",
            r#"{"email": "ada@example.com", "password": "Correct-horse-7", "a/b": 1, "c~d": 1, "~1": 1}"#,
            &["/a~1b unknown_field", "/c~0d unknown_field", "/~01 unknown_field"],
        ),
        (
            "an empty name",
            r#"{"email": "ada@example.com", "password": "Correct-horse-7", "": 1}"#,
            &["/ unknown_field"],
        ),
        (
            "upper case",
            r#"{"Email": "ada@example.com", "email": "ada@example.com", "password": "Correct-horse-7"}"#,
            &["/Email unknown_field"],
        ),
        (
            "a name like a path",
            r#"{"email": "ada@example.com", "password": "Correct-horse-7", "attributes.name": "A"}"#,
            &["/attributes.name unknown_field"],
        ),
        ("with a space", nested, &["/email  unknown_field"]),
        (
            "with other violations",
            r#"{"email": "nope", "surprise": 1}"#,
            &["/email invalid_email", "/password required", "/surprise unknown_field"],
        ),
        (
            "a name of the JavaScript prototype",
            r#"{"email": "ada@example.com", "password": "Correct-horse-7", "__proto__": {}}"#,
            &["/__proto__ unknown_field"],
        ),
    ] {
        let response = send_raw(&service, post(body)).await;

        response.assert_problem(422, "invalid-registration", case);
        assert_eq!(response.violations(), expected, "{case}");
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn handles_deeply_nested_json() {
    const DEPTH: usize = 100_000;
    let service = Service::start(&[("SERVER__MAX_BODY", "4MiB")]).await;
    let (open, close) = ("[".repeat(DEPTH), "]".repeat(DEPTH));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH), "}".repeat(DEPTH));

    for (case, body, status, name, violations) in [
        ("opening brackets only", open.clone(), 400, "unreadable-body", ""),
        ("balanced brackets", format!("{open}{close}"), 400, "unreadable-body", ""),
        ("objects", objects.clone(), 422, "invalid-registration", "/a unknown_field"),
        (
            "in an unknown field, truncated",
            format!(r#"{{"surprise": {open}"#),
            400,
            "unreadable-body",
            "",
        ),
        (
            "in an unknown field",
            format!(r#"{{"surprise": {open}{close}}}"#),
            422,
            "invalid-registration",
            "/surprise unknown_field",
        ),
        (
            "in a string field",
            format!(r#"{{"email": {open}{close}}}"#),
            400,
            "unreadable-body",
            "/email wrong_type",
        ),
        (
            "in a map field",
            format!(r#"{{"attributes": {objects}}}"#),
            400,
            "unreadable-body",
            "/attributes/a wrong_type",
        ),
    ] {
        let response = send_raw(&service, post(body)).await;

        response.assert_problem(status, name, case);
        assert!(response.violations().concat().contains(violations), "{case}: {}", response.text);
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

/// Returns a form whose body has this many bytes, filled up by an unknown field.
fn form_of_size(bytes: usize) -> String {
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "filler": ""}).to_string();
    form.replace(r#""""#, &format!("{:?}", "x".repeat(bytes - form.len())))
}

fn chunked(body: &str) -> Vec<u8> {
    let mut request =
        head("POST /register HTTP/1.1\nContent-Type: application/json\nTransfer-Encoding: chunked");
    for chunk in body.as_bytes().chunks(1000) {
        request.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

#[actix_web::test]
async fn reads_bodies_up_to_the_limit() {
    const LIMIT: usize = 16 * 1024;
    let service = Service::start(&[]).await;

    for (case, request, status, name) in [
        ("at the limit", post(form_of_size(LIMIT)), 422, "invalid-registration"),
        ("one byte over the limit", post(form_of_size(LIMIT + 1)), 413, "body-too-large"),
        ("at the limit, in chunks", chunked(&form_of_size(LIMIT)), 422, "invalid-registration"),
        (
            "one byte over the limit, in chunks",
            chunked(&form_of_size(LIMIT + 1)),
            413,
            "body-too-large",
        ),
        (
            "a Content-Length over the limit, without a body",
            head("POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: 16385"),
            413,
            "body-too-large",
        ),
        (
            "the largest Content-Length",
            head(
                "POST /register HTTP/1.1\nContent-Type: application/json\n\
                 Content-Length: 18446744073709551615",
            ),
            413,
            "body-too-large",
        ),
    ] {
        let response = send_raw(&service, request).await;

        response.assert_problem(status, name, case);
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn accepts_chunked_forms_and_surrounding_white_space() {
    let service = Service::start(&[]).await;

    let in_chunks = send_raw(&service, chunked(FORM)).await;
    let with_white_space =
        send_raw(&service, post(format!("\r\n\t {} \n", FORM.replace("ada@", "grace@")))).await;

    assert_eq!(in_chunks.status, 201, "{}", in_chunks.text);
    assert_eq!(with_white_space.status, 201, "{}", with_white_space.text);
}

#[actix_web::test]
async fn rejects_incomplete_bodies() {
    let service = Service::start(&[("SERVER__BODY_TIMEOUT", "200ms")]).await;
    let start =
        head("POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: 200");

    let mut stalled = Wire::connect(&service.url).await;
    stalled.send(&start).await;
    stalled.send(&FORM[..20]).await;
    let stalled_response = stalled.response().await;
    let mut truncated = Wire::connect(&service.url).await;
    truncated.send(&start).await;
    truncated.send(FORM).await;
    truncated.finish().await;
    let truncated_response = truncated.response_or_end().await;
    let mut disconnected = Wire::connect(&service.url).await;
    disconnected.send(&start).await;
    disconnected.send(FORM).await;
    drop(disconnected);

    stalled_response.assert_problem(400, "unreadable-body", "stalled");
    assert!(stalled.is_closed().await, "the service closes a connection with an incomplete body");
    if let Some(response) = truncated_response {
        response.assert_problem(400, "unreadable-body", "truncated");
    }
    assert_nothing_was_sent(&service, "incomplete bodies");
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn accepts_passwords_of_at_most_256_characters() {
    let service = Service::start(&[]).await;

    for (case, filler) in [("one byte each", "x"), ("two bytes", "é"), ("four bytes", "🐎")] {
        let password = |length: usize| format!("Aa1!{}", filler.repeat(length - 4));
        let form = |email: &str, length| json!({"email": email, "password": password(length)});

        let longest =
            service.register(&form(&format!("{}@example.com", case.replace(' ', "-")), 256)).await;
        let calls = service.pool().requests(None).len();
        let too_long = service.register(&form("long@example.com", 257)).await;

        assert_eq!(longest.status, 201, "{case}: {}", longest.text);
        too_long.assert_problem(422, "invalid-registration", case);
        assert_eq!(too_long.violations(), ["/password too_long"], "{case}");
        assert_eq!(too_long.json()["errors"][0]["params"]["max"], 256, "{case}");
        assert_eq!(service.pool().requests(None).len(), calls, "{case}: no further call");
    }
}

#[actix_web::test]
async fn rejects_nul_characters() {
    const NAME: &str = "Ada\0Lovelace";
    let settings = [
        ("REGISTRATION__USERNAME", "chosen"),
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {}, \"custom:plan\" = {} }"),
        ("REGISTRATION__CONSENTS", "{ terms = { version = \"1\" } }"),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
    ];
    let service = Service::start(&settings).await;
    let form = json!({"username": "ada", "email": "ada@example.com", "password": PASSWORD});

    for (case, change, pointer) in [
        ("username", json!({"username": NAME}), "/username"),
        ("email", json!({"email": "a\0da@example.com"}), "/email"),
        ("domain", json!({"email": "ada@exam\0ple.com"}), "/email"),
        ("phone number", json!({"phone_number": "+4479\x0011123456"}), "/phone_number"),
        ("password", json!({"password": "Correct\0horse-7"}), "/password"),
        ("end of the password", json!({"password": "Correct-horse-7\0"}), "/password"),
        ("name", json!({"attributes": {"given_name": NAME}}), "/attributes/given_name"),
        ("custom", json!({"attributes": {"custom:plan": NAME}}), "/attributes/custom:plan"),
        ("attribute name", json!({"attributes": {"a\0": "x"}}), "/attributes/a\0"),
        ("metadata", json!({"client_metadata": {"campaign": NAME}}), "/client_metadata/campaign"),
        ("validation", json!({"validation_data": {"invite": NAME}}), "/validation_data/invite"),
        ("analytics", json!({"analytics_endpoint_id": NAME}), "/analytics_endpoint_id"),
        ("consents", json!({"consents": {"terms": "1\0"}}), "/consents/terms"),
        ("name of an unknown field", json!({"surprise\0": 1}), "/surprise\0"),
    ] {
        let mut body = form.clone();
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let response = service.register(&body).await;

        response.assert_problem(422, "invalid-registration", case);
        let pointers: Vec<String> = response.json()["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| error["pointer"].as_str().expect("a pointer").to_owned())
            .collect();
        assert!(pointers.iter().all(|found| found == pointer), "{case}: {pointers:?}");
        assert_nothing_was_sent(&service, case);
    }
}

#[actix_web::test]
async fn drops_unused_fields_with_nul_characters() {
    let service = Service::start(&[]).await;

    let response = service
        .register(&json!({
            "email": "ada@example.com", "password": PASSWORD,
            "device_data": "a\0b", "human_proof": "a\0b",
        }))
        .await;

    assert_eq!(response.status, 201, "{}", response.text);
    let calls = service.pool().requests(None);
    assert!(!format!("{calls:?}").contains("\\0"), "{calls:?}");
    assert_eq!(calls[0].body.get("UserContextData"), None, "{calls:?}");
}

#[actix_web::test]
async fn rejects_large_headers() {
    let service = Service::start(&[]).await;
    let with_large_value = |bytes: usize| {
        head(&format!(
            "POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: 0\n\
             Cookie: {}",
            "x".repeat(bytes)
        ))
    };
    let with_large_name = |bytes: usize| {
        head(&format!("GET /register HTTP/1.1\nContent-Length: 0\n{}: 1", "x".repeat(bytes)))
    };

    send_raw(&service, with_large_value(30 * 1024)).await.assert_problem(
        400,
        "unreadable-body",
        "30 KiB",
    );
    send_raw(&service, with_large_value(32 * 1024)).await.assert_problem(
        431,
        "headers-too-large",
        "32 KiB",
    );
    send_raw(&service, with_large_value(64 * 1024)).await.assert_problem(
        431,
        "headers-too-large",
        "64 KiB",
    );
    send_raw(&service, with_large_name(60_000)).await.assert_problem(
        431,
        "headers-too-large",
        "a name",
    );
    let mut name_connection = Wire::connect(&service.url).await;
    name_connection.send(with_large_name(65_536)).await;
    let large_name = name_connection.response_or_end().await;
    // The body is empty, because the HTTP parser rejects headers that are larger than its buffer.
    let too_large_for_parser = send_raw(&service, with_large_value(256 * 1024)).await;
    let many_headers = send_raw(
        &service,
        head(&format!("GET / HTTP/1.1{}", (0..200).fold(String::new(), |all, _| all + "\nA: b"))),
    )
    .await;

    assert!(
        large_name.is_none_or(|response| [400, 431].contains(&response.status)),
        "64 KiB of name"
    );
    assert_eq!(too_large_for_parser.status, 431, "256 KiB");
    assert_eq!(many_headers.status, 431, "200 headers");
    assert_nothing_was_sent(&service, "large headers");
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn accepts_only_json_in_utf_8() {
    let service = Service::start(&[]).await;

    for (case, headers, is_accepted) in [
        ("none", "", false),
        ("empty", "Content-Type:", false),
        ("text", "Content-Type: text/plain", false),
        ("a form", "Content-Type: application/x-www-form-urlencoded", false),
        ("multipart", "Content-Type: multipart/form-data; boundary=x", false),
        ("a structured suffix", "Content-Type: application/problem+json", false),
        ("the old JSON type", "Content-Type: text/json", false),
        ("an incomplete type", "Content-Type: application", false),
        ("a longer type", "Content-Type: application/jsonp", false),
        ("a list", "Content-Type: application/json, text/plain", false),
        ("two headers", "Content-Type: application/json\nContent-Type: text/plain", false),
        (
            "two equal headers",
            "Content-Type: application/json\nContent-Type: application/json",
            false,
        ),
        ("another charset", "Content-Type: application/json; charset=iso-8859-1", false),
        ("UTF-16", "Content-Type: application/json; charset=utf-16", false),
        ("an empty charset", "Content-Type: application/json; charset=", false),
        ("not ASCII", "Content-Type: application/json; x=\u{e4}", false),
        ("compressed", "Content-Type: application/json\nContent-Encoding: gzip", false),
        (
            "compressed after identity",
            "Content-Type: application/json\nContent-Encoding: identity, gzip",
            false,
        ),
        ("identity", "Content-Type: application/json\nContent-Encoding: Identity", true),
        ("another spelling", "Content-Type: application/json; charset=utf8", true),
        ("ASCII", "Content-Type: application/json; charset=US-ASCII", true),
        ("plain", "Content-Type: application/json", true),
        ("upper case", "content-type: Application/JSON", true),
        ("a charset", "Content-Type: application/json;charset=UTF-8", true),
        ("a charset in quotes", "Content-Type: application/json ; charset=\"utf-8\" ;", true),
        ("another parameter", "Content-Type: application/json; profile=x", true),
    ] {
        let body = r#"{"email": "nope"}"#;
        let mut request =
            head(&format!("POST /register HTTP/1.1\nContent-Length: {}\n{headers}", body.len()));
        if headers.is_empty() {
            request = head(&format!("POST /register HTTP/1.1\nContent-Length: {}", body.len()));
        }
        request.extend_from_slice(body.as_bytes());
        let response = send_raw(&service, request).await;

        if is_accepted {
            response.assert_problem(422, "invalid-registration", case);
        } else {
            response.assert_problem(415, "unsupported-media-type", case);
        }
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn rejects_methods_and_paths_outside_the_contract() {
    let service = Service::start(&[]).await;

    for (request, status, name, allow) in [
        ("GET /register", 405, "method-not-allowed", Some("POST")),
        ("PUT /register", 405, "method-not-allowed", Some("POST")),
        ("PATCH /register", 405, "method-not-allowed", Some("POST")),
        ("DELETE /register", 405, "method-not-allowed", Some("POST")),
        ("OPTIONS /register", 405, "method-not-allowed", Some("POST")),
        ("TRACE /register", 405, "method-not-allowed", Some("POST")),
        ("PROPFIND /register", 405, "method-not-allowed", Some("POST")),
        ("post /register", 405, "method-not-allowed", Some("POST")),
        ("BREW! /register", 405, "method-not-allowed", Some("POST")),
        ("GET /register/confirm", 405, "method-not-allowed", Some("POST")),
        ("PUT /register/confirm", 405, "method-not-allowed", Some("POST")),
        ("OPTIONS /register/resend", 405, "method-not-allowed", Some("POST")),
        ("POST /problems/busy", 405, "method-not-allowed", Some("GET, HEAD")),
        ("DELETE /problems/busy", 405, "method-not-allowed", Some("GET, HEAD")),
        ("POST /problems/nothing", 405, "method-not-allowed", Some("GET, HEAD")),
        ("POST /register/", 404, "not-found", None),
        ("POST /register/confirm/", 404, "not-found", None),
        ("POST /register/resend/x", 404, "not-found", None),
        ("POST /register/Confirm", 404, "not-found", None),
        ("POST //register", 404, "not-found", None),
        ("POST /Register", 404, "not-found", None),
        ("POST /register;a=b", 404, "not-found", None),
        ("POST /register%00", 404, "not-found", None),
        ("POST /register/..", 404, "not-found", None),
        ("GET /", 404, "not-found", None),
        ("GET /nothing", 404, "not-found", None),
        ("GET /health/ready", 404, "not-found", None),
        ("GET /metrics", 404, "not-found", None),
        ("GET /sandbox/inbox", 404, "not-found", None),
        ("OPTIONS *", 404, "not-found", None),
        ("GET /problems", 404, "not-found", None),
        ("GET /problems/", 404, "not-found", None),
        ("GET /problems/nothing", 404, "not-found", None),
        ("GET /problems/busy/", 404, "not-found", None),
        ("GET /problems/Busy", 404, "not-found", None),
        ("GET /problems/%ff", 404, "not-found", None),
        ("GET /problems/%", 404, "not-found", None),
        ("GET /problems/%3Cscript%3E", 404, "not-found", None),
        ("GET /problems/..%2f..%2fetc%2fpasswd", 404, "not-found", None),
    ] {
        let response =
            send_raw(&service, head(&format!("{request} HTTP/1.1\nContent-Length: 0"))).await;

        response.assert_problem(status, name, request);
        assert_eq!(response.header("allow"), allow, "{request}");
        assert!(!response.text.contains("script"), "{request}: {}", response.text);
        assert_nothing_was_sent(&service, request);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn ignores_the_query() {
    let service = Service::start(&[]).await;

    for query in ["?", "?x=1", "?email=eve@example.com&password=other", "?%ff%00", "?a[]=1"] {
        let request = String::from_utf8(post(r#"{"email": "nope"}"#)).expect("text");
        let response =
            send_raw(&service, request.replacen("/register", &format!("/register{query}"), 1))
                .await;

        response.assert_problem(422, "invalid-registration", query);
        assert_eq!(
            response.violations(),
            ["/email invalid_email", "/password required"],
            "{query}"
        );
        assert_nothing_was_sent(&service, query);
    }
}

#[actix_web::test]
async fn survives_invalid_http() {
    let service = Service::start(&[]).await;

    for (case, bytes) in [
        ("random bytes", &b"\x00\x01\x02\xff\xfe\r\n\r\n"[..]),
        ("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("no version", b"GET /register\r\n\r\n"),
        ("an unknown version", b"GET /register HTTP/9.9\r\n\r\n"),
        ("a space in the method", b"GE T /register HTTP/1.1\r\n\r\n"),
        ("a space in the path", b"GET /regi ster HTTP/1.1\r\n\r\n"),
        ("a NUL in a header", b"GET /register HTTP/1.1\r\nA: \0\r\n\r\n"),
        ("a header without a colon", b"GET /register HTTP/1.1\r\nnothing\r\n\r\n"),
        ("a space before the colon", b"POST /register HTTP/1.1\r\nContent-Length : 3\r\n\r\nabc"),
        ("a negative length", b"POST /register HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        ("a length with a sign", b"POST /register HTTP/1.1\r\nContent-Length: +1\r\n\r\nx"),
        ("a length in words", b"POST /register HTTP/1.1\r\nContent-Length: ten\r\n\r\n"),
        (
            "two lengths",
            b"POST /register HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        ),
        (
            "a length and chunks",
            b"POST /register HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "an unknown transfer coding",
            b"POST /register HTTP/1.1\r\nTransfer-Encoding: surprise\r\n\r\n0\r\n\r\n",
        ),
        (
            "an invalid chunk size",
            b"POST /register HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
        ),
    ] {
        let mut wire = Wire::connect(&service.url).await;
        wire.send(bytes).await;
        wire.finish().await;

        if let Some(response) = wire.response_or_end().await {
            assert!((400..500).contains(&response.status), "{case}: {response:?}");
        }
        assert_nothing_was_sent(&service, case);
    }
    assert_still_works(&service).await;
}

#[actix_web::test]
async fn responds_to_pipelined_requests_in_order() {
    let service = Service::start(&[]).await;
    let mut wire = Wire::connect(&service.url).await;
    let mut pipelined = post(r#"{"email": "nope"}"#);
    pipelined.extend(head("GET /nothing HTTP/1.1"));
    pipelined.extend(post(FORM));

    wire.send(pipelined).await;
    let responses = [wire.response().await, wire.response().await, wire.response().await];

    assert_eq!(responses.map(|response| response.status), [422, 404, 201]);
    assert_eq!(service.pool().requests(None).len(), 1);
}

#[actix_web::test]
async fn supports_expect_100_continue() {
    let service = Service::start(&[]).await;
    let mut wire = Wire::connect(&service.url).await;
    let lines = "POST /register HTTP/1.1\nContent-Type: application/json\nExpect: 100-continue";

    wire.send(head(&format!("{lines}\nContent-Length: {}", FORM.len()))).await;
    wire.send(FORM).await;
    let response = wire.response().await;
    let mut too_large = Wire::connect(&service.url).await;
    too_large.send(head(&format!("{lines}\nContent-Length: 1000000"))).await;
    let rejected = too_large.response().await;

    assert_eq!(response.status, 201, "{}", response.text);
    rejected.assert_problem(413, "body-too-large", "Content-Length over the limit");
}

#[actix_web::test]
async fn echoes_well_formed_request_ids_and_replaces_others() {
    let service = Service::start(&[]).await;
    let longest = "a".repeat(128);
    let too_long = "a".repeat(129);

    for (id, is_echoed) in [
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", true),
        ("trace_1.2-3", true),
        (&*longest, true),
        (&*too_long, false),
        ("", false),
        ("two words", false),
        ("<script>", false),
        ("a\"b", false),
        ("a,b", false),
        ("\u{fc}", false),
    ] {
        for request in ["GET /nothing", "GET /problems/busy", "GET /register"] {
            let response =
                send_raw(&service, head(&format!("{request} HTTP/1.1\nX-Request-Id: {id}"))).await;

            let echoed = response.header("x-request-id").expect("a request id");
            assert_eq!(echoed == id, is_echoed, "{request}, {id}: {echoed}");
            assert!(is_echoed || echoed.len() == 36, "{request}, {id}: {echoed}");
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{request}");
        }
    }
}

#[actix_web::test]
async fn serves_a_page_for_every_problem_type() {
    let service = Service::start(&[]).await;

    for (name, status) in PROBLEMS {
        let path = format!("/problems/{name}");
        let page = Response::of(service.get(&path)).await;
        let mut wire = Wire::connect(&service.url).await;
        wire.send(head(&format!("HEAD {path} HTTP/1.1"))).await;
        let headers = wire.response_to_head().await;

        for (method, response) in [("GET", &page), ("HEAD", &headers)] {
            let case = format!("{method} {path}");
            assert_eq!(response.status, 200, "{case}");
            assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{case}");
            let caching = response.header("cache-control").unwrap_or_default();
            assert!(caching.contains("max-age="), "{case}: {caching}");
            assert_eq!(response.header("vary"), Some("Accept-Language"), "{case}");
            assert_eq!(response.header("content-language"), Some("en"), "{case}");
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{case}");
            assert!(response.header("x-request-id").is_some(), "{case}");
        }
        assert_eq!(headers.header("content-length"), page.header("content-length"), "{path}");
        assert!(page.text.contains(&name.replace('-', "_")), "{path}: {}", page.text);
        assert!(page.text.contains(&status.to_string()), "{path}: {}", page.text);
        wire.send(head("HEAD /problems/nothing HTTP/1.1")).await;
        assert_eq!(wire.response_to_head().await.status, 404, "{path}, then an unknown name");
    }
}

#[actix_web::test]
async fn serves_the_page_of_every_returned_problem_type() {
    let limits = [("LIMITS__MODE", "enforce"), ("LIMITS__ADDRESS__BURST", "60")];
    let service = Service::start(&[&SHORT_TIMEOUTS[..], &limits].concat()).await;
    let cases = cognito_sandbox::cases::CASES
        .iter()
        .filter(|case| case.name.starts_with("signup.") && !case.name.contains("hang"));
    let mut responses = vec![
        Response::of(service.get("/nothing")).await,
        Response::of(service.get("/register")).await,
        Response::of(service.post("/register").body("{}")).await,
        Response::of(service.get("/nothing").header("cookie", "x".repeat(40_000))).await,
        send_raw(&service, post("{")).await,
        send_raw(&service, post(form_of_size(20_000))).await,
        service.register(&json!({})).await,
    ];
    for case in cases {
        responses.push(service.register_email(&format!("{}@example.com", case.name)).await);
    }
    while responses.last().is_some_and(|response| response.status != 429) {
        responses.push(service.register(&json!({})).await);
    }
    let mut types: Vec<String> = responses
        .iter()
        .filter(|response| response.status >= 400)
        .map(|response| response.json()["type"].as_str().expect("a type").to_owned())
        .collect();
    types.sort_unstable();
    types.dedup();

    assert!(types.len() >= 17, "most types were returned: {types:?}");
    for kind in types {
        let page = Response::of(service.get(&kind)).await;
        assert_eq!(page.status, 200, "{kind}");
    }
}
