//! The silent resend of a code after a repeated sign-up in conceal mode.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
    mpsc::channel,
};

use actix_web::rt;
use serde_json::{Value, json};
use vestibule::{
    app::{App, Stop},
    store::Migrate,
};

use crate::{
    audit_commands::Site,
    intercept::intercept,
    support::{PASSWORD, Response, Service, config, pool},
    wait::{stays_pending, until},
};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");
const RESEND: (&str, &str) = ("REGISTRATION__CONCEAL_SILENT_RESEND", "true");
const ENABLED: [(&str, &str); 2] = [CONCEAL, RESEND];

const NO_INTERVAL: (&str, &str) = ("LIMITS__MESSAGE_COOLDOWN__MODE", "off");

const EMAIL: &str = "ada@example.com";

/// Starts a service. Its stop handle waits for background calls, such as silent resends.
async fn start(settings: &[(&str, &str)]) -> (Service, Stop) {
    let pool = pool(settings).await;
    let app = App::build(config(settings, &pool.url()), Migrate::Auto, |_| {})
        .await
        .expect("the service is built");
    let stop = app.stop();
    let (address, admin) = (app.address(), app.admin_address());
    rt::spawn(app.run());
    let (url, admin_url) = (format!("http://{address}"), format!("http://{admin}"));
    (Service { url, admin_url, pool, client: crate::support::client() }, stop)
}

fn form(password: &str) -> Value {
    json!({"email": EMAIL, "password": password})
}

async fn register_with_key(service: &Service, key: &str) -> Response {
    let request = service.post("/register").header("Idempotency-Key", key);
    Response::of(request.json(&form(PASSWORD))).await
}

#[actix_web::test]
async fn only_the_same_username_and_password_get_another_code() {
    const OTHER: &str = "Another-pass-9";
    const THIRD: &str = "A-third-pass-9";
    let enforced = ("LIMITS__MODE", "enforce");
    let off = ("REGISTRATION__CONCEAL_SILENT_RESEND", "false");
    for (case, more, passwords, codes, calls) in [
        ("the same pair", &[][..], &[PASSWORD, PASSWORD][..], 2, 1),
        ("the same pair three times", &[], &[PASSWORD, PASSWORD, PASSWORD], 3, 2),
        ("another password", &[], &[PASSWORD, OTHER], 1, 0),
        ("the same pair after one mismatch", &[], &[PASSWORD, OTHER, PASSWORD], 2, 1),
        (
            "two mismatches from the network of the first sign-up",
            &[],
            &[PASSWORD, OTHER, THIRD, PASSWORD],
            2,
            1,
        ),
        ("switched off", &[off], &[PASSWORD, PASSWORD], 1, 0),
        ("within the limits", &[enforced, NO_INTERVAL], &[PASSWORD, PASSWORD], 2, 1),
    ] {
        let (service, stop) = start(&[&ENABLED[..], more].concat()).await;
        let mut responses = Vec::new();

        for password in passwords {
            responses.push(service.register(&form(password)).await);
        }
        stop.gracefully().await;

        assert_eq!(service.pool().messages(Some(EMAIL)).len(), codes, "{case}");
        assert_eq!(service.calls("ResendConfirmationCode", EMAIL).len(), calls, "{case}");
        for response in &responses {
            assert_eq!(response.status, 202, "{case}: {}", response.text);
            assert_eq!(response.text, responses[0].text, "{case}");
        }
        if !more.contains(&enforced) {
            let first = responses[0].comparable();
            assert!(responses.iter().all(|response| response.comparable() == first), "{case}");
        }
    }
}

#[actix_web::test]
async fn sends_nothing_unless_the_account_waits_for_a_code() {
    for (case, email, settings, is_confirmed, codes) in [
        ("confirmed", EMAIL, &ENABLED[..], true, 1),
        ("confirmed at once", "signup.confirmed-at-once@example.com", &ENABLED, false, 0),
        ("accounts are revealed", EMAIL, &[RESEND], false, 1),
        ("not delivered before", "signup.limit-exceeded@example.com", &ENABLED, false, 0),
    ] {
        let (service, stop) = start(settings).await;
        service.register_email(email).await;
        if is_confirmed {
            let code = service.code_for(email);
            assert_eq!(service.confirm_code(email, &code).await.status, 200, "{case}");
        }

        let repeated = service.register_email(email).await;
        stop.gracefully().await;

        assert_eq!(repeated.status, 202, "{case}: {}", repeated.text);
        assert_eq!(service.pool().messages(Some(email)).len(), codes, "{case}");
    }
}

// The existing account may belong to another user.
#[actix_web::test]
async fn sends_nothing_after_an_unknown_outcome() {
    let email = "signup.created-then-internal-error@example.com";
    let (service, stop) = start(&ENABLED).await;

    let first = service.register_email(email).await;
    let repeated = service.register_email(email).await;
    stop.gracefully().await;

    first.assert_problem(502, "upstream-failed", "the first request");
    assert_eq!(repeated.status, 202, "{}", repeated.text);
    assert_eq!(service.sign_ups(email).len(), 2);
    assert!(service.calls("ResendConfirmationCode", email).is_empty());
}

#[actix_web::test]
async fn a_replay_sends_no_code_and_a_new_key_does() {
    let (service, stop) = start(&ENABLED).await;

    let mut responses = Vec::new();
    for key in ["one", "one", "two", "two", "one"] {
        responses.push(register_with_key(&service, key).await);
    }
    stop.gracefully().await;

    assert!(responses.iter().all(|response| response.text == responses[0].text), "{responses:?}");
    let replayed: Vec<bool> = responses
        .iter()
        .map(|response| response.header("idempotency-replayed").is_some())
        .collect();
    assert_eq!(replayed, [false, true, false, true, true]);
    assert_eq!(service.pool().messages(Some(EMAIL)).len(), 2);
}

#[actix_web::test]
async fn only_a_graceful_stop_waits_for_the_resend() {
    let (release, wait_for_release) = channel::<()>();
    let pool = pool(&ENABLED).await;
    let wait_for_release = Mutex::new(wait_for_release);
    let is_reached = Arc::new(AtomicBool::new(false));
    let reached = Arc::clone(&is_reached);
    let url = intercept(&pool.url(), move |operation, _| {
        if operation == "ResendConfirmationCode" {
            reached.store(true, Ordering::SeqCst);
            let _ = wait_for_release.lock().expect("the lock is not poisoned").recv();
        }
        None
    });
    let long_timeouts = [
        ("COGNITO__READ_TIMEOUT", "20s"),
        ("COGNITO__ATTEMPT_TIMEOUT", "20s"),
        ("COGNITO__OPERATION_TIMEOUT", "20s"),
        ("SERVER__SHUTDOWN_TIMEOUT", "20s"),
    ];
    let settings = [&ENABLED[..], &long_timeouts].concat();
    let app = App::build(config(&settings, &url), Migrate::Auto, |_| {})
        .await
        .expect("the service is built");
    let (url, stop) = (format!("http://{}/register", app.address()), app.stop());
    rt::spawn(app.run());
    let register = || Response::of(crate::support::client().post(&url).json(&form(PASSWORD)));

    register().await;
    let repeated = register().await;
    let look = async || is_reached.load(Ordering::SeqCst);
    until("the call has reached the pool", look, |is_reached| *is_reached).await;
    let codes_before = pool.state().messages(Some(EMAIL)).len();
    let mut stopping = Box::pin(stop.gracefully());
    let is_waiting = stays_pending(&mut stopping).await;
    release.send(()).expect("the call waits");
    stopping.await;

    assert_eq!(repeated.status, 202, "{}", repeated.text);
    assert_eq!(codes_before, 1, "the response came before the code was sent");
    assert!(is_waiting, "a graceful stop waits for the call");
    assert_eq!(pool.state().messages(Some(EMAIL)).len(), 2);
}

#[actix_web::test]
async fn the_remaining_message_budget_does_not_reveal_accounts() {
    let enforced = [
        ("LIMITS__MODE", "enforce"),
        NO_INTERVAL,
        ("LIMITS__REGISTER__MODE", "off"),
        ("LIMITS__RESEND__MODE", "off"),
        ("LIMITS__ADDRESS__MODE", "off"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__MODE", "off"),
    ];
    let (other_service, _stop) = start(&ENABLED).await;
    for email in ["taken@example.com", "confirmed@example.com"] {
        let form = json!({"email": email, "password": "Another-pass-9"});
        assert_eq!(other_service.register(&form).await.status, 202);
    }
    let code = other_service.code_for("confirmed@example.com");
    assert_eq!(other_service.confirm_code("confirmed@example.com", &code).await.status, 200);
    let url = other_service.pool.url();
    let settings = [&ENABLED[..], &enforced, &[("COGNITO__ENDPOINT", &url)]].concat();
    let (service, _stop) = start(&settings).await;

    let mut remaining = Vec::new();
    for email in ["free@example.com", "taken@example.com", "confirmed@example.com"] {
        for _ in 0..2 {
            assert_eq!(service.register_email(email).await.status, 202, "{email}");
        }
        let mut resends = 0;
        while service.resend(&json!({"username": email})).await.status == 202 {
            resends += 1;
        }
        remaining.push(resends);
    }

    assert_eq!(remaining, [1, 1, 1], "the sign-ups used two of three messages");
    assert_eq!(other_service.pool().messages(Some("free@example.com")).len(), 3);
    assert_eq!(other_service.pool().messages(Some("taken@example.com")).len(), 2);
}

#[actix_web::test]
async fn audit_rows_of_resend_and_sign_up_share_the_request_id() {
    let mut site = Site::start("hidden", &ENABLED).await;
    site.register(&form(PASSWORD)).await;

    let repeated = site.register(&form(PASSWORD)).await;
    let log = site.stop().await;

    let rows = site.shown(&["--request-id", repeated.header("x-request-id").unwrap_or_default()]);
    let mut summaries: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("operation"), text("outcome"), text("code"))
        })
        .collect();
    summaries.sort_unstable();
    assert_eq!(
        summaries,
        ["register taken confirmation_required", "resend sent silent_resend"],
        "{rows:?}"
    );
    assert!(rows.iter().all(|row| row["username"] == rows[0]["username"]), "{rows:?}");
    assert!(rows.iter().all(|row| row["recipient"] == rows[0]["recipient"]), "{rows:?}");
    assert!(rows.iter().all(|row| row["cognito_request_id"].is_string()), "{rows:?}");
    assert!(
        log.contains("silent resend after a repeated sign-up") && !log.contains("ada@"),
        "{log}"
    );
}
