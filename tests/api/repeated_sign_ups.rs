//! Repeated sign-ups. The owner of an account gets a pending response and never a conflict. Other
//! clients cannot use this response to guess the password.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    support::{PASSWORD, Response, SHORT_TIMEOUTS, Service},
    wait::until,
};

const WAITING: &str = "confirmation_required confirm";
const UNDELIVERED: &str = "delivery_failed resend";
const CONFIRMED: &str = "confirmed sign_in";

async fn register_with_password(service: &Service, email: &str, password: &str) -> Response {
    service.register(&json!({"email": email, "password": password})).await
}

fn assert_taken(response: &Response, case: &str) {
    response.assert_problem(409, "account-exists", case);
    assert_eq!(response.violations(), ["/email taken"], "{case}");
    assert_eq!(response.json()["next"], json!(["sign_in", "resend"]), "{case}");
    for text in [&response.json()["title"], &response.json()["errors"][0]["detail"]] {
        let text = text.as_str().unwrap_or_default();
        assert!(text.contains("Sign in, or ask for a new code"), "{case}: {text}");
    }
}

#[actix_web::test]
async fn the_page_of_an_existing_account_offers_to_sign_in_and_a_new_code() {
    let service = Service::start(&[]).await;

    let page = Response::of(service.get("/problems/account-exists")).await;

    for step in
        ["<code>sign_in</code>", "<code>resend</code>", "<code>POST /register/resend</code>"]
    {
        assert!(page.text.contains(step), "{step}: {}", page.text);
    }
}

fn assert_pending(response: &Response, expected: &str, case: &str) {
    assert_eq!(response.status, 202, "{case}: {}", response.text);
    assert_eq!(response.status_and_next(), expected, "{case}");
    assert_eq!(response.json().get("user_id"), None, "{case}");
}

/// Returns the numbers of created accounts and of SignUp calls for a user name.
fn creations_and_calls(service: &Service, username: &str) -> (u32, usize) {
    let accounts = service.pool().accounts(Some(username)).accounts;
    (accounts.iter().map(|account| account.creations).sum(), service.sign_ups(username).len())
}

/// Returns settings with this limits mode, without the message limits that a second sign-up exceeds.
fn with_limits(mode: &str) -> [(&str, &str); 3] {
    let off = ["LIMITS__MESSAGE_COOLDOWN__MODE", "LIMITS__MESSAGES_PER_RECIPIENT__MODE"]
        .map(|rule| (rule, "off"));
    [("LIMITS__MODE", mode), off[0], off[1]]
}

#[actix_web::test]
async fn recognises_the_owner_by_the_password_in_every_limits_mode() {
    for mode in ["off", "observe", "enforce"] {
        let service = Service::start(&with_limits(mode)).await;
        let first = register_with_password(&service, "ada@example.com", PASSWORD).await;
        let again = register_with_password(&service, " Ada@Example.COM", PASSWORD).await;
        let stranger = register_with_password(&service, "ada@example.com", "Wrong-guess-1").await;
        let third = register_with_password(&service, "ada@example.com", PASSWORD).await;

        assert_eq!(first.status, 201, "{mode}: {}", first.text);
        assert_pending(&again, WAITING, mode);
        assert_taken(&stranger, mode);
        assert_pending(&third, WAITING, mode);
        assert_eq!(creations_and_calls(&service, "ada@example.com"), (1, 4), "{mode}");
    }
}

#[actix_web::test]
async fn a_third_password_limits_recognition_to_the_network_of_the_first_sign_up() {
    for mode in ["off", "observe", "enforce"] {
        let proxies = ("SERVER__TRUSTED_PROXIES", "127.0.0.1");
        let service = Service::start(&[&with_limits(mode)[..], &[proxies]].concat()).await;
        let register = async |password: &str, address: &str| {
            let form = json!({"email": "ada@example.com", "password": password});
            let request = service.post("/register").header("x-forwarded-for", address);
            Response::of(request.json(&form)).await
        };
        let (owner, stranger) = ("192.0.2.1", "198.51.100.7");
        assert_eq!(register(PASSWORD, owner).await.status, 201, "{mode}");

        let guesses = [
            register("Wrong-guess-1", stranger).await,
            register("Wrong-guess-2", stranger).await,
            register(PASSWORD, stranger).await,
        ];
        let own = register(PASSWORD, owner).await;

        for response in &guesses {
            assert_taken(response, mode);
        }
        assert_pending(&own, WAITING, mode);
    }
}

#[actix_web::test]
async fn mismatches_are_counted_per_username() {
    let service = Service::start(&[]).await;
    for email in ["ada@example.com", "bob@example.com", "eve@example.com"] {
        assert_eq!(register_with_password(&service, email, PASSWORD).await.status, 201, "{email}");
        assert_taken(&register_with_password(&service, email, "Wrong-guess-1").await, email);
    }

    let response = register_with_password(&service, "ada@example.com", PASSWORD).await;

    assert_pending(&response, WAITING, "this user name has one mismatch");
}

#[actix_web::test]
async fn recognises_the_owner_after_a_lost_response() {
    for case in ["created-hang", "reset-after", "empty-200", "empty-object"] {
        let service = Service::start(&SHORT_TIMEOUTS).await;
        let email = format!("signup.{case}@example.com");
        let lost = register_with_password(&service, &email, PASSWORD).await;

        let stranger = register_with_password(&service, &email, "Wrong-guess-1").await;
        let owner = register_with_password(&service, &email, PASSWORD).await;

        assert!(lost.status >= 500, "{case}: {}", lost.text);
        assert_taken(&stranger, case);
        assert_pending(&owner, WAITING, case);
        assert_eq!(creations_and_calls(&service, &email), (1, 3), "{case}");
    }
}

#[actix_web::test]
async fn recognises_the_owner_if_other_fields_changed() {
    let service =
        Service::start(&[("REGISTRATION__ATTRIBUTES", "{ given_name = {}, locale = {} }")]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);

    let response = service
        .register(&json!({
            "email": "ada@example.com", "password": PASSWORD,
            "attributes": {"given_name": "Ada", "locale": "en"}, "device_data": "x",
        }))
        .await;

    assert_pending(&response, WAITING, "a corrected form");
}

#[actix_web::test]
async fn simultaneous_sign_ups_create_one_account_without_a_conflict() {
    for count in [2, 10] {
        let service = Service::start(&[]).await;
        let email = "signup.delay-250ms+tap@example.com";

        let responses = join_all((0..count).map(|_| service.register_email(email))).await;

        let (created, others): (Vec<_>, Vec<_>) =
            responses.iter().partition(|response| response.status == 201);
        assert_eq!(created.len(), 1, "{count} requests: {responses:?}");
        for response in others {
            assert_pending(response, WAITING, &format!("{count} requests"));
        }
        assert_eq!(creations_and_calls(&service, email), (1, count), "{count} requests");
    }
}

#[actix_web::test]
async fn an_existing_account_waits_for_the_call_that_may_have_created_it() {
    for (case, first_status) in [("created-hang", 504), ("reset-after", 502), ("empty-200", 502)] {
        for count in [2, 10] {
            let service = Service::start(&SHORT_TIMEOUTS).await;
            let email = format!("signup.{case}+tap@example.com");

            let responses = join_all((0..count).map(|_| service.register_email(&email))).await;

            let (lost, others): (Vec<_>, Vec<_>) =
                responses.iter().partition(|response| response.status == first_status);
            assert_eq!(lost.len(), 1, "{case}, {count} requests: {responses:?}");
            for response in others {
                assert_pending(response, WAITING, &format!("{case}, {count} requests"));
            }
            assert_eq!(
                creations_and_calls(&service, &email),
                (1, count),
                "{case}, {count} requests"
            );
        }
    }
}

#[actix_web::test]
async fn simultaneous_sign_ups_for_a_foreign_account_all_conflict() {
    let email = "signup.delay-250ms+other@example.com";
    for count in [2, 10] {
        // Another service has created the account in the same pool.
        let other_service = Service::start(&[]).await;
        let service = Service::start(&[("COGNITO__ENDPOINT", &other_service.pool.url())]).await;
        assert_eq!(other_service.register_email(email).await.status, 201, "{count} requests");

        let responses = join_all((0..count).map(|_| service.register_email(email))).await;

        for response in &responses {
            assert_taken(response, &format!("{count} requests"));
        }
        assert_eq!(creations_and_calls(&other_service, email), (1, 1 + count), "{count} requests");
    }
}

#[actix_web::test]
async fn simultaneous_sign_ups_with_different_passwords_conflict() {
    let service = Service::start(&[]).await;
    let email = "signup.delay-250ms+two@example.com";

    let responses = join_all([
        register_with_password(&service, email, PASSWORD),
        register_with_password(&service, email, "Another-pass-9"),
    ])
    .await;

    let mut statuses = responses.iter().map(|response| response.status).collect::<Vec<_>>();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{responses:?}");
}

#[actix_web::test]
async fn completes_and_remembers_a_call_after_the_client_disconnects() {
    for (case, is_reset) in [("closed", false), ("reset", true)] {
        // The pool confirms at once. The service can know this only from the response of the call.
        let service = Service::start_with(&[], |pool| pool.auto_confirm = true).await;
        let email = "signup.delay-250ms+gone@example.com";
        let form = json!({"email": email, "password": PASSWORD});
        let connection = send_without_reading(&service, &form).await;
        let look = async || service.sign_ups(email).len();
        until("the call has reached the pool", look, |calls| *calls == 1).await;
        if is_reset {
            connection.set_zero_linger().expect("the linger time can be set");
        }
        drop(connection);

        let at_once = service.register(&form).await;
        let later = service.register(&form).await;

        assert_pending(&at_once, CONFIRMED, &format!("{case}, during the call"));
        assert_pending(&later, CONFIRMED, &format!("{case}, after the call"));
        assert_eq!(creations_and_calls(&service, email), (1, 3), "{case}");
    }
}

/// Sends a form on a new connection without reading the response.
async fn send_without_reading(service: &Service, form: &Value) -> TcpStream {
    let address = service.url.trim_start_matches("http://");
    let mut connection =
        TcpStream::connect(address).await.expect("the service accepts a connection");
    let body = form.to_string();
    let request = format!(
        "POST /register HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.expect("the request is sent");
    connection
}

#[actix_web::test]
async fn remembers_an_undelivered_code() {
    for case in ["code-delivery-failure", "limit-exceeded"] {
        let service = Service::start(&[]).await;
        let email = format!("signup.{case}@example.com");
        let first = register_with_password(&service, &email, PASSWORD).await;

        let owner = register_with_password(&service, &email, PASSWORD).await;
        let stranger = register_with_password(&service, &email, "Wrong-guess-1").await;

        assert_pending(&first, UNDELIVERED, case);
        assert_eq!(first.json(), owner.json(), "{case}");
        assert_pending(&owner, UNDELIVERED, case);
        assert_taken(&stranger, case);
        assert!(service.pool().messages(None).is_empty(), "{case}: no message was sent");
    }
}

#[actix_web::test]
async fn remembers_that_the_pool_confirmed_the_account() {
    let service = Service::start_with(&[], |pool| pool.auto_confirm = true).await;
    let first = service.register_email("ada@example.com").await;

    let again = service.register_email("ada@example.com").await;

    assert_eq!((first.status, first.status_and_next().as_str()), (201, CONFIRMED));
    assert_eq!(first.json().get("delivery"), None, "there is no code");
    assert_pending(&again, CONFIRMED, "the repeated request");
}

#[actix_web::test]
async fn passwords_rejected_by_the_pool_are_not_mismatches() {
    let service = Service::start_with(&[("REGISTRATION__PASSWORD__MIN_LENGTH", "6")], |pool| {
        pool.password_policy.min_length = 12;
    })
    .await;
    for rejected in ["Short-1", "Short-12", "Short-123", "Short-1234"] {
        let response = register_with_password(&service, "ada@example.com", rejected).await;
        response.assert_problem(422, "invalid-registration", rejected);
        assert_eq!(response.violations(), ["/password too_short"], "{rejected}");
    }
    assert_eq!(register_with_password(&service, "ada@example.com", PASSWORD).await.status, 201);

    let again = register_with_password(&service, "ada@example.com", PASSWORD).await;

    assert_pending(&again, WAITING, "the repeated request");
}

#[actix_web::test]
async fn forgets_a_call_that_created_no_account() {
    let other_service = Service::start(&[]).await;
    let service = Service::start(&[
        ("COGNITO__ENDPOINT", &other_service.pool.url()),
        ("COGNITO__MAX_ATTEMPTS", "1"),
    ])
    .await;
    let email = "signup.throttled-once+1@example.com";
    service.register_email(email).await.assert_problem(503, "busy", "throttled");
    // The second call for this name: another service creates the account in the meantime.
    assert_eq!(register_with_password(&other_service, email, "Another-pass-9").await.status, 201);

    let response = service.register_email(email).await;

    assert_taken(&response, "the first call did not create the account");
}
