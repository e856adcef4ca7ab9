//! "Somebody has your account" is never said to its owner, and what is said instead does not
//! tell a stranger whether a password is right.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    support::{Answer, IMPATIENT, PASSWORD, Service},
    wait::until,
};

const WAITING: &str = "confirmation_required confirm";
const UNDELIVERED: &str = "delivery_failed resend";
const CONFIRMED: &str = "confirmed sign_in";

async fn try_password(service: &Service, email: &str, password: &str) -> Answer {
    service.register(&json!({"email": email, "password": password})).await
}

fn assert_taken(answer: &Answer, case: &str) {
    answer.assert_problem(409, "account-exists", case);
    assert_eq!(answer.mistakes(), ["/email taken"], "{case}");
}

fn assert_pending(answer: &Answer, told: &str, case: &str) {
    assert_eq!(answer.status, 202, "{case}: {}", answer.text);
    assert_eq!(answer.told(), told, "{case}");
    assert_eq!(answer.json().get("user_id"), None, "{case}");
}

/// How many accounts the pool has made for a user name, and by how many calls.
fn creations_and_calls(service: &Service, username: &str) -> (u32, usize) {
    let accounts = service.pool().accounts(Some(username)).accounts;
    (accounts.iter().map(|account| account.creations).sum(), service.sign_ups(username).len())
}

/// In this mode, without the rules for messages, of which a second sign-up might be one.
fn limited(mode: &str) -> [(&str, &str); 3] {
    let off = ["LIMITS__MESSAGE_COOLDOWN__MODE", "LIMITS__MESSAGES_PER_RECIPIENT__MODE"]
        .map(|rule| (rule, "off"));
    [("LIMITS__MODE", mode), off[0], off[1]]
}

#[actix_web::test]
async fn knows_a_person_again_in_every_mode_of_the_limits_and_nobody_else() {
    for mode in ["off", "observe", "enforce"] {
        let service = Service::start(&limited(mode)).await;
        let first = try_password(&service, "ada@example.com", PASSWORD).await;
        let again = try_password(&service, " Ada@Example.COM", PASSWORD).await;
        let stranger = try_password(&service, "ada@example.com", "Wrong-guess-1").await;
        let once_more = try_password(&service, "ada@example.com", PASSWORD).await;

        assert_eq!(first.status, 201, "{mode}: {}", first.text);
        assert_pending(&again, WAITING, mode);
        assert_taken(&stranger, mode);
        assert_pending(&once_more, WAITING, mode);
        assert_eq!(creations_and_calls(&service, "ada@example.com"), (1, 4), "{mode}");
    }
}

#[actix_web::test]
async fn the_third_password_ends_the_memory_for_all_networks_but_the_first() {
    for mode in ["off", "observe", "enforce"] {
        let proxies = ("SERVER__TRUSTED_PROXIES", "127.0.0.1");
        let service = Service::start(&[&limited(mode)[..], &[proxies]].concat()).await;
        let register = async |password: &str, address: &str| {
            let form = json!({"email": "ada@example.com", "password": password});
            let request = service.post("/register").header("x-forwarded-for", address);
            Answer::of(request.json(&form)).await
        };
        let (owner, stranger) = ("192.0.2.1", "198.51.100.7");
        assert_eq!(register(PASSWORD, owner).await.status, 201, "{mode}");

        let guesses = [
            register("Wrong-guess-1", stranger).await,
            register("Wrong-guess-2", stranger).await,
            register(PASSWORD, stranger).await,
        ];
        let own = register(PASSWORD, owner).await;

        for answer in &guesses {
            assert_taken(answer, mode);
        }
        assert_pending(&own, WAITING, mode);
    }
}

#[actix_web::test]
async fn another_password_for_another_name_drops_nothing() {
    let service = Service::start(&[]).await;
    for email in ["ada@example.com", "bob@example.com", "eve@example.com"] {
        assert_eq!(try_password(&service, email, PASSWORD).await.status, 201, "{email}");
        assert_taken(&try_password(&service, email, "Wrong-guess-1").await, email);
    }

    let answer = try_password(&service, "ada@example.com", PASSWORD).await;

    assert_pending(&answer, WAITING, "its first guess was its only one");
}

#[actix_web::test]
async fn a_lost_answer_costs_nobody_the_account() {
    for case in ["created-hang", "reset-after", "empty-200", "empty-object"] {
        let service = Service::start(&IMPATIENT).await;
        let email = format!("signup.{case}@example.com");
        let lost = try_password(&service, &email, PASSWORD).await;

        let stranger = try_password(&service, &email, "Wrong-guess-1").await;
        let owner = try_password(&service, &email, PASSWORD).await;

        assert!(lost.status >= 500, "{case}: {}", lost.text);
        assert_taken(&stranger, case);
        assert_pending(&owner, WAITING, case);
        assert_eq!(creations_and_calls(&service, &email), (1, 3), "{case}");
    }
}

#[actix_web::test]
async fn the_person_s_own_form_may_differ_in_everything_but_name_and_password() {
    let service =
        Service::start(&[("REGISTRATION__ATTRIBUTES", "{ given_name = {}, locale = {} }")]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);

    let answer = service
        .register(&json!({
            "email": "ada@example.com", "password": PASSWORD,
            "attributes": {"given_name": "Ada", "locale": "en"}, "device_data": "x",
        }))
        .await;

    assert_pending(&answer, WAITING, "a form that was mended");
}

#[actix_web::test]
async fn a_double_tap_makes_one_account_and_no_conflict() {
    for taps in [2, 10] {
        let service = Service::start(&[]).await;
        let email = "signup.delay-250ms+tap@example.com";

        let answers = join_all((0..taps).map(|_| service.register_email(email))).await;

        let (created, others): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 201);
        assert_eq!(created.len(), 1, "{taps} taps: {answers:?}");
        for answer in others {
            assert_pending(answer, WAITING, &format!("{taps} taps"));
        }
        assert_eq!(creations_and_calls(&service, email), (1, taps), "{taps} taps");
    }
}

#[actix_web::test]
async fn who_is_told_that_the_account_exists_waits_for_the_call_that_may_have_made_it() {
    for (case, first_status) in [("created-hang", 504), ("reset-after", 502), ("empty-200", 502)] {
        for taps in [2, 10] {
            let service = Service::start(&IMPATIENT).await;
            let email = format!("signup.{case}+tap@example.com");

            let answers = join_all((0..taps).map(|_| service.register_email(&email))).await;

            let (lost, others): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status == first_status);
            assert_eq!(lost.len(), 1, "{case}, {taps} taps: {answers:?}");
            for answer in others {
                assert_pending(answer, WAITING, &format!("{case}, {taps} taps"));
            }
            assert_eq!(creations_and_calls(&service, &email), (1, taps), "{case}, {taps} taps");
        }
    }
}

#[actix_web::test]
async fn a_double_tap_on_somebody_else_s_account_is_told_so_both_times() {
    let email = "signup.delay-250ms+other@example.com";
    for taps in [2, 10] {
        // Somebody else came by another door to the same pool.
        let door = Service::start(&[]).await;
        let service = Service::start(&[("COGNITO__ENDPOINT", &door.pool.url())]).await;
        assert_eq!(door.register_email(email).await.status, 201, "{taps} taps");

        let answers = join_all((0..taps).map(|_| service.register_email(email))).await;

        for answer in &answers {
            assert_taken(answer, &format!("{taps} taps"));
        }
        assert_eq!(creations_and_calls(&door, email), (1, 1 + taps), "{taps} taps");
    }
}

#[actix_web::test]
async fn of_two_people_at_once_one_gets_the_account_and_the_other_is_told() {
    let service = Service::start(&[]).await;
    let email = "signup.delay-250ms+two@example.com";

    let answers = join_all([
        try_password(&service, email, PASSWORD),
        try_password(&service, email, "Another-pass-9"),
    ])
    .await;

    let mut statuses = answers.iter().map(|answer| answer.status).collect::<Vec<_>>();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{answers:?}");
}

#[actix_web::test]
async fn a_call_ends_and_is_remembered_although_its_caller_hung_up() {
    for (case, is_reset) in [("closed", false), ("reset", true)] {
        // A pool that confirms at once, since that is known only from an answer that was read.
        let service = Service::start_with(&[], |pool| pool.auto_confirm = true).await;
        let email = "signup.delay-250ms+gone@example.com";
        let form = json!({"email": email, "password": PASSWORD});
        let caller = send_alone(&service, &form).await;
        let look = async || service.sign_ups(email).len();
        until("the call is under way", look, |calls| *calls == 1).await;
        if is_reset {
            caller.set_zero_linger().expect("it can be reset");
        }
        drop(caller);

        let at_once = service.register(&form).await;
        let later = service.register(&form).await;

        assert_pending(&at_once, CONFIRMED, &format!("{case}, while the call may be under way"));
        assert_pending(&later, CONFIRMED, &format!("{case}, after it"));
        assert_eq!(creations_and_calls(&service, email), (1, 3), "{case}");
    }
}

/// A form on a connection of its own, whose answer nobody reads.
async fn send_alone(service: &Service, form: &Value) -> TcpStream {
    let address = service.url.trim_start_matches("http://");
    let mut caller = TcpStream::connect(address).await.expect("it is taken");
    let body = form.to_string();
    let request = format!(
        "POST /register HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    caller.write_all(request.as_bytes()).await.expect("it is sent");
    caller
}

#[actix_web::test]
async fn remembers_that_a_code_was_not_delivered() {
    for case in ["code-delivery-failure", "limit-exceeded"] {
        let service = Service::start(&[]).await;
        let email = format!("signup.{case}@example.com");
        let first = try_password(&service, &email, PASSWORD).await;

        let owner = try_password(&service, &email, PASSWORD).await;
        let stranger = try_password(&service, &email, "Wrong-guess-1").await;

        assert_pending(&first, UNDELIVERED, case);
        assert_eq!(first.json(), owner.json(), "{case}");
        assert_pending(&owner, UNDELIVERED, case);
        assert_taken(&stranger, case);
        assert!(service.pool().messages(None).is_empty(), "{case}: nothing went out");
    }
}

#[actix_web::test]
async fn remembers_that_the_pool_confirmed_at_once() {
    let service = Service::start_with(&[], |pool| pool.auto_confirm = true).await;
    let first = service.register_email("ada@example.com").await;

    let again = service.register_email("ada@example.com").await;

    assert_eq!((first.status, first.told().as_str()), (201, CONFIRMED));
    assert_eq!(first.json().get("delivery"), None, "there is no code");
    assert_pending(&again, CONFIRMED, "the retry");
}

#[actix_web::test]
async fn passwords_that_the_pool_refused_first_are_no_guesses() {
    let service = Service::start_with(&[("REGISTRATION__PASSWORD__MIN_LENGTH", "6")], |pool| {
        pool.password_policy.min_length = 12;
    })
    .await;
    for refused in ["Short-1", "Short-12", "Short-123", "Short-1234"] {
        let answer = try_password(&service, "ada@example.com", refused).await;
        answer.assert_problem(422, "invalid-registration", refused);
        assert_eq!(answer.mistakes(), ["/password too_short"], "{refused}");
    }
    assert_eq!(try_password(&service, "ada@example.com", PASSWORD).await.status, 201);

    let again = try_password(&service, "ada@example.com", PASSWORD).await;

    assert_pending(&again, WAITING, "the retry");
}

#[actix_web::test]
async fn a_call_that_created_nothing_is_forgotten() {
    let door = Service::start(&[]).await;
    let service =
        Service::start(&[("COGNITO__ENDPOINT", &door.pool.url()), ("COGNITO__MAX_ATTEMPTS", "1")])
            .await;
    let email = "signup.throttled-once+1@example.com";
    service.register_email(email).await.assert_problem(503, "busy", "throttled");
    // The name's second call: in the meantime the account is somebody else's.
    assert_eq!(try_password(&door, email, "Another-pass-9").await.status, 201);

    let answer = service.register_email(email).await;

    assert_taken(&answer, "the first try cannot have created it");
}
