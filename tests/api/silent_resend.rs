//! The code that goes out in conceal mode to whoever signs up again: who gets one, and that
//! nobody else can tell.

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
const SWITCHED_ON: [(&str, &str); 2] = [CONCEAL, RESEND];

const NO_INTERVAL: (&str, &str) = ("LIMITS__MESSAGE_COOLDOWN__MODE", "off");

const EMAIL: &str = "ada@example.com";

/// A service, and the way to end it once nothing is in flight: what goes on behind its answers
/// has ended then.
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

async fn keyed(service: &Service, key: &str) -> Response {
    let request = service.post("/register").header("Idempotency-Key", key);
    Response::of(request.json(&form(PASSWORD))).await
}

#[actix_web::test]
async fn only_the_same_pair_gets_another_code() {
    const OTHER: &str = "Another-pass-9";
    const THIRD: &str = "A-third-pass-9";
    let enforced = ("LIMITS__MODE", "enforce");
    let off = ("REGISTRATION__CONCEAL_SILENT_RESEND", "false");
    for (case, more, passwords, codes, calls) in [
        ("the same pair", &[][..], &[PASSWORD, PASSWORD][..], 2, 1),
        ("again and again", &[], &[PASSWORD, PASSWORD, PASSWORD], 3, 2),
        ("another password", &[], &[PASSWORD, OTHER], 1, 0),
        ("the same pair after one guess", &[], &[PASSWORD, OTHER, PASSWORD], 2, 1),
        (
            "many guesses from the network that created it",
            &[],
            &[PASSWORD, OTHER, THIRD, PASSWORD],
            2,
            1,
        ),
        ("switched off", &[off], &[PASSWORD, PASSWORD], 1, 0),
        ("within the limits", &[enforced, NO_INTERVAL], &[PASSWORD, PASSWORD], 2, 1),
    ] {
        let (service, stop) = start(&[&SWITCHED_ON[..], more].concat()).await;
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
async fn nothing_is_sent_where_nobody_waits_for_a_code() {
    for (case, email, settings, is_confirmed, codes) in [
        ("confirmed", EMAIL, &SWITCHED_ON[..], true, 1),
        ("confirmed at once", "signup.confirmed-at-once@example.com", &SWITCHED_ON, false, 0),
        ("accounts are revealed", EMAIL, &[RESEND], false, 1),
        ("not delivered before", "signup.limit-exceeded@example.com", &SWITCHED_ON, false, 0),
    ] {
        let (service, stop) = start(settings).await;
        service.register_email(email).await;
        if is_confirmed {
            let code = service.code_for(email);
            assert_eq!(service.confirm_code(email, &code).await.status, 200, "{case}");
        }

        let again = service.register_email(email).await;
        stop.gracefully().await;

        assert_eq!(again.status, 202, "{case}: {}", again.text);
        assert_eq!(service.pool().messages(Some(email)).len(), codes, "{case}");
    }
}

/// Nobody knows whose the account is that is met then: a stranger's, perhaps.
#[actix_web::test]
async fn nothing_is_sent_where_the_outcome_of_the_first_try_is_unknown() {
    let email = "signup.created-then-internal-error@example.com";
    let (service, stop) = start(&SWITCHED_ON).await;

    let first = service.register_email(email).await;
    let again = service.register_email(email).await;
    stop.gracefully().await;

    first.assert_problem(502, "upstream-failed", "the first try");
    assert_eq!(again.status, 202, "{}", again.text);
    assert_eq!(service.sign_ups(email).len(), 2);
    assert!(service.calls("ResendConfirmationCode", email).is_empty());
}

#[actix_web::test]
async fn a_keyed_retry_sends_none_and_a_new_key_does() {
    let (service, stop) = start(&SWITCHED_ON).await;

    let mut responses = Vec::new();
    for key in ["one", "one", "two", "two", "one"] {
        responses.push(keyed(&service, key).await);
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
async fn nobody_waits_for_it_but_a_graceful_stop() {
    let (release, held) = channel::<()>();
    let pool = pool(&SWITCHED_ON).await;
    let held = Mutex::new(held);
    let is_reached = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&is_reached);
    let url = intercept(&pool.url(), move |operation, _| {
        if operation == "ResendConfirmationCode" {
            noted.store(true, Ordering::SeqCst);
            let _ = held.lock().expect("nobody panics").recv();
        }
        None
    });
    let patient = [
        ("COGNITO__READ_TIMEOUT", "20s"),
        ("COGNITO__ATTEMPT_TIMEOUT", "20s"),
        ("COGNITO__OPERATION_TIMEOUT", "20s"),
        ("SERVER__SHUTDOWN_TIMEOUT", "20s"),
    ];
    let settings = [&SWITCHED_ON[..], &patient].concat();
    let app = App::build(config(&settings, &url), Migrate::Auto, |_| {})
        .await
        .expect("the service is built");
    let (url, stop) = (format!("http://{}/register", app.address()), app.stop());
    rt::spawn(app.run());
    let register = || Response::of(crate::support::client().post(&url).json(&form(PASSWORD)));

    register().await;
    let again = register().await;
    let look = async || is_reached.load(Ordering::SeqCst);
    until("the call is on its way", look, |is_reached| *is_reached).await;
    let codes_before = pool.state().messages(Some(EMAIL)).len();
    let mut stopping = Box::pin(stop.gracefully());
    let waits_for_it = stays_pending(&mut stopping).await;
    release.send(()).expect("it is waited for");
    stopping.await;

    assert_eq!(again.status, 202, "{}", again.text);
    assert_eq!(codes_before, 1, "it was answered before another code went out");
    assert!(waits_for_it, "a graceful stop waits for it");
    assert_eq!(pool.state().messages(Some(EMAIL)).len(), 2);
}

#[actix_web::test]
async fn what_is_left_for_resends_tells_nothing_either() {
    let enforced = [
        ("LIMITS__MODE", "enforce"),
        NO_INTERVAL,
        ("LIMITS__REGISTER__MODE", "off"),
        ("LIMITS__RESEND__MODE", "off"),
        ("LIMITS__ADDRESS__MODE", "off"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__MODE", "off"),
    ];
    let (door, _stop) = start(&SWITCHED_ON).await;
    for prepared in ["taken@example.com", "confirmed@example.com"] {
        let form = json!({"email": prepared, "password": "Another-pass-9"});
        assert_eq!(door.register(&form).await.status, 202);
    }
    let code = door.code_for("confirmed@example.com");
    assert_eq!(door.confirm_code("confirmed@example.com", &code).await.status, 200);
    let url = door.pool.url();
    let settings = [&SWITCHED_ON[..], &enforced, &[("COGNITO__ENDPOINT", &url)]].concat();
    let (service, _stop) = start(&settings).await;

    let mut left = Vec::new();
    for email in ["free@example.com", "taken@example.com", "confirmed@example.com"] {
        for _ in 0..2 {
            assert_eq!(service.register_email(email).await.status, 202, "{email}");
        }
        let mut resends = 0;
        while service.resend(&json!({"username": email})).await.status == 202 {
            resends += 1;
        }
        left.push(resends);
    }

    assert_eq!(left, [1, 1, 1], "of three, two sign-ups have used up two");
    assert_eq!(door.pool().messages(Some("free@example.com")).len(), 3);
    assert_eq!(door.pool().messages(Some("taken@example.com")).len(), 2);
}

#[actix_web::test]
async fn its_row_is_joined_to_the_sign_up_by_the_request() {
    let mut site = Site::start("hidden", &SWITCHED_ON).await;
    site.register(&form(PASSWORD)).await;

    let again = site.register(&form(PASSWORD)).await;
    let log = site.stop().await;

    let rows = site.shown(&["--request-id", again.header("x-request-id").unwrap_or_default()]);
    let mut told: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("operation"), text("outcome"), text("code"))
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
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
