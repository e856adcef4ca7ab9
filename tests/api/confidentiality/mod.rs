//! No response, log line or metric contains user input or a secret, in any kind of failure.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use cognito_sandbox::Pool;
use futures_util::{StreamExt, future::join_all, stream};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    process::{Process, vestibule},
    support::{Response, SHORT_TIMEOUTS, environment, otlp::Receiver, pool_with},
    wire::{Wire, head},
};

mod requests;

const PASSWORD: &str = "Zqpass9wordx!&Zqmore";

/// A unique marker for each input of a client. No marker is part of another one.
const MARKERS: [(&str, &str); 27] = [
    ("the user name", "zqusername"),
    ("the local part of the email", "zqlocalpart"),
    ("the domain of the email", "zqdomain"),
    ("the phone number", "2025550143"),
    ("the password", "zqpass9wordx"),
    ("the end of the password", "zqmore"),
    ("an attribute", "zqattribute"),
    ("an attribute that is not allowed", "zqforbidden"),
    ("client metadata", "zqmetadata"),
    ("validation data", "zqvalidation"),
    ("device data", "zqdevice"),
    ("the analytics endpoint", "zqanalytics"),
    ("the proof of a bot check", "zqproof"),
    ("a consent", "zqconsent"),
    ("a code", "zqdigits"),
    ("a session", "zqbearer"),
    ("a session of the pool", "sandbox-session"),
    ("an unknown field", "zqsurprise"),
    ("User-Agent", "zqagent"),
    ("Accept-Language", "zqlanguage"),
    ("X-Forwarded-For", "zqforwarded"),
    ("Cookie", "zqcookie"),
    ("Authorization", "zqauthorization"),
    ("the query", "zqquery"),
    ("the path", "zqpath"),
    ("the method", "zqmethod"),
    ("another header", "zqheader"),
];

const CLIENT_SECRET: &str = "zqclientsecret0123456789";
const OTHER_SECRET: &str = "zqothersecret0123456789";
const BOT_SECRET: &str = "zqbotsecret0123456789";
const DATABASE_KEY: &str = "zqdatabasekey0123456789-0123456789";
const SIGNING_KEY: &str = "zqsigningkey0123456789-0123456789";

/// A deployment with its own kind of failure.
struct Deployment {
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// The codes that must occur in the responses. Otherwise, the test does not cover them.
    codes: &'static [&'static str],
    pool: PoolKind,
}

#[derive(Clone, Copy, PartialEq)]
enum PoolKind {
    Matching,
    WithOtherSecret,
    Unavailable,
}

const DEPLOYMENTS: [Deployment; 9] = [
    Deployment {
        name: "email addresses",
        settings: &[("LOG__CLIENT_ADDRESS", "full"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")],
        codes: &[
            "account_exists",
            "approval_required",
            "blocked",
            "body_too_large",
            "busy",
            "code_sent",
            "confirmation_required",
            "confirmed",
            "cross_site",
            "delivery_failed",
            "expired_code",
            "headers_too_large",
            "hook_failed",
            "invalid_code",
            "invalid_registration",
            "method_not_allowed",
            "misconfigured",
            "not_found",
            "registration_rejected",
            "sign_up_closed",
            "too_many_attempts",
            "unavailable",
            "unreadable_body",
            "unsupported_media_type",
            "upstream_failed",
            "upstream_timeout",
        ],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "chosen user names",
        settings: &[("REGISTRATION__USERNAME", "chosen")],
        codes: &["account_exists", "code_sent", "confirmation_required", "upstream_failed"],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "returned sessions",
        settings: &[("REGISTRATION__RETURN_SESSION", "true")],
        codes: &["confirmation_required", "confirmed"],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "conceal",
        settings: &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")],
        codes: &["confirmation_required", "invalid_code", "upstream_failed", "upstream_timeout"],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "wrong secrets",
        settings: &[("COGNITO__SECONDARY_CLIENT_SECRET", OTHER_SECRET)],
        codes: &["misconfigured"],
        pool: PoolKind::WithOtherSecret,
    },
    Deployment {
        name: "limits",
        settings: &[
            ("LIMITS__MODE", "enforce"),
            ("LIMITS__ADDRESS__BURST", "1"),
            ("LIMITS__SMS__ALLOW", "*"),
        ],
        codes: &["too_many_requests"],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "proof of work",
        settings: &[("BOT_CHECK__PROVIDER", "proof_of_work")],
        codes: &["not_human", "proof_required"],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "an unavailable bot check",
        settings: &[
            ("BOT_CHECK__PROVIDER", "siteverify"),
            ("BOT_CHECK__SITEVERIFY__URL", "http://127.0.0.1:1/siteverify"),
            ("BOT_CHECK__SITEVERIFY__SECRET", BOT_SECRET),
        ],
        codes: &["proof_required", "unavailable"],
        pool: PoolKind::Matching,
    },
    Deployment {
        name: "no pool",
        settings: &[],
        codes: &["unavailable"],
        pool: PoolKind::Unavailable,
    },
];

#[actix_web::test]
async fn json_logs_and_responses_contain_no_input() {
    join_all(DEPLOYMENTS.iter().map(|deployment| search_output(deployment, "json"))).await;
}

#[actix_web::test]
async fn pretty_logs_contain_no_input() {
    join_all(DEPLOYMENTS.iter().map(|deployment| search_output(deployment, "pretty"))).await;
}

/// Sends every request to a deployment and searches all its output and its database for markers.
async fn search_output(deployment: &Deployment, format: &'static str) {
    let database = env::temp_dir().join(format!("vestibule-leaks-{}.db", Uuid::new_v4()));
    let database_url = format!("sqlite:{}", database.display());
    let mut settings = settings(deployment, format);
    settings.push(("DATABASE__URL", &database_url));
    let pool = start_pool(deployment, &settings).await;
    let endpoint = match deployment.pool {
        PoolKind::Unavailable => "http://127.0.0.1:1".to_owned(),
        _ => pool.url(),
    };
    let receiver = Receiver::start();
    let mut command = vestibule(&["serve"]);
    command
        .envs(environment(&settings, &endpoint))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url);
    let mut process = Process::start(command).await;

    let is_chosen = deployment.settings.contains(&("REGISTRATION__USERNAME", "chosen"));
    let requests = requests::all(is_chosen);
    // Sends a few at a time, because all at once would time out on a slow machine.
    let responses: Vec<(String, Response)> = stream::iter(requests.iter().enumerate())
        .map(async |(index, request)| {
            let id = format!("zqid-{index}");
            let mut wire = Wire::connect(&process.url).await;
            wire.send(request.replace("{id}", &id)).await;
            (id, wire.response().await)
        })
        .buffered(4)
        .collect()
        .await;
    let mut admin = Wire::connect(&process.admin_url).await;
    admin.send(head("GET /metrics HTTP/1.1\nUser-Agent: zqagent")).await;
    let metrics = admin.response().await;
    process.signal("TERM");
    let status = process.wait_for_exit().await;
    let output = process.all_output();

    let name = format!("{}, {format}", deployment.name);
    assert!(status.success(), "{name}: {output}");
    for (id, response) in &responses {
        assert_logged(&process, format, id, response, &name);
        assert_no_markers(&without_echoes(response), &format!("{name}, {id}, the response"));
    }
    assert_no_markers(&output, &format!("{name}, the log"));
    assert_no_markers(&metrics.text, &format!("{name}, the metrics"));
    let exported = receiver.text();
    assert_no_markers(&exported, &format!("{name}, the traces"));
    assert!(exported.contains("POST /register"), "{name}: the traces contain the requests");
    let stored = take_contents(&database);
    assert_no_markers(&stored, &format!("{name}, the database"));
    let has_requests = stored.contains("zqid-") || deployment.name == "limits";
    assert!(has_requests, "{name}: the database contains the requests");
    assert!(metrics.text.contains("vestibule_http_requests_total{"), "{name}: {}", metrics.text);
    for code in deployment.codes {
        let was_returned = responses.iter().any(|(_, response)| code_of(response) == *code);
        assert!(was_returned, "{name}: no response has the code {code}");
    }
}

/// Returns the contents of the database as text and deletes its files.
fn take_contents(database: &Path) -> String {
    let mut text = String::new();
    for ending in ["", "-wal", "-shm", "-migrate"] {
        let file = PathBuf::from(format!("{}{ending}", database.display()));
        if let Ok(bytes) = fs::read(&file) {
            text += &String::from_utf8_lossy(&bytes);
            fs::remove_file(file).expect("the file can be removed");
        }
    }
    text
}

fn settings<'a>(deployment: &'a Deployment, format: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut settings = vec![
        ("LOG__LEVEL", "trace"),
        ("LOG__FORMAT", format),
        ("COGNITO__CLIENT_SECRET", CLIENT_SECRET),
        ("COGNITO__DEVICE_DATA_FROM_HEADERS", "true"),
        ("COGNITO__SEND_IP_ADDRESS", "true"),
        ("COGNITO__SIGNATURE__SIGNING_KEY", SIGNING_KEY),
        ("DATABASE__KEY", DATABASE_KEY),
        ("REGISTRATION__PHONE_NUMBER", "optional"),
        ("REGISTRATION__ATTRIBUTES", "{ given_name = {}, \"custom:plan\" = {} }"),
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__CLIENT_METADATA__FILL", "{ l = \"locale\", u = \"user_agent\" }"),
        ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite"),
        ("REGISTRATION__CONSENTS", "{ zqterms = { version = \"1\" } }"),
    ];
    settings.extend(SHORT_TIMEOUTS);
    settings.extend(deployment.settings);
    settings
}

async fn start_pool(deployment: &Deployment, settings: &[(&str, &str)]) -> Pool {
    let secret = match deployment.pool {
        PoolKind::WithOtherSecret => "a secret that the service does not have",
        _ => CLIENT_SECRET,
    };
    pool_with(settings, |pool| pool.client_secrets = vec![secret.into()]).await
}

/// Returns the headers and body of a response without the values that the contract echoes: the
/// request id, and the user name and the session of a success.
fn without_echoes(response: &Response) -> String {
    let mut body = response.json();
    if response.status < 300
        && let Some(object) = body.as_object_mut()
    {
        object.remove("username");
        object.remove("session");
    }
    if let Some(object) = body.as_object_mut() {
        object.remove("request_id");
    }
    let mut headers = response.headers.clone();
    headers.remove("x-request-id");
    format!("{headers:?}\n{body}")
}

fn code_of(response: &Response) -> String {
    let body = response.json();
    let code = if response.status < 300 { &body["status"] } else { &body["code"] };
    code.as_str().unwrap_or_default().to_owned()
}

/// Asserts that the log has a correct line for this request.
fn assert_logged(process: &Process, format: &str, id: &str, response: &Response, name: &str) {
    let code = code_of(response);
    // Some 429 responses have no line, because the log samples them.
    if response.status == 429 && !process.output().contains(&format!("\"{id}\"")) {
        return;
    }
    if format == "pretty" {
        let output = process.output();
        let line = output
            .lines()
            .find(|line| {
                line.contains("answered") && line.contains(&format!("request_id=\"{id}\""))
            })
            .unwrap_or_else(|| panic!("{name}: no log line for {id}: {output}"));
        for part in [format!("status={}", response.status), format!("code=\"{code}\"")] {
            assert!(line.contains(&part), "{name}: {part}: {line}");
        }
        return;
    }
    let log = process.log();
    let lines: Vec<&Value> = log
        .iter()
        .filter(|line| line["message"] == "answered" && line["span"]["request_id"] == id)
        .collect();
    let [line] = lines.as_slice() else {
        panic!("{name}: not exactly one log line for {id}: {lines:?}");
    };
    assert_eq!(line["status"], response.status, "{name}: {line}");
    assert_eq!(line["code"], *code, "{name}: {line}");
    assert_eq!(response.header("x-request-id"), Some(id), "{name}: {line}");
    let method = line["method"].as_str().unwrap_or_default();
    assert!(["POST", "PUT", "GET", "other"].contains(&method), "{name}: {line}");
    let route = line["route"].as_str().unwrap_or_default();
    assert!(ROUTES.contains(&route), "{name}: {line}");
    assert!(line["duration_ms"].as_f64().is_some_and(|time| time > 0.0), "{name}: {line}");
    let address = line["client_address"].as_str().unwrap_or_default();
    assert!(["127.0.0.1", "127.0.0.0"].contains(&address), "{name}: {line}");
    let expected_outcomes = match route {
        "/register/confirm" => code_outcomes(&code, "confirmed", "not_confirmed"),
        "/register/resend" => code_outcomes(&code, "sent", "not_sent"),
        _ => sign_up_outcomes(&code),
    };
    let outcome = line["outcome"].as_str().unwrap_or_default();
    assert!(expected_outcomes.contains(&outcome), "{name}: {line}");
}

const ROUTES: [&str; 5] =
    ["/register", "/register/confirm", "/register/resend", "/problems/{name}", "other"];

fn sign_up_outcomes(code: &str) -> Vec<&'static str> {
    match code {
        "confirmation_required" => vec!["created", "existing", "unknown", "not_created", "taken"],
        "confirmed" => vec!["created"],
        "approval_required" => vec!["created", "existing"],
        "delivery_failed" | "hook_failed" | "upstream_failed" | "upstream_timeout" => {
            vec!["unknown"]
        }
        "misconfigured" => vec!["not_created", "unknown"],
        "account_exists"
        | "blocked"
        | "busy"
        | "not_human"
        | "proof_required"
        | "registration_rejected"
        | "sign_up_closed"
        | "unavailable" => vec!["not_created"],
        // Rejected by the service before any call, or by Cognito.
        "invalid_registration" => vec!["", "not_created"],
        _ => vec![""],
    }
}

fn code_outcomes(code: &str, done: &'static str, undone: &'static str) -> Vec<&'static str> {
    match code {
        "confirmed" => vec![done],
        // The response is the same for unknown users, and in conceal mode after a trigger failure.
        "code_sent" => vec![done, undone, "unknown"],
        "hook_failed" | "upstream_failed" | "upstream_timeout" => vec!["unknown"],
        "account_exists" | "blocked" | "busy" | "delivery_failed" | "expired_code"
        | "invalid_code" | "misconfigured" | "too_many_attempts" | "unavailable" => {
            vec![undone]
        }
        "invalid_registration" => vec!["", undone],
        _ => vec![""],
    }
}

/// Asserts that a text contains no marker, in any case or encoding.
fn assert_no_markers(text: &str, place: &str) {
    let lower = text.to_lowercase();
    let secrets = [CLIENT_SECRET, OTHER_SECRET, BOT_SECRET, DATABASE_KEY, SIGNING_KEY]
        .map(|secret| ("a secret", secret));
    for (input, marker) in MARKERS.into_iter().chain(secrets) {
        for encoded in encodings(marker) {
            let Some(found) = lower.find(&encoded) else { continue };
            let line = lower[..found].rfind('\n').map_or(0, |start| start + 1);
            panic!(
                "{place}: {input} as `{encoded}`: {}",
                lower[line..].lines().next().unwrap_or("")
            );
        }
    }
    assert!(!text.contains("vestibule_signature"), "{place}: the signature");
    let encoded = BASE64_STANDARD.encode(PASSWORD);
    assert!(!text.contains(encoded.trim_end_matches('=')), "{place}: the password in base64");
}

/// Returns a marker as text, percent-encoded, in hexadecimal, and as bytes in Rust's `Debug` format.
fn encodings(marker: &str) -> [String; 4] {
    let bytes = |each: fn(&u8) -> String, between: &str| {
        marker.as_bytes().iter().map(each).collect::<Vec<_>>().join(between)
    };
    [
        marker.to_owned(),
        bytes(|byte| format!("%{byte:02x}"), ""),
        bytes(|byte| format!("{byte:02x}"), ""),
        bytes(u8::to_string, ", "),
    ]
}

#[test]
fn detects_markers_in_every_encoding() {
    let encoded = BASE64_STANDARD.encode(PASSWORD);
    for text in [
        "a line\npassword=\"ZQPASS9WORDX\"",
        "%5A%71%70%61%73%73%39%77%6F%72%64%78 %7A%71%70%61%73%73%39%77%6F%72%64%78",
        "[122, 113, 112, 97, 115, 115, 57, 119, 111, 114, 100, 120]",
        &encoded,
    ] {
        let found = std::panic::catch_unwind(|| assert_no_markers(text, "test"));

        assert!(found.is_err(), "{text}");
    }
}
