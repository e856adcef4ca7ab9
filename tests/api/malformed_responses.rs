//! Malformed and unusual responses from a server in place of Cognito, such as an emulator, a proxy
//! or a firewall. No response of the service claims an outcome that the service does not know, or
//! repeats a text of the server.

use std::{collections::BTreeMap, rc::Rc};

use serde_json::{Value, json};

use crate::{
    process::Process,
    scripted::{Call, Reply, ScriptedServer},
    support::{PASSWORD, Response},
};

/// A marker in every text of the server.
const MARKER: &str = "zqpeer";

/// More than the service reads of a response, plus the socket buffers of the system.
const MAX_READ: usize = 16 << 20;

const OPERATIONS: [&str; 3] = ["SignUp", "ConfirmSignUp", "ResendConfirmationCode"];

/// The expected status, problem name or members, and outcome in the access log.
type Expected = (u16, &'static str, &'static str);

/// A case, the reply of the server, and the expected result of each operation.
type Row = (&'static str, Rc<dyn Fn(&str) -> Reply>, [Expected; 3]);

const DONE: [Expected; 3] = [
    (201, "confirmation_required confirm", "created"),
    (200, "confirmed sign_in", "confirmed"),
    (202, "code_sent confirm", "sent"),
];
const UNKNOWN: [Expected; 3] = [(502, "upstream-failed", "unknown"); 3];
const BLOCKED: [Expected; 3] = without_effect(403, "blocked");
const NO_SECRET: [Expected; 3] = without_effect(502, "misconfigured");
/// Cases with an empty response, which only ConfirmSignUp has on success.
const EMPTY_SUCCESS: [Expected; 3] = [UNKNOWN[0], DONE[1], UNKNOWN[2]];
/// An exception after which an account may exist. A sign-up must not treat it as a rejection.
const LIMIT_EXCEEDED: [Expected; 3] = [
    (202, "delivery_failed resend", "unknown"),
    (429, "too-many-attempts", "not_confirmed"),
    (429, "too-many-attempts", "not_sent"),
];

const fn without_effect(status: u16, expected: &'static str) -> [Expected; 3] {
    [
        (status, expected, "not_created"),
        (status, expected, "not_confirmed"),
        (status, expected, "not_sent"),
    ]
}

fn row(case: &'static str, reply: Reply, expected: [Expected; 3]) -> Row {
    (case, Rc::new(move |_| reply.clone()), expected)
}

/// Returns a row with a success response of Cognito in an unusual format.
fn unusual_success(case: &'static str, format_reply: impl Fn(&str) -> Reply + 'static) -> Row {
    (case, Rc::new(move |operation| format_reply(success(operation))), DONE)
}

fn success(operation: &str) -> &'static str {
    match operation {
        "SignUp" => {
            r#"{"CodeDeliveryDetails":{"AttributeName":"email","DeliveryMedium":"EMAIL"},"UserConfirmed":false,"UserSub":"79e74176-9af1-4f0c-8a4e-1f0a3a3c6d2b","Zqpeer":[{}]}"#
        }
        "ConfirmSignUp" => r#"{"Zqpeer":"zqpeer"}"#,
        _ => {
            r#"{"CodeDeliveryDetails":{"AttributeName":"email","DeliveryMedium":"EMAIL","Destination":"z***@e***"}}"#
        }
    }
}

const JSON: &str = "Content-Type: application/x-amz-json-1.1\nx-amzn-RequestId: 2f1c4f0e-6b1e";
const TYPE: &str = "x-amzn-errortype: LimitExceededException";

fn error(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    Reply::of(format!("{status}\n{JSON}\n{headers}").trim_end(), body)
}

fn html(status: &str) -> Reply {
    let page = format!("<html><body><h1>zqpeer {status}</h1></body></html>");
    Reply::of(&format!("{status}\nContent-Type: text/html\nServer: zqpeer"), page)
}

fn of_type(kind: &str) -> Vec<u8> {
    json!({"__type": kind, "message": "zqpeer: Attempt limit exceeded."}).to_string().into_bytes()
}

fn not_authorized(message: &str) -> Vec<u8> {
    json!({"__type": "NotAuthorizedException", "message": message}).to_string().into_bytes()
}

fn exceptions() -> Vec<Row> {
    let limit = |case, reply| row(case, reply, LIMIT_EXCEEDED);
    let namespaced = "com.amazonaws.cognito.zqpeer#LimitExceededException";
    let with_url = format!("{namespaced}:http://zqpeer.example/coral/");
    let in_header = format!("x-amzn-errortype: {with_url}");
    let truncated =
        format!("HTTP/1.1 400 Bad Request\r\n{TYPE}\r\nContent-Length: 99\r\n\r\n{{\"mess");
    let full = "zqpeer: Unable to verify secret hash for client 1example23456789";
    vec![
        limit("type in the body", error("400 X", "", of_type("LimitExceededException"))),
        limit("type with a namespace", error("400 X", "", of_type(namespaced))),
        limit("type with a url", error("400 X", "", of_type(&with_url))),
        limit("type as code", error("400 X", "", r#"{"code":"LimitExceededException"}"#)),
        limit("header alone", error("400 X", TYPE, "")),
        limit("header with a url", error("400 X", &in_header, "{}")),
        limit("header with a page", error("400 X", TYPE, "<html>zqpeer</html>")),
        limit("header with a truncated body", Reply::new(truncated).then_close()),
        limit("no request id", Reply::of("400 X", of_type("LimitExceededException"))),
        limit("401 with a type", error("401 X", "", of_type("LimitExceededException"))),
        limit("500 with a type", error("500 X", "", of_type("LimitExceededException"))),
        limit("type as text", Reply::of("400 X\nContent-Type: text/plain", of_type(namespaced))),
        row("401 about the secret", error("401 X", "", not_authorized(full)), NO_SECRET),
        row(
            "401 about the account",
            error("401 X", "", not_authorized("zqpeer: Current status is CONFIRMED")),
            [NO_SECRET[0], (422, "invalid-code", "not_confirmed"), (202, DONE[2].1, "not_sent")],
        ),
    ]
}

fn errors_without_a_type() -> Vec<Row> {
    let message = r#"{"message":"zqpeer says no"}"#;
    vec![
        row("401 without a type", error("401 X", "", message), BLOCKED),
        row("401 with nothing", Reply::of("401 X", ""), BLOCKED),
        row("403 without a type", error("403 X", "", message), BLOCKED),
        row("403 with another shape", error("403 X", "", r#"{"__type":{"zqpeer":7}}"#), BLOCKED),
        row("404 page", html("404 Not Found"), BLOCKED),
        row("500 page", html("500 Internal Server Error"), UNKNOWN),
        row("501 page", html("501 Not Implemented"), UNKNOWN),
        row("503 with nothing", Reply::of("503 X", ""), UNKNOWN),
        row("799", html("799 zqpeer"), UNKNOWN),
        row("another type", error("400 X", "", of_type("ZqpeerException!")), UNKNOWN),
        row("400 truncated", truncated("400 X", r#"{"__type":"LimitExc"#), UNKNOWN),
        row("400 with truncated JSON", error("400 X", "", r#"{"__type":"LimitExc"#), UNKNOWN),
        row("400 compressed", error("400 X", "Content-Encoding: gzip", GZIP), UNKNOWN),
    ]
}

fn invalid_successes() -> Vec<Row> {
    let ok = |case, body: &'static str, expected| row(case, error("200 OK", "", body), expected);
    vec![
        ok("200 with nothing", "", EMPTY_SUCCESS),
        ok("200 with an empty object", "{}", EMPTY_SUCCESS),
        ok("200 of another shape", r#"{"zqpeer":{"ok":true}}"#, EMPTY_SUCCESS),
        ok("200 of other types", r#"{"UserSub":7,"CodeDeliveryDetails":[]}"#, EMPTY_SUCCESS),
        ok("200 with a list", r#"["zqpeer"]"#, UNKNOWN),
        ok("200 with a string", r#""zqpeer""#, UNKNOWN),
        ok("200 with a type", r#"{"__type":"CodeMismatchException"}"#, UNKNOWN),
        ok("200 with a message", r#"{"message":"zqpeer says no"}"#, UNKNOWN),
        row("200 with a type in the header", error("200 OK", TYPE, "{}"), UNKNOWN),
        row("200 page", html("200 OK"), UNKNOWN),
        row(
            "200 truncated",
            truncated("200 OK", r#"{"UserConfirmed":false,"UserSub":"79e"#),
            UNKNOWN,
        ),
        row("200 compressed", error("200 OK", "Content-Encoding: gzip", GZIP), UNKNOWN),
        row("101", Reply::of("101 X\nUpgrade: zqpeer\nConnection: upgrade", ""), UNKNOWN),
        row("another protocol", Reply::new("220 zqpeer ESMTP\r\n").then_close(), UNKNOWN),
        row("no end of headers", Reply::new(many_headers()).then_close(), UNKNOWN),
        (
            "a sub with a NUL character",
            Rc::new(|operation| match operation {
                "SignUp" => error("200 OK", "", r#"{"UserSub":"79e\u0000zqpeer"}"#),
                _ => error("200 OK", "", "{}"),
            }),
            EMPTY_SUCCESS,
        ),
    ]
}

fn unusual_successes() -> Vec<Row> {
    let chunked = |body: &str, end: &str| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n{end}", body.len())
    };
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: zqpeer\r\n\r\n";
    let length = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    vec![
        unusual_success("no headers", move |body| Reply::new(length(body) + body)),
        unusual_success("as a page", |body| Reply::of("200 OK\nContent-Type: text/html", body)),
        unusual_success("invalid request id", |body| {
            Reply::of("200 OK\nx-amzn-RequestId: zqpeer has no id, only words", body)
        }),
        unusual_success("interim responses", move |body| {
            Reply::new(early.to_owned() + &length(body) + body)
        }),
        unusual_success("chunks", move |body| Reply::new(chunked(body, ""))),
        unusual_success("garbage behind chunks", move |body| {
            Reply::new(chunked(body, "HTTP/1.1 400 zqpeer\r\n\r\nzqpeer"))
        }),
        unusual_success("plain after garbage", |body| Reply::of("200 OK", body)),
        unusual_success("closed each time", |body| {
            Reply::of("200 OK\nConnection: close", body).then_close()
        }),
        unusual_success("until the end", |body| {
            Reply::new(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}")).then_close()
        }),
        unusual_success("HTTP/1.0", |body| {
            Reply::new(format!("HTTP/1.0 200 OK\r\n\r\n{body}")).then_close()
        }),
    ]
}

/// A short gzip stream.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xe6\x02\0\x43\xbf\xa6\xa3\x02\0\0\0";

/// Returns a reply with an incomplete body.
fn truncated(status: &str, body: &str) -> Reply {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 4000\r\n\r\n");
    Reply::new(head + body).then_close()
}

fn many_headers() -> String {
    "HTTP/1.1 200 OK\r\n".to_owned() + &"zqpeer: zqpeer\r\n".repeat(10_000)
}

#[actix_web::test]
async fn responds_to_malformed_responses_without_their_text() {
    let rows =
        [exceptions(), errors_without_a_type(), invalid_successes(), unusual_successes()].concat();
    let server = server(&rows).await;
    let process = serve(&server).await;

    for row in &rows {
        assert_row(&process, row).await;
    }

    for (case, ..) in &rows {
        assert_sent_once(&server, case);
    }
    assert!(!process.all_output().to_lowercase().contains(MARKER), "{}", process.all_output());
}

#[actix_web::test]
async fn follows_no_redirects() {
    let target = ScriptedServer::start(|call| Reply::of("200 OK", success(&call.operation))).await;
    let to = |status: &str| Reply::of(&format!("{status}\nLocation: {}/zqpeer", target.url), "");
    let rows = vec![
        row("301", to("301 Moved Permanently"), UNKNOWN),
        row("302", to("302 Found"), UNKNOWN),
        row("303", to("303 See Other"), UNKNOWN),
        row("307", to("307 Temporary Redirect"), UNKNOWN),
        row("308", to("308 Permanent Redirect"), UNKNOWN),
    ];
    let server = server(&rows).await;
    let process = serve(&server).await;

    for row in &rows {
        assert_row(&process, row).await;
    }

    for (case, ..) in &rows {
        assert_sent_once(&server, case);
    }
    assert!(target.calls().is_empty(), "{:?}", target.calls());
}

#[actix_web::test]
async fn limits_the_size_of_a_response() {
    let head = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 99000000000\r\n\r\n ");
    let type_first = format!("HTTP/1.1 400 X\r\n{TYPE}\r\n\r\n ");
    let rows = vec![
        row("200 without end", Reply::new(head("200 OK")).then_flood(), UNKNOWN),
        row("400 without end", Reply::new(head("400 X")).then_flood(), UNKNOWN),
        row("500 without end", Reply::new(head("500 X")).then_flood(), UNKNOWN),
        row("an exception without end", Reply::new(type_first).then_flood(), LIMIT_EXCEEDED),
    ];
    let server = server(&rows).await;
    let process = serve(&server).await;

    for row in &rows {
        let before = server.flooded_bytes();

        assert_row(&process, row).await;

        let read = server.flooded_bytes() - before;
        assert!(read < OPERATIONS.len() * MAX_READ, "{}: {read} bytes", row.0);
    }
}

/// Starts a server that replies to each user name by its row.
async fn server(rows: &[Row]) -> ScriptedServer {
    let script: BTreeMap<String, _> =
        rows.iter().map(|(case, reply, _)| (email_of(case), Rc::clone(reply))).collect();
    assert_eq!(script.len(), rows.len(), "every case has its own user name");
    ScriptedServer::start(move |call| script[&username(call)](&call.operation)).await
}

async fn serve(server: &ScriptedServer) -> Process {
    let settings = [("LOG__FORMAT", "json")];
    Process::serve(&settings, &server.url).await
}

async fn assert_row(process: &Process, (case, _, expected): &Row) {
    let (client, email) = (crate::support::client(), email_of(case));
    let forms: [(&str, Value); 3] = [
        ("/register", json!({"email": email, "password": PASSWORD})),
        ("/register/confirm", json!({"username": email, "code": "123456"})),
        ("/register/resend", json!({"username": email})),
    ];
    for ((path, form), (status, name, outcome)) in forms.iter().zip(expected) {
        let case = format!("{case}, {path}");

        let response = Response::of(client.post(format!("{}{path}", process.url)).json(form)).await;

        if *status < 300 {
            assert_eq!((response.status, &*response.status_and_next()), (*status, *name), "{case}");
        } else {
            response.assert_problem(*status, name, &case);
        }
        let text = format!("{} {:?}", response.text, response.headers).to_lowercase();
        assert!(!text.contains(MARKER), "{case}: {text}");
        let id = response.header("x-request-id").expect("every response has a request id");
        assert_eq!(process.access_log_line(id).await["outcome"], *outcome, "{case}");
    }
}

fn assert_sent_once(server: &ScriptedServer, case: &str) {
    let calls = server.calls();
    for operation in OPERATIONS {
        let sent = calls
            .iter()
            .filter(|call| call.operation == operation && username(call) == email_of(case));
        assert_eq!(sent.count(), 1, "{case}: {operation}");
    }
}

fn email_of(case: &str) -> String {
    let name: String = case.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("{}@example.com", name.to_lowercase())
}

fn username(call: &Call) -> String {
    let body: Value = serde_json::from_str(&call.body).expect("the SDK sends JSON");
    body["Username"].as_str().expect("every call has a user name").to_owned()
}
