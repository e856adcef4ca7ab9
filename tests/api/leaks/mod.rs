//! Nothing that people type, and no secret, is in any answer, log line or metric, whatever goes
//! wrong.

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
    process::Process,
    support::{Answer, IMPATIENT, pool_with},
    wire::{Wire, head},
};

mod requests;

const PASSWORD: &str = "Zqpass9wordx!&Zqmore";

/// A mark for each place that a caller or an operator fills. None is part of another, and none
/// has a meaning anywhere.
const MARKS: [(&str, &str); 26] = [
    ("the user name", "zqusername"),
    ("the mail's local part", "zqlocalpart"),
    ("the mail's domain", "zqdomain"),
    ("the phone number", "2025550143"),
    ("the password", "zqpass9wordx"),
    ("the end of the password", "zqmore"),
    ("an attribute", "zqattribute"),
    ("an attribute that is not allowed", "zqforbidden"),
    ("client metadata", "zqmetadata"),
    ("validation data", "zqvalidation"),
    ("device data", "zqdevice"),
    ("the analytics endpoint", "zqanalytics"),
    ("the answer to a bot check", "zqproof"),
    ("a consent", "zqconsent"),
    ("a code", "zqdigits"),
    ("a session", "zqbearer"),
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

/// A deployment in which things go wrong in a way of their own.
struct Deployment {
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// The codes that this one must have answered, or the test shows nothing.
    codes: &'static [&'static str],
    pool: PoolKind,
}

#[derive(Clone, Copy, PartialEq)]
enum PoolKind {
    Fitting,
    WithOtherSecret,
    Away,
}

const DEPLOYMENTS: [Deployment; 8] = [
    Deployment {
        name: "mail addresses",
        settings: &[("LOG__CLIENT_ADDRESS", "full"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")],
        codes: &[
            "account_exists",
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
            "rejected",
            "sign_up_closed",
            "too_many_attempts",
            "unavailable",
            "unreadable_body",
            "unsupported_media_type",
            "upstream_failed",
            "upstream_timeout",
        ],
        pool: PoolKind::Fitting,
    },
    Deployment {
        name: "names that people pick",
        settings: &[("REGISTRATION__USERNAME", "chosen")],
        codes: &["account_exists", "code_sent", "confirmation_required", "upstream_failed"],
        pool: PoolKind::Fitting,
    },
    Deployment {
        name: "conceal",
        settings: &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")],
        codes: &["confirmation_required", "invalid_code", "upstream_failed", "upstream_timeout"],
        pool: PoolKind::Fitting,
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
        pool: PoolKind::Fitting,
    },
    Deployment {
        name: "proof of work",
        settings: &[("BOT_CHECK__PROVIDER", "proof_of_work")],
        codes: &["not_human", "proof_required"],
        pool: PoolKind::Fitting,
    },
    Deployment {
        name: "a bot check that cannot be asked",
        settings: &[
            ("BOT_CHECK__PROVIDER", "siteverify"),
            ("BOT_CHECK__SITEVERIFY__URL", "http://127.0.0.1:1/siteverify"),
            ("BOT_CHECK__SITEVERIFY__SECRET", BOT_SECRET),
        ],
        codes: &["proof_required", "unavailable"],
        pool: PoolKind::Fitting,
    },
    Deployment { name: "no pool", settings: &[], codes: &["unavailable"], pool: PoolKind::Away },
];

#[actix_web::test]
async fn nothing_that_was_typed_is_in_a_json_log_or_an_answer() {
    join_all(DEPLOYMENTS.iter().map(|deployment| watch(deployment, "json"))).await;
}

#[actix_web::test]
async fn nothing_that_was_typed_is_in_a_log_for_people() {
    join_all(DEPLOYMENTS.iter().map(|deployment| watch(deployment, "pretty"))).await;
}

/// Sends everything there is to one deployment, and looks for the marks wherever it speaks.
async fn watch(deployment: &Deployment, format: &'static str) {
    let ledger = env::temp_dir().join(format!("vestibule-leaks-{}.db", Uuid::new_v4()));
    let ledger_url = format!("sqlite:{}", ledger.display());
    let mut settings = settings(deployment, format);
    settings.push(("DATABASE__URL", &ledger_url));
    let pool = start_pool(deployment, &settings).await;
    let endpoint = match deployment.pool {
        PoolKind::Away => "http://127.0.0.1:1".to_owned(),
        _ => pool.url(),
    };
    let mut process = Process::serve(&settings, &endpoint).await;

    let is_chosen = deployment.settings.contains(&("REGISTRATION__USERNAME", "chosen"));
    let requests = requests::all(is_chosen);
    // Some at a time: on a slow machine all of them at once would only run out of time.
    let answers: Vec<(String, Answer)> = stream::iter(requests.iter().enumerate())
        .map(async |(index, request)| {
            let id = format!("zqid-{index}");
            let mut wire = Wire::connect(&process.url).await;
            wire.send(request.replace("{id}", &id)).await;
            (id, wire.answer().await)
        })
        .buffered(4)
        .collect()
        .await;
    let mut admin = Wire::connect(&process.admin_url).await;
    admin.send(head("GET /metrics HTTP/1.1\nUser-Agent: zqagent")).await;
    let metrics = admin.answer().await;
    process.signal("TERM");
    let status = process.ended().await;
    let written = process.everything();

    let name = format!("{}, {format}", deployment.name);
    assert!(status.success(), "{name}: {written}");
    for (id, answer) in &answers {
        assert_logged(&process, format, id, answer, &name);
        assert_unmarked(&told(answer), &format!("{name}, {id}, the answer"));
    }
    assert_unmarked(&written, &format!("{name}, the log"));
    assert_unmarked(&metrics.text, &format!("{name}, the metrics"));
    let remembered = taken_out(&ledger);
    assert_unmarked(&remembered, &format!("{name}, the ledger"));
    let is_read = remembered.contains("zqid-") || deployment.name == "limits";
    assert!(is_read, "{name}: the ledger holds what was asked");
    assert!(metrics.text.contains("vestibule_http_requests_total{"), "{name}: {}", metrics.text);
    for code in deployment.codes {
        let was_answered = answers.iter().any(|(_, answer)| code_of(answer) == *code);
        assert!(was_answered, "{name}: nobody was answered {code}");
    }
}

/// All that the ledger holds, as text; the file is gone then.
fn taken_out(ledger: &Path) -> String {
    let mut text = String::new();
    for ending in ["", "-wal", "-shm", "-migrate"] {
        let file = PathBuf::from(format!("{}{ending}", ledger.display()));
        if let Ok(bytes) = fs::read(&file) {
            text += &String::from_utf8_lossy(&bytes);
            fs::remove_file(file).expect("it can be removed");
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
    settings.extend(IMPATIENT);
    settings.extend(deployment.settings);
    settings
}

async fn start_pool(deployment: &Deployment, settings: &[(&str, &str)]) -> Pool {
    let secret = match deployment.pool {
        PoolKind::WithOtherSecret => "a secret that nobody told the service",
        _ => CLIENT_SECRET,
    };
    pool_with(settings, |pool| pool.client_secrets = vec![secret.into()]).await
}

/// What an answer tells beyond what the contract gives back to whoever sent it: the user name in
/// a success, and the id.
fn told(answer: &Answer) -> String {
    let mut body = answer.json();
    if answer.status < 300
        && let Some(object) = body.as_object_mut()
    {
        object.remove("username");
    }
    if let Some(object) = body.as_object_mut() {
        object.remove("request_id");
    }
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    format!("{headers:?}\n{body}")
}

fn code_of(answer: &Answer) -> String {
    let body = answer.json();
    let code = if answer.status < 300 { &body["status"] } else { &body["code"] };
    code.as_str().unwrap_or_default().to_owned()
}

/// The request has left its line in the log, so that the log is one in which marks could be.
fn assert_logged(process: &Process, format: &str, id: &str, answer: &Answer, name: &str) {
    let code = code_of(answer);
    // Of a flood of refusals not each has a line.
    if answer.status == 429 && !process.output().contains(&format!("\"{id}\"")) {
        return;
    }
    if format == "pretty" {
        let output = process.output();
        let line = output
            .lines()
            .find(|line| {
                line.contains("answered") && line.contains(&format!("request_id=\"{id}\""))
            })
            .unwrap_or_else(|| panic!("{name}: nothing was logged about {id}: {output}"));
        for part in [format!("status={}", answer.status), format!("code=\"{code}\"")] {
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
        panic!("{name}: not one line about {id}: {lines:?}");
    };
    assert_eq!(line["status"], answer.status, "{name}: {line}");
    assert_eq!(line["code"], *code, "{name}: {line}");
    assert_eq!(answer.header("x-request-id"), Some(id), "{name}: {line}");
    let method = line["method"].as_str().unwrap_or_default();
    assert!(["POST", "PUT", "GET", "other"].contains(&method), "{name}: {line}");
    let route = line["route"].as_str().unwrap_or_default();
    assert!(ROUTES.contains(&route), "{name}: {line}");
    assert!(line["duration_ms"].as_f64().is_some_and(|time| time > 0.0), "{name}: {line}");
    let address = line["client_address"].as_str().unwrap_or_default();
    assert!(["127.0.0.1", "127.0.0.0"].contains(&address), "{name}: {line}");
    let expected_outcomes = match route {
        "/register/confirm" => outcomes_of_a_code(&code, "confirmed", "not_confirmed"),
        "/register/resend" => outcomes_of_a_code(&code, "sent", "not_sent"),
        _ => outcomes_of_a_sign_up(&code),
    };
    let outcome = line["outcome"].as_str().unwrap_or_default();
    assert!(expected_outcomes.contains(&outcome), "{name}: {line}");
}

const ROUTES: [&str; 5] =
    ["/register", "/register/confirm", "/register/resend", "/problems/{name}", "other"];

fn outcomes_of_a_sign_up(code: &str) -> Vec<&'static str> {
    match code {
        "confirmation_required" => vec!["created", "existing", "unknown", "not_created", "taken"],
        "confirmed" => vec!["created"],
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
        | "rejected"
        | "sign_up_closed"
        | "unavailable" => vec!["not_created"],
        // Ours, before any call, or Cognito's.
        "invalid_registration" => vec!["", "not_created"],
        _ => vec![""],
    }
}

fn outcomes_of_a_code(code: &str, done: &'static str, undone: &'static str) -> Vec<&'static str> {
    match code {
        "confirmed" => vec![done],
        // The same where nobody waits for a code, and in conceal mode where a trigger failed.
        "code_sent" => vec![done, undone, "unknown"],
        "hook_failed" | "upstream_failed" | "upstream_timeout" => vec!["unknown"],
        "account_exists" | "blocked" | "busy" | "delivery_failed" | "expired_code"
        | "invalid_code" | "misconfigured" | "rejected" | "too_many_attempts" | "unavailable" => {
            vec![undone]
        }
        "invalid_registration" => vec!["", undone],
        _ => vec![""],
    }
}

/// No mark is in a text, in any case or coding.
fn assert_unmarked(text: &str, place: &str) {
    let lower = text.to_lowercase();
    let secrets = [CLIENT_SECRET, OTHER_SECRET, BOT_SECRET, DATABASE_KEY, SIGNING_KEY]
        .map(|secret| ("a secret", secret));
    for (what, mark) in MARKS.into_iter().chain(secrets) {
        for form in written(mark) {
            let Some(found) = lower.find(&form) else { continue };
            let line = lower[..found].rfind('\n').map_or(0, |start| start + 1);
            panic!("{place}: {what} as `{form}`: {}", lower[line..].lines().next().unwrap_or(""));
        }
    }
    assert!(!text.contains("vestibule_signature"), "{place}: the signature");
    let encoded = BASE64_STANDARD.encode(PASSWORD);
    assert!(!text.contains(encoded.trim_end_matches('=')), "{place}: the password in base64");
}

/// A mark in small letters as it is, percent-encoded, in hexadecimal digits, and as bytes in
/// Rust's `Debug`.
fn written(mark: &str) -> [String; 4] {
    let bytes = |each: fn(&u8) -> String, between: &str| {
        mark.as_bytes().iter().map(each).collect::<Vec<_>>().join(between)
    };
    [
        mark.to_owned(),
        bytes(|byte| format!("%{byte:02x}"), ""),
        bytes(|byte| format!("{byte:02x}"), ""),
        bytes(u8::to_string, ", "),
    ]
}

#[test]
fn a_mark_would_be_found() {
    let encoded = BASE64_STANDARD.encode(PASSWORD);
    for text in [
        "a line\npassword=\"ZQPASS9WORDX\"",
        "%5A%71%70%61%73%73%39%77%6F%72%64%78 %7A%71%70%61%73%73%39%77%6F%72%64%78",
        "[122, 113, 112, 97, 115, 115, 57, 119, 111, 114, 100, 120]",
        &encoded,
    ] {
        let found = std::panic::catch_unwind(|| assert_unmarked(text, "here"));

        assert!(found.is_err(), "{text}");
    }
}
