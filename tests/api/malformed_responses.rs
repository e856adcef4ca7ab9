//! Peers that are not quite Cognito: emulators, proxies, firewalls, and what is left of an
//! answer on its way. Nobody is told more than is known, nor anything in the peer's words.

use std::{collections::BTreeMap, rc::Rc};

use serde_json::{Value, json};

use crate::{
    process::Process,
    scripted::{Call, Reply, ScriptedServer},
    support::{PASSWORD, Response},
};

/// Part of whatever the peer says in its own words.
const MARK: &str = "zqpeer";

/// More than is read of an answer, and more than the system holds on the way.
const BOUNDED: usize = 16 << 20;

const OPERATIONS: [&str; 3] = ["SignUp", "ConfirmSignUp", "ResendConfirmationCode"];

/// What is told, and what is noted of it.
type Told = (u16, &'static str, &'static str);

/// What is told at each of the three operations.
type Row = (&'static str, Rc<dyn Fn(&str) -> Reply>, [Told; 3]);

const DONE: [Told; 3] = [
    (201, "confirmation_required confirm", "created"),
    (200, "confirmed sign_in", "confirmed"),
    (202, "code_sent confirm", "sent"),
];
const UNKNOWN: [Told; 3] = [(502, "upstream-failed", "unknown"); 3];
const BLOCKED: [Told; 3] = undone(403, "blocked");
const NO_SECRET: [Told; 3] = undone(502, "misconfigured");
/// Only a confirmation's own answer is as good as empty.
const SAYS_NOTHING: [Told; 3] = [UNKNOWN[0], DONE[1], UNKNOWN[2]];
/// An exception that a sign-up may not take for a refusal.
const LIMIT_EXCEEDED: [Told; 3] = [
    (202, "delivery_failed resend", "unknown"),
    (429, "too-many-attempts", "not_confirmed"),
    (429, "too-many-attempts", "not_sent"),
];

const fn undone(status: u16, told: &'static str) -> [Told; 3] {
    [(status, told, "not_created"), (status, told, "not_confirmed"), (status, told, "not_sent")]
}

fn row(case: &'static str, reply: Reply, told: [Told; 3]) -> Row {
    (case, Rc::new(move |_| reply.clone()), told)
}

/// Cognito's own answer in an odd dress.
fn dressed(case: &'static str, dress: impl Fn(&str) -> Reply + 'static) -> Row {
    (case, Rc::new(move |operation| dress(success(operation))), DONE)
}

fn success(operation: &str) -> &'static str {
    match operation {
        "SignUp" => {
            r#"{"UserConfirmed":false,"UserSub":"79e74176-9af1-4f0c-8a4e-1f0a3a3c6d2b","Zqpeer":[{}]}"#
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
    let cut = format!("HTTP/1.1 400 Bad Request\r\n{TYPE}\r\nContent-Length: 99\r\n\r\n{{\"mess");
    let full = "zqpeer: Unable to verify secret hash for client 1example23456789";
    vec![
        limit("type in the body", error("400 X", "", of_type("LimitExceededException"))),
        limit("type with a namespace", error("400 X", "", of_type(namespaced))),
        limit("type with a url", error("400 X", "", of_type(&with_url))),
        limit("type as code", error("400 X", "", r#"{"code":"LimitExceededException"}"#)),
        limit("header alone", error("400 X", TYPE, "")),
        limit("header with a url", error("400 X", &in_header, "{}")),
        limit("header over a page", error("400 X", TYPE, "<html>zqpeer</html>")),
        limit("header over a cut body", Reply::new(cut).then_close()),
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

fn refusals_without_a_name() -> Vec<Row> {
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
        row("400 cut off", cut("400 X", r#"{"__type":"LimitExc"#), UNKNOWN),
        row("400 cut off in time", error("400 X", "", r#"{"__type":"LimitExc"#), UNKNOWN),
        row("400 packed", error("400 X", "Content-Encoding: gzip", GZIP), UNKNOWN),
    ]
}

fn successes_that_are_none() -> Vec<Row> {
    let ok = |case, body: &'static str, told| row(case, error("200 OK", "", body), told);
    vec![
        ok("200 with nothing", "", SAYS_NOTHING),
        ok("200 with an empty object", "{}", SAYS_NOTHING),
        ok("200 of another shape", r#"{"zqpeer":{"ok":true}}"#, SAYS_NOTHING),
        ok("200 of other types", r#"{"UserSub":7,"CodeDeliveryDetails":[]}"#, SAYS_NOTHING),
        ok("200 with a list", r#"["zqpeer"]"#, UNKNOWN),
        ok("200 with a text", r#""zqpeer""#, UNKNOWN),
        ok("200 with a type", r#"{"__type":"CodeMismatchException"}"#, UNKNOWN),
        ok("200 with a message", r#"{"message":"zqpeer says no"}"#, UNKNOWN),
        row("200 with a type in the header", error("200 OK", TYPE, "{}"), UNKNOWN),
        row("200 page", html("200 OK"), UNKNOWN),
        row("200 cut off", cut("200 OK", r#"{"UserConfirmed":false,"UserSub":"79e"#), UNKNOWN),
        row("200 packed", error("200 OK", "Content-Encoding: gzip", GZIP), UNKNOWN),
        row("101", Reply::of("101 X\nUpgrade: zqpeer\nConnection: upgrade", ""), UNKNOWN),
        row("another protocol", Reply::new("220 zqpeer ESMTP\r\n").then_close(), UNKNOWN),
        row("no end of headers", Reply::new(many_headers()).then_close(), UNKNOWN),
        (
            "a sub that nobody could write down",
            Rc::new(|operation| match operation {
                "SignUp" => error("200 OK", "", r#"{"UserSub":"79e\u0000zqpeer"}"#),
                _ => error("200 OK", "", "{}"),
            }),
            SAYS_NOTHING,
        ),
    ]
}

fn odd_dresses() -> Vec<Row> {
    let chunked = |body: &str, end: &str| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n{end}", body.len())
    };
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: zqpeer\r\n\r\n";
    let length = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    vec![
        dressed("no headers", move |body| Reply::new(length(body) + body)),
        dressed("as a page", |body| Reply::of("200 OK\nContent-Type: text/html", body)),
        dressed("odd request id", |body| {
            Reply::of("200 OK\nx-amzn-RequestId: zqpeer has no id, only words", body)
        }),
        dressed("interim answers", move |body| Reply::new(early.to_owned() + &length(body) + body)),
        dressed("chunks", move |body| Reply::new(chunked(body, ""))),
        dressed("garbage behind chunks", move |body| {
            Reply::new(chunked(body, "HTTP/1.1 400 zqpeer\r\n\r\nzqpeer"))
        }),
        dressed("right after garbage", |body| Reply::of("200 OK", body)),
        dressed("closed each time", |body| {
            Reply::of("200 OK\nConnection: close", body).then_close()
        }),
        dressed("until the end", |body| {
            Reply::new(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}")).then_close()
        }),
        dressed("HTTP/1.0", |body| {
            Reply::new(format!("HTTP/1.0 200 OK\r\n\r\n{body}")).then_close()
        }),
    ]
}

/// The first bytes of what gzip writes.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xe6\x02\0\x43\xbf\xa6\xa3\x02\0\0\0";

/// A body of which not all comes.
fn cut(status: &str, body: &str) -> Reply {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 4000\r\n\r\n");
    Reply::new(head + body).then_close()
}

fn many_headers() -> String {
    "HTTP/1.1 200 OK\r\n".to_owned() + &"zqpeer: zqpeer\r\n".repeat(10_000)
}

#[actix_web::test]
async fn says_no_more_than_is_known_whatever_the_peer_answers() {
    let rows = [exceptions(), refusals_without_a_name(), successes_that_are_none(), odd_dresses()]
        .concat();
    let peer = peer(&rows).await;
    let process = serve(&peer).await;

    for row in &rows {
        assert_row(&process, row).await;
    }

    for (case, ..) in &rows {
        assert_sent_once(&peer, case);
    }
    assert!(!process.all_output().to_lowercase().contains(MARK), "{}", process.all_output());
}

#[actix_web::test]
async fn follows_no_redirect_with_a_password() {
    let elsewhere =
        ScriptedServer::start(|call| Reply::of("200 OK", success(&call.operation))).await;
    let to = |status: &str| Reply::of(&format!("{status}\nLocation: {}/zqpeer", elsewhere.url), "");
    let rows = vec![
        row("301", to("301 Moved Permanently"), UNKNOWN),
        row("302", to("302 Found"), UNKNOWN),
        row("303", to("303 See Other"), UNKNOWN),
        row("307", to("307 Temporary Redirect"), UNKNOWN),
        row("308", to("308 Permanent Redirect"), UNKNOWN),
    ];
    let peer = peer(&rows).await;
    let process = serve(&peer).await;

    for row in &rows {
        assert_row(&process, row).await;
    }

    for (case, ..) in &rows {
        assert_sent_once(&peer, case);
    }
    assert!(elsewhere.calls().is_empty(), "{:?}", elsewhere.calls());
}

#[actix_web::test]
async fn reads_only_so_much_of_an_answer_that_does_not_end() {
    let head = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 99000000000\r\n\r\n ");
    let type_first = format!("HTTP/1.1 400 X\r\n{TYPE}\r\n\r\n ");
    let rows = vec![
        row("200 without end", Reply::new(head("200 OK")).then_flood(), UNKNOWN),
        row("400 without end", Reply::new(head("400 X")).then_flood(), UNKNOWN),
        row("500 without end", Reply::new(head("500 X")).then_flood(), UNKNOWN),
        row("a name, and no end", Reply::new(type_first).then_flood(), LIMIT_EXCEEDED),
    ];
    let peer = peer(&rows).await;
    let process = serve(&peer).await;

    for row in &rows {
        let before = peer.flooded_bytes();

        assert_row(&process, row).await;

        let taken = peer.flooded_bytes() - before;
        assert!(taken < OPERATIONS.len() * BOUNDED, "{}: {taken} bytes", row.0);
    }
}

/// A peer that answers each name by its row.
async fn peer(rows: &[Row]) -> ScriptedServer {
    let script: BTreeMap<String, _> =
        rows.iter().map(|(case, reply, _)| (email_of(case), Rc::clone(reply))).collect();
    assert_eq!(script.len(), rows.len(), "every case has a name of its own");
    ScriptedServer::start(move |call| script[&username(call)](&call.operation)).await
}

async fn serve(peer: &ScriptedServer) -> Process {
    let settings = [("LOG__FORMAT", "json")];
    Process::serve(&settings, &peer.url).await
}

async fn assert_row(process: &Process, (case, _, told): &Row) {
    let (client, email) = (crate::support::client(), email_of(case));
    let forms: [(&str, Value); 3] = [
        ("/register", json!({"email": email, "password": PASSWORD})),
        ("/register/confirm", json!({"username": email, "code": "123456"})),
        ("/register/resend", json!({"username": email})),
    ];
    for ((path, form), (status, name, outcome)) in forms.iter().zip(told) {
        let case = format!("{case}, {path}");

        let response = Response::of(client.post(format!("{}{path}", process.url)).json(form)).await;

        if *status < 300 {
            assert_eq!((response.status, &*response.status_and_next()), (*status, *name), "{case}");
        } else {
            response.assert_problem(*status, name, &case);
        }
        let words = format!("{} {:?}", response.text, response.headers).to_lowercase();
        assert!(!words.contains(MARK), "{case}: {words}");
        let id = response.header("x-request-id").expect("every answer has one");
        assert_eq!(process.access_log_line(id).await["outcome"], *outcome, "{case}");
    }
}

fn assert_sent_once(peer: &ScriptedServer, case: &str) {
    let calls = peer.calls();
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
    body["Username"].as_str().expect("every call has one").to_owned()
}
