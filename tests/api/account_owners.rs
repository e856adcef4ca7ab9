//! Responses about an account if a form changes, or if other users use the same user name.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{
    bot_checks::{start_provider, with_provider},
    intercept::{Exception, intercept},
    support::{PASSWORD, Response, SECRET, Service, files::Folder, pool, pool_with},
};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");
const CHOSEN: (&str, &str) = ("REGISTRATION__USERNAME", "chosen");
const GENERATED: (&str, &str) = ("REGISTRATION__USERNAME", "generated");
const PROXIES: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "127.0.0.1");

const OTHER_PASSWORD: &str = "Another-pass-9";
const WAITING: &str = "confirmation_required confirm";
const CONFIRMED: &str = "confirmed sign_in";

/// Addresses in different networks.
const OWNER: &str = "192.0.2.1";
const OWNER_ABROAD: &str = "203.0.113.9";
const STRANGERS: [&str; 4] = ["198.51.100.7", "198.18.0.1", "198.19.0.1", "192.88.99.1"];

fn form(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

fn from(service: &Service, address: &str, form: &Value) -> RequestBuilder {
    service.post("/register").header("x-forwarded-for", address).json(form)
}

async fn register_from(service: &Service, address: &str, form: &Value) -> Response {
    Response::of(from(service, address, form)).await
}

async fn register_with_key(service: &Service, key: &str, form: &Value) -> Response {
    Response::of(service.post("/register").header("idempotency-key", key).json(form)).await
}

fn assert_pending(response: &Response, expected: &str, case: &str) {
    assert_eq!(response.status, 202, "{case}: {}", response.text);
    assert_eq!(response.status_and_next(), expected, "{case}");
    assert_eq!(response.json().get("user_id"), None, "{case}");
}

fn assert_taken(response: &Response, pointer: &str, case: &str) {
    response.assert_problem(409, "account-exists", case);
    assert_eq!(response.violations(), [format!("{pointer} taken")], "{case}");
}

fn internal_error() -> Exception {
    ("InternalErrorException", "Something went wrong.".to_owned())
}

/// Starts a service whose first `count` SignUp calls create nothing and have an unknown outcome.
async fn with_unknown_outcomes(count: usize, settings: &[(&str, &str)]) -> Service {
    let pool = pool(settings).await;
    let calls = AtomicUsize::new(0);
    let url = intercept(&pool.url(), move |operation, _| {
        let is_first = operation == "SignUp" && calls.fetch_add(1, Ordering::SeqCst) < count;
        is_first.then(internal_error)
    });
    let config = crate::support::config(settings, &url);
    Service::start_on(config, pool).await
}

#[actix_web::test]
async fn recognises_a_chosen_name_in_any_case() {
    let service = Service::start(&[CHOSEN]).await;
    let form = |username: &str, email: &str, password: &str| json!({"username": username, "email": email, "password": password});
    let first = service.register(&form("Zo\u{eb}", "zoe@example.com", PASSWORD)).await;
    assert_eq!(first.status, 201, "{}", first.text);

    for (username, email) in [
        ("zo\u{eb}", "zoe@example.com"),
        ("ZO\u{cb}", "Zoe@EXAMPLE.com"),
        ("Zo\u{eb}", "zoe@example.com"),
    ] {
        let again = service.register(&form(username, email, PASSWORD)).await;
        let stranger = service.register(&form(username, email, OTHER_PASSWORD)).await;

        assert_pending(&again, WAITING, username);
        assert_eq!(again.json()["username"], username, "the name as this request has it");
        assert_taken(&stranger, "/username", username);
    }
    let code = service.code_for("zoe@example.com");
    for username in ["ZO\u{cb}", "zo\u{eb}"] {
        let confirmed = service.confirm_code(username, &code).await;

        assert_eq!(confirmed.status, 200, "{username}: {}", confirmed.text);
    }
    let after = service.register(&form("zo\u{cb}", "zoe@example.com", PASSWORD)).await;
    assert_pending(&after, CONFIRMED, "after the confirm");
}

// The code went to the first recipients. The user has to choose another user name.
#[actix_web::test]
async fn a_chosen_name_is_taken_for_other_recipients() {
    let mistyped = json!({"username": "bob", "email": "bob@example.co", "password": PASSWORD});
    for (case, changes) in [
        ("another address", json!({"email": "bob@example.com"})),
        ("a phone number instead", json!({"email": "", "phone_number": "+14155550100"})),
        ("a phone number besides", json!({"phone_number": "+14155550100"})),
        ("no recipient", json!({"email": ""})),
    ] {
        for (settings, status) in [(vec![CHOSEN], 201), (vec![CHOSEN, CONCEAL], 202)] {
            let case = format!("{case}, {settings:?}");
            let service = Service::start(&settings).await;
            let mut corrected = mistyped.clone();
            for (name, value) in changes.as_object().into_iter().flatten() {
                corrected[name] = value.clone();
            }
            let first = service.register(&mistyped).await;
            assert_eq!(first.status, status, "{case}: {}", first.text);

            let response = service.register(&corrected).await;
            let with_key = register_with_key(&service, "k", &corrected).await;
            let replayed = register_with_key(&service, "k", &corrected).await;
            let same = service.register(&mistyped).await;
            corrected["username"] = json!("bob2");
            let other_name = service.register(&corrected).await;

            assert_taken(&response, "/username", &case);
            assert_taken(&with_key, "/username", &case);
            assert_eq!(replayed.text, with_key.text, "{case}");
            assert_pending(&same, WAITING, &case);
            assert_eq!(other_name.status, status, "{case}: {}", other_name.text);
        }
    }
}

#[actix_web::test]
async fn an_unknown_outcome_is_not_pending_for_other_recipients() {
    let username = "signup.created-then-internal-error";
    let form = |email: &str| json!({"username": username, "email": email, "password": PASSWORD});
    let service = Service::start(&[CHOSEN]).await;

    let lost = service.register(&form("bob@example.co")).await;
    let corrected = service.register(&form("bob@example.com")).await;
    let same = service.register(&form("bob@example.co")).await;

    assert_eq!(lost.status, 502, "{}", lost.text);
    assert_taken(&corrected, "/username", "the account exists, with the first address");
    assert_pending(&same, WAITING, "the account is the user's own");
}

// One of two users created the account. The other user did not, although the outcome of their own
// sign-up was unknown.
#[actix_web::test]
async fn another_user_who_created_the_account_decides_an_unknown_outcome() {
    let service = with_unknown_outcomes(2, &[]).await;
    let (own, other) = (form("ada@example.com", PASSWORD), form("ada@example.com", OTHER_PASSWORD));

    let unknown = service.register(&own).await;
    let unknown_with_key = register_with_key(&service, "k", &own).await;
    let created = service.register(&other).await;
    let again = service.register(&own).await;
    let taken_over = register_with_key(&service, "k", &own).await;
    let creator = service.register(&other).await;

    for response in [&unknown, &unknown_with_key] {
        response.assert_problem(502, "upstream-failed", "unknown");
    }
    assert_eq!(created.status, 201, "{}", created.text);
    assert_taken(&again, "/email", "without a key");
    assert_taken(&taken_over, "/email", "with a key");
    assert_pending(&creator, WAITING, "the creator");
}

#[actix_web::test]
async fn an_undecided_unknown_outcome_is_pending_for_each_user() {
    let service = with_unknown_outcomes(1, &[]).await;
    let own = form("signup.created-then-internal-error@example.com", PASSWORD);
    let mut other = own.clone();
    other["password"] = json!(OTHER_PASSWORD);

    let outcomes = [register_with_key(&service, "k", &own).await, service.register(&other).await];
    let again = [register_with_key(&service, "k", &own).await, service.register(&other).await];

    for outcome in outcomes {
        outcome.assert_problem(502, "upstream-failed", "unknown");
    }
    for response in again {
        assert_pending(&response, WAITING, "no attempt shows the creator of the account");
    }
}

// A generated name belongs to one recipient and password. No other user can therefore have created
// its account.
#[actix_web::test]
async fn other_users_do_not_change_the_response_about_a_generated_name() {
    let service = Service::start(&[GENERATED, PROXIES]).await;
    let own = form("ada@example.com", PASSWORD);
    let created = register_from(&service, OWNER, &own).await;
    assert_eq!(created.status, 201, "{}", created.text);

    for (number, address) in STRANGERS.into_iter().enumerate() {
        let strange = form("ada@example.com", &format!("Wrong-guess-{number}"));
        let response = register_from(&service, address, &strange).await;
        assert_eq!(response.status, 201, "another account: {}", response.text);
    }

    for address in [OWNER, OWNER_ABROAD] {
        assert_pending(&register_from(&service, address, &own).await, WAITING, address);
    }
}

#[actix_web::test]
async fn a_repeated_form_reports_that_this_service_confirmed_the_account() {
    let phone = json!({"phone_number": "+14155550100", "password": PASSWORD});
    for (mode, form, recipient) in [
        ("email", form("ada@example.com", PASSWORD), "ada@example.com"),
        ("phone", phone.clone(), "+14155550100"),
        (
            "chosen",
            json!({"username": "Ada", "email": "ada@example.com", "password": PASSWORD}),
            "ada@example.com",
        ),
        ("generated", form("ada@example.com", PASSWORD), "ada@example.com"),
        ("generated", phone, "+14155550100"),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;
        let created = register_with_key(&service, "k", &form).await;
        assert_eq!(created.status, 201, "{mode}: {}", created.text);
        let username = created.json()["username"].as_str().unwrap_or_default().to_owned();
        let mut strange = form.clone();
        strange["password"] = json!(OTHER_PASSWORD);

        let waiting = service.register(&form).await;
        let confirmed = service.confirm_code(&username, &service.code_for(recipient)).await;
        let again = service.register(&form).await;
        let stranger = service.register(&strange).await;
        let replayed = register_with_key(&service, "k", &form).await;
        let new_key = register_with_key(&service, "k2", &form).await;
        let resent = service.resend(&json!({"username": username})).await;

        assert_pending(&waiting, WAITING, mode);
        assert_eq!(confirmed.status, 200, "{mode}: {}", confirmed.text);
        assert_pending(&again, CONFIRMED, mode);
        assert_pending(&new_key, CONFIRMED, mode);
        assert_eq!(replayed.text, created.text, "{mode}");
        let expected = if mode == "generated" { 201 } else { 409 };
        assert_eq!(stranger.status, expected, "{mode}: {}", stranger.text);
        // The response to a resend does not show the state of the account, because a resend proves
        // no password.
        assert_eq!(resent.status, 202, "{mode}: {}", resent.text);
        assert_eq!(resent.status_and_next(), "code_sent confirm", "{mode}");
    }
}

#[actix_web::test]
async fn other_users_do_not_end_the_memory_of_the_owners_network() {
    for limits in ["off", "observe", "enforce"] {
        // The default number of messages, and one sign-up more.
        let sign_ups = ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "6");
        let service = Service::start(&[PROXIES, ("LIMITS__MODE", limits), sign_ups]).await;
        let own = form("ada@example.com", PASSWORD);
        let created = register_from(&service, OWNER, &own).await;
        let strange = |number: usize| form("ada@example.com", &format!("Wrong-guess-{number}"));

        let strangers = [
            register_from(&service, STRANGERS[0], &strange(0)).await,
            register_from(&service, STRANGERS[1], &strange(1)).await,
        ];
        let again = register_from(&service, "192.0.2.200", &own).await;
        let with_key = from(&service, OWNER, &own).header("idempotency-key", "k");
        let with_key = Response::of(with_key).await;
        let from_elsewhere = register_from(&service, STRANGERS[2], &own).await;

        assert_eq!(created.status, 201, "{limits}: {}", created.text);
        for stranger in &strangers {
            assert_taken(stranger, "/email", limits);
        }
        assert_pending(&again, WAITING, limits);
        assert_pending(&with_key, WAITING, limits);
        assert_taken(&from_elsewhere, "/email", "this name has a third password");
    }
}

#[actix_web::test]
async fn three_other_users_do_not_lock_out_a_first_sign_up() {
    let service = Service::start(&[PROXIES, ("LIMITS__MODE", "enforce")]).await;
    for (number, address) in STRANGERS.into_iter().take(3).enumerate() {
        let strange = form("ada@example.com", &format!("Wrong-guess-{number}"));
        let status = register_from(&service, address, &strange).await.status;
        assert_eq!(status, if number == 0 { 201 } else { 409 }, "{number}");
    }

    let first = register_from(&service, OWNER, &form("ada@example.com", PASSWORD)).await;

    assert_taken(&first, "/email", "429 would hide the existing account");
}

#[actix_web::test]
async fn requests_without_a_valid_proof_are_no_guesses() {
    let provider = start_provider().await;
    let folder = Folder::new("owners");
    let database = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    let service = with_provider(
        &provider.url,
        &[PROXIES, ("LIMITS__MODE", "enforce"), ("DATABASE__URL", &database)],
    )
    .await;
    let with_proof = |password: &str, proof: Option<&str>| {
        let mut form = form("ada@example.com", password);
        form["human_proof"] = json!(proof.unwrap_or_default());
        form
    };
    let created = register_from(&service, OWNER, &with_proof(PASSWORD, Some("good-1"))).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let operations = service.metric("database_operations_total").await;

    let requests = (0..30).map(|number| {
        let proof = (number % 3 > 0).then_some("bad");
        let form = with_proof(&format!("Wrong-guess-{number}"), proof);
        let request = from(&service, STRANGERS[number % 4], &form);
        let key = (number % 2 > 0).then(|| format!("k{number}"));
        Response::of(match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        })
    });
    let rejected = join_all(requests).await;

    for response in &rejected {
        assert!([422, 428].contains(&response.status), "{}", response.text);
    }
    // The service reads each of the 15 keys before and after the check, and stores nothing.
    let more = service.metric("database_operations_total").await - operations;
    assert!(more <= 30, "{more} operations");
    let file = rusqlite::Connection::open(folder.path().join("vestibule.db")).expect("a database");
    for (table, rows) in
        [("sign_ups", 1), ("attempts", 1), ("idempotency_keys", 0), ("responses", 0)]
    {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let count: i64 = file.query_row(&sql, [], |row| row.get(0)).expect("a number");
        assert_eq!(count, rows, "{table}");
    }
    let abroad = register_from(&service, OWNER_ABROAD, &with_proof(PASSWORD, Some("good-2"))).await;
    assert_pending(&abroad, WAITING, "the first sign-up is remembered in every network");
    let request = from(&service, OWNER_ABROAD, &with_proof(PASSWORD, Some("good-3")));
    let with_key = Response::of(request.header("idempotency-key", "owner")).await;
    assert_pending(&with_key, WAITING, "with a key");
}

// Cognito did not process these confirms. They use up no budget, and the store counts no guess.
#[actix_web::test]
async fn confirms_that_cognito_did_not_process_are_no_guesses() {
    let pool = pool(&[]).await;
    let calls = AtomicUsize::new(0);
    let url = intercept(&pool.url(), move |operation, _| {
        let is_early = operation == "ConfirmSignUp" && calls.fetch_add(1, Ordering::SeqCst) < 6;
        is_early.then(|| ("TooManyRequestsException", "Rate exceeded".to_owned()))
    });
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__CONFIRM_PER_USERNAME__BURST", "1"),
        ("LIMITS__CONFIRM_PER_USERNAME__REFILL", "1h"),
        ("COGNITO__MAX_ATTEMPTS", "1"),
    ];
    let service = Service::start_on(crate::support::config(&settings, &url), pool).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);
    let code = service.last_code();
    let body = json!({"username": "ada@example.com", "code": code});
    let confirm = async |key: Option<&str>| {
        let request = service.post("/register/confirm").json(&body);
        Response::of(match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        })
        .await
    };

    for key in [None, Some("k"), None, Some("k"), None, Some("k2")] {
        confirm(key).await.assert_problem(503, "busy", &format!("{key:?}"));
    }
    let confirmed = confirm(Some("k")).await;
    let over = confirm(None).await;
    let replayed = confirm(Some("k")).await;

    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    over.assert_problem(429, "too-many-requests", "the one attempt was used");
    assert_eq!(replayed.text, confirmed.text, "a replay needs no budget");
}

#[actix_web::test]
async fn a_taken_over_key_is_charged_until_it_succeeds() {
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "2"),
        ("LIMITS__MESSAGES_PER_RECIPIENT__REFILL", "1h"),
        ("LIMITS__MESSAGE_COOLDOWN__MODE", "off"),
    ];
    let own = form("ada@example.com", PASSWORD);
    for conceal in [false, true] {
        let mut settings = settings.to_vec();
        if conceal {
            settings.push(CONCEAL);
        }
        let failing = with_unknown_outcomes(usize::MAX, &settings).await;
        let recovering = with_unknown_outcomes(1, &settings).await;

        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(register_with_key(&failing, "k", &own).await.status);
        }
        let unknown = register_with_key(&recovering, "k", &own).await;
        let taken_over = register_with_key(&recovering, "k", &own).await;
        let next = recovering.register(&own).await;

        assert_eq!(statuses, [502, 502, 429, 429], "conceal: {conceal}");
        assert_eq!(unknown.status, 502, "conceal: {conceal}: {}", unknown.text);
        assert!([201, 202].contains(&taken_over.status), "conceal: {conceal}: {}", taken_over.text);
        assert_eq!(next.status, 202, "the account cost one message: {}", next.text);
    }
}

// Generated names depend on `database.key`, which the database stores in this test.
#[actix_web::test]
async fn a_new_client_secret_does_not_change_generated_names() {
    const NEW_SECRET: &str = "1763790000_newsecretnewsecretnewsecretnewsecret";
    let folder = Folder::new("owners");
    let database = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    let settings = [GENERATED, ("DATABASE__URL", database.as_str())];
    let pool = pool_with(&settings, |pool| {
        pool.client_secrets = vec![SECRET.into(), NEW_SECRET.into()];
    })
    .await;
    let url = pool.url();
    let before = Service::start_on(crate::support::config(&settings, &url), pool).await;
    let rotated = [&settings[..], &[("COGNITO__CLIENT_SECRET", NEW_SECRET)]].concat();
    let unused = crate::support::pool(&[]).await;
    let after = Service::start_on(crate::support::config(&rotated, &url), unused).await;
    let (ada, eve) = (form("ada@example.com", PASSWORD), form("eve@example.com", PASSWORD));
    let with_key = register_with_key(&before, "k", &ada).await;
    let without_key = before.register(&eve).await;
    for response in [&with_key, &without_key] {
        assert_eq!(response.status, 201, "{}", response.text);
    }

    before.pool().set_client_secrets(&[NEW_SECRET]);
    let replayed = register_with_key(&after, "k", &ada).await;
    let new_key = register_with_key(&after, "k2", &ada).await;
    let again = after.register(&eve).await;

    assert_eq!((replayed.status, &replayed.text), (201, &with_key.text));
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    for (case, response, first) in
        [("another key", &new_key, &with_key), ("without a key", &again, &without_key)]
    {
        assert_pending(response, WAITING, case);
        assert_eq!(response.json()["username"], first.json()["username"], "{case}");
    }
    assert_eq!(before.pool().accounts(None).accounts.len(), 2, "each user has one");
}
