//! `registration.return_session`: Cognito's sessions in the responses.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use vestibule::cognito::secret_hash;

use crate::{
    contract::Contract,
    process::{Process, error_message, run, vestibule},
    scripted::{Reply, ScriptedServer},
    support::{
        CLIENT_ID, PASSWORD, Response, SECRET, Service, environment, files::Folder, pool_with,
    },
};

const ADA: &str = "ada@example.com";
const ON: (&str, &str) = ("REGISTRATION__RETURN_SESSION", "true");

#[actix_web::test]
async fn are_off_by_default() {
    let service = Service::start_with(&[], |pool| pool.user_auth = true).await;

    let created = service.register_email(ADA).await;
    let confirmed = service.confirm_code(ADA, &service.last_code()).await;

    assert_eq!((created.status, &created.json()["session"]), (201, &Value::Null));
    assert_eq!(confirmed.json(), json!({"status": "confirmed", "next": "sign_in"}));
}

#[actix_web::test]
async fn the_session_of_a_sign_up_leads_to_a_sign_in() {
    let contract = Contract::read();
    let service = Service::start(&[ON]).await;

    let created = service.register_email(ADA).await;
    let first = session(&created);
    let confirmed = confirm(&service, &first).await;
    let second = session(&confirmed);

    contract.assert_allows("post", "/register", &created, "created");
    contract.assert_allows("post", "/register/confirm", &confirmed, "confirmed");
    assert_eq!(created.header("cache-control"), Some("no-store"));
    assert_eq!(confirmed.header("cache-control"), Some("no-store"));
    assert_eq!(
        confirmed.json(),
        json!({"status": "confirmed", "session": second, "next": "sign_in"})
    );
    assert_eq!(service.calls("ConfirmSignUp", ADA)[0].body["Session"], *first);
    let signed_in = sign_in(&service, &second).await;
    assert!(signed_in.json()["AuthenticationResult"]["AccessToken"].is_string());
}

#[actix_web::test]
async fn a_request_that_did_not_create_or_confirm_the_account_gets_none() {
    let service = Service::start(&[ON]).await;
    let first = session(&service.register_email(ADA).await);

    let repeated_sign_up = service.register_email(ADA).await;
    let confirmed = confirm(&service, &first).await;
    let repeated_confirm = confirm(&service, &first).await;

    assert_eq!(
        (repeated_sign_up.status, confirmed.status, repeated_confirm.status),
        (202, 200, 200)
    );
    assert_eq!(repeated_sign_up.json()["session"], Value::Null);
    assert_eq!(repeated_confirm.json(), json!({"status": "confirmed", "next": "sign_in"}));
}

#[actix_web::test]
async fn a_session_that_cognito_rejects_does_not_fail_a_right_code() {
    for is_expired in [true, false] {
        let service = Service::start(&[ON]).await;
        let first = session(&service.register_email(ADA).await);
        let sent = if is_expired { first } else { "s".repeat(20) };
        service.pool().advance(Duration::from_mins(3));
        let right = service.last_code();
        let wrong = if right == "123456" { "654321" } else { "123456" };

        let rejected =
            service.confirm(&json!({"username": ADA, "code": wrong, "session": sent})).await;
        let confirmed = confirm(&service, &sent).await;

        rejected.assert_problem(422, "invalid-code", &sent);
        assert_eq!(confirmed.json(), json!({"status": "confirmed", "next": "sign_in"}), "{sent}");
        let calls = service.calls("ConfirmSignUp", ADA);
        let sessions: Vec<&Value> =
            calls.iter().filter_map(|call| call.body.get("Session")).collect();
        assert_eq!((calls.len(), sessions.len()), (3, 2), "{calls:?}");
    }
}

#[actix_web::test]
async fn a_call_without_the_rejected_session_costs_a_second_try() {
    let settings = [
        ON,
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__CONFIRM_PER_USERNAME__BURST", "2"),
        ("LIMITS__CONFIRM_PER_USERNAME__REFILL", "1h"),
    ];
    let service = Service::start(&settings).await;
    service.register_email(ADA).await;
    let form = json!({"username": ADA, "code": service.last_code(), "session": "s".repeat(20)});

    let confirmed = service.confirm(&form).await;
    let again = service.confirm(&form).await;

    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    again.assert_problem(429, "too-many-requests", "the third try");
    assert_eq!(service.calls("ConfirmSignUp", ADA).len(), 2);
}

#[actix_web::test]
async fn without_a_second_try_the_account_stays_unconfirmed() {
    let settings = [
        ON,
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__CONFIRM_PER_USERNAME__BURST", "1"),
        ("LIMITS__CONFIRM_PER_USERNAME__REFILL", "1h"),
    ];
    let service = Service::start(&settings).await;
    let user_id = service.register_email(ADA).await.json()["user_id"].clone();
    let code = service.last_code();
    let form = json!({"username": ADA, "code": code, "session": "s".repeat(20)});
    let post = async || {
        let request = service.post("/register/confirm").header("Idempotency-Key", "a-key");
        Response::of(request.json(&form)).await
    };

    let (rejected, again) = (post().await, post().await);
    let was_confirmed = service.is_confirmed(ADA);
    // The account's own name has a budget of its own.
    let later = service.confirm(&json!({"username": user_id, "code": code})).await;

    for response in [&rejected, &again] {
        response.assert_problem(429, "too-many-requests", "the second try");
        assert_eq!(response.violations(), ["/username limit_exceeded"]);
        assert!(response.header("retry-after").is_some());
        assert_eq!(response.header("idempotency-replayed"), None);
    }
    assert!(!was_confirmed);
    assert_eq!(service.calls("ConfirmSignUp", ADA).len(), 1);
    assert_eq!(service.metric("confirmations_total{outcome=\"not_confirmed\"}").await, 1);
    assert_eq!(service.metric("confirmations_total{outcome=\"unknown\"}").await, 0);
    assert_eq!(later.status, 200, "{}", later.text);
}

#[actix_web::test]
async fn conceal_mode_sends_no_session() {
    let service = Service::start(&[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")]).await;
    service.register_email(ADA).await;

    let confirmed = confirm(&service, &"s".repeat(20)).await;

    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    let calls = service.calls("ConfirmSignUp", ADA);
    assert_eq!((calls.len(), calls[0].body.get("Session")), (1, None));
}

#[actix_web::test]
async fn a_session_that_confirm_would_not_accept_is_left_out() {
    let (short, long) = ("s".repeat(19), "s".repeat(4097));
    for (session, expected) in
        [(&*short, None), (&long, None), (&long[..20], Some(20)), (&long[..4096], Some(4096))]
    {
        let body = json!({"UserSub": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "Session": session});
        let pool = ScriptedServer::start(move |_| {
            Reply::of("200 OK\nContent-Type: application/x-amz-json-1.1", body.to_string())
        })
        .await;
        let service = Service::start(&[ON, ("COGNITO__ENDPOINT", &pool.url)]).await;

        let created = service.register_email(ADA).await;

        assert_eq!(created.status, 201, "{}", created.text);
        let returned = created.json()["session"].as_str().map(str::len);
        assert_eq!(returned, expected, "{}", session.len());
    }
}

#[actix_web::test]
async fn a_replay_has_the_session_and_neither_log_nor_database_has_it() {
    let folder = Folder::new("sessions");
    let database = format!("sqlite:{}", folder.path().join("vestibule.db").display());
    let settings = [ON, ("DATABASE__URL", &database), ("LOG__LEVEL", "debug")];
    let pool = pool_with(&settings, |_| {}).await;
    let mut process = Process::serve(&settings, &pool.url()).await;
    let post = async |path: &str, body: Value| {
        let request = crate::support::client().post(format!("{}{path}", process.url));
        let request = request.header("Idempotency-Key", path).json(&body);
        Response::of(request).await
    };

    let form = json!({"email": ADA, "password": PASSWORD});
    let created = post("/register", form.clone()).await;
    let replayed = post("/register", form).await;
    let code = pool.state().messages(None)[0].code.clone();
    let form = json!({"username": ADA, "code": code, "session": session(&created)});
    let confirmed = post("/register/confirm", form).await;
    // After a reload, a page has the key and no session.
    let form = json!({"username": ADA, "code": code});
    let confirmed_again = post("/register/confirm", form).await;
    process.signal("TERM");
    assert!(process.wait_for_exit().await.success(), "{}", process.all_output());

    for (first, again) in [(&created, &replayed), (&confirmed, &confirmed_again)] {
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(first.text, again.text);
    }
    let mut command = vestibule(&["audit", "export", "--since", "2020-01-01", "--format", "jsonl"]);
    command.envs(environment(&settings, &pool.url()));
    let exported = run(command);
    assert!(exported.status.success(), "{exported:?}");
    let audit = String::from_utf8_lossy(&exported.stdout).into_owned();
    assert!(audit.contains("confirmed"), "{audit}");
    let mut places = vec![("log".to_owned(), process.all_output()), ("export".to_owned(), audit)];
    for file in fs::read_dir(folder.path()).expect("the folder is readable") {
        let path = file.expect("the entry is readable").path();
        let bytes = fs::read(&path).expect("the file is readable");
        places.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    assert!(places.len() > 2, "{places:?}");
    for (place, text) in places {
        for session in [session(&created), session(&confirmed)] {
            assert!(!text.contains(&session), "{place}: {session}");
        }
    }
}

#[test]
fn prevents_a_start_in_conceal_mode() {
    let settings = [ON, ("REGISTRATION__EXISTING_ACCOUNTS", "conceal")];
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&settings, "http://127.0.0.1:1"));

    let output = run(command);

    assert!(!output.status.success());
    let message = error_message(&output, "serve");
    assert!(message.contains("a session would show that the account is new"), "{message}");
}

fn session(response: &Response) -> String {
    let session = response.json()["session"].as_str().map(str::to_owned);
    session.unwrap_or_else(|| panic!("{}: {}", response.status, response.text))
}

async fn confirm(service: &Service, session: &str) -> Response {
    let form = json!({"username": ADA, "code": service.last_code(), "session": session});
    service.confirm(&form).await
}

/// Calls `InitiateAuth` as the back end of an application does.
async fn sign_in(service: &Service, session: &str) -> Response {
    let hash = secret_hash(&SECRET.into(), ADA, CLIENT_ID);
    let body = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT_ID,
        "AuthParameters": {"USERNAME": ADA, "SECRET_HASH": hash},
        "Session": session,
    });
    let request = service.client.post(service.pool.url()).body(body.to_string());
    let target = "AWSCognitoIdentityProviderService.InitiateAuth";
    Response::of(request.header("x-amz-target", target)).await
}
