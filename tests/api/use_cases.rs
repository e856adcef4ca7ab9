//! The use cases without HTTP. The real SDK calls a scripted pool.

use std::{cell::Cell, net::Ipv4Addr, rc::Rc};

use futures_util::future::join;
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule::{
    app,
    cognito::ClientInfo,
    registration::{Registration, RegistrationForm, Rules, Submission, UsernameKey},
    signup::{Finished, Rejection, Rendered, Request, SignUpOutcome, UseCases},
    store::IdempotentRequest,
};

use crate::support::{
    PASSWORD, config,
    scripted::{Reply, ScriptedServer},
};

const SUB: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// The use cases of a deployment with a scripted pool.
struct Site {
    use_cases: UseCases,
    rules: Rules,
    pool: ScriptedServer,
}

impl Site {
    async fn start(settings: &[(&str, &str)], script: impl Fn(&str) -> Reply + 'static) -> Self {
        let pool = ScriptedServer::start(move |call| script(&call.operation)).await;
        let config = config(settings, &pool.url);
        let rules = Rules::new(&config.registration).expect("the rules are valid");
        let use_cases = app::use_cases(config).await.expect("the use cases are built");
        Self { use_cases, rules, pool }
    }

    async fn sign_up(&self, form: Value, key: Option<&str>) -> Finished<String> {
        self.use_cases.register(self.request(form, key), &render).await
    }

    fn request(&self, form: Value, key: Option<&str>) -> Request<Registration> {
        let form: RegistrationForm = serde_json::from_value(form).expect("the form is readable");
        let form = Registration::parse(form, &self.rules, &UsernameKey::new([7; 32]))
            .expect("the form is valid");
        let body = form.identity();
        let idempotency = key.map(|key| {
            let key = SecretString::from(key);
            IdempotentRequest { key, route: "/register", body }
        });
        Request {
            form,
            client: client(),
            request_id: "test".to_owned(),
            idempotency,
            admission: None,
        }
    }

    fn calls(&self) -> usize {
        self.pool.calls().len()
    }
}

fn client() -> ClientInfo {
    let address = Ipv4Addr::new(198, 51, 100, 7).into();
    ClientInfo { address, user_agent: None, language: None, platform: None }
}

fn form(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

fn render(result: &Result<SignUpOutcome, Rejection>) -> Rendered<String> {
    let response = match result {
        Ok(SignUpOutcome::Created { account, .. }) => format!("created {}", account.user_sub),
        Ok(SignUpOutcome::Pending { prior, .. }) => format!("pending {prior:?}"),
        Ok(SignUpOutcome::Concealed { .. }) => "concealed".to_owned(),
        Err(rejection) => format!("rejected: {rejection}"),
    };
    Rendered { code: "test", response }
}

fn created() -> Reply {
    let body = json!({"UserConfirmed": false, "UserSub": SUB}).to_string();
    Reply::of("200 OK\nContent-Type: application/x-amz-json-1.1", body)
}

fn exception(status: &str, name: &str, message: &str) -> Reply {
    let body = json!({"__type": name, "message": message}).to_string();
    Reply::of(&format!("{status}\nContent-Type: application/x-amz-json-1.1"), body)
}

#[actix_web::test]
async fn decides_each_result_of_a_sign_up_once() {
    let bad_request = "400 Bad Request";
    for (reply, outcome, revealed, concealed) in [
        (created(), "created", format!("created {SUB}"), "concealed"),
        (
            exception(bad_request, "UsernameExistsException", "User already exists"),
            "not_created",
            "rejected: the account exists".to_owned(),
            "concealed",
        ),
        (
            exception(bad_request, "CodeDeliveryFailureException", "no"),
            "unknown",
            "pending CodeNotDelivered".to_owned(),
            "concealed",
        ),
        (
            exception(bad_request, "InvalidPasswordException", "Password not long enough"),
            "not_created",
            "rejected: the pool rejected the contents of the form".to_owned(),
            "rejected: the pool rejected the contents of the form",
        ),
        (
            exception("500 Internal Server Error", "InternalErrorException", "no"),
            "unknown",
            "rejected: the pool returned no usable response".to_owned(),
            "rejected: the pool returned no usable response",
        ),
        (
            exception(bad_request, "ResourceNotFoundException", "no"),
            "not_created",
            "rejected: misconfigured".to_owned(),
            "rejected: misconfigured",
        ),
    ] {
        for (mode, expected) in [("reveal", &*revealed), ("conceal", concealed)] {
            let reply = reply.clone();
            let settings = [("REGISTRATION__EXISTING_ACCOUNTS", mode)];
            let site = Site::start(&settings, move |_| reply.clone()).await;

            let finished = site.sign_up(form("ada@example.com"), None).await;

            let response = &finished.response;
            assert!(response.starts_with(expected), "{mode}: {response}, expected {expected}");
            let is_concealed = mode == "conceal" && revealed.contains("exists");
            let outcome = if is_concealed { "taken" } else { outcome };
            assert_eq!(finished.outcome, outcome, "{mode}: {response}");
            assert_eq!(site.calls(), 1, "{mode}: {response}");
        }
    }
}

#[actix_web::test]
async fn stores_nothing_if_a_precondition_rejects_the_request() {
    let settings = [("BOT_CHECK__PROVIDER", "proof_of_work"), ("BOT_CHECK__REQUIRE", "always")];
    let site = Site::start(&settings, |_| created()).await;

    let first = site.sign_up(form("ada@example.com"), Some("key")).await;
    let other_body = site.sign_up(form("eve@example.com"), Some("key")).await;

    assert_eq!(first.response, "rejected: the sign-up has no proof, but needs a proof");
    assert_eq!(other_body.response, first.response, "the key is not claimed");
    assert_eq!((first.outcome, site.calls()), ("not_created", 0));
}

#[actix_web::test]
async fn replays_a_final_response_and_calls_sign_up_once() {
    let site = Site::start(&[], |_| created()).await;

    let first = site.sign_up(form("ada@example.com"), Some("key")).await;
    let again = site.sign_up(form("ada@example.com"), Some("key")).await;
    let other_body = site.sign_up(form("eve@example.com"), Some("key")).await;

    assert_eq!((first.is_replayed, again.is_replayed), (false, true));
    assert_eq!(again.response, first.response);
    assert_eq!(
        other_body.response,
        "rejected: an earlier request had this Idempotency-Key and another body"
    );
    assert_eq!(site.calls(), 1);
}

#[actix_web::test]
async fn lets_one_of_two_simultaneous_requests_with_a_key_call_sign_up() {
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "2"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
    ];
    let site = Site::start(&settings, |_| created()).await;

    let sign_up = || Box::pin(site.sign_up(form("ada@example.com"), Some("key")));
    let (one, other) = join(sign_up(), sign_up()).await;
    let third = site.sign_up(form("ada@example.com"), None).await;
    let fourth = site.sign_up(form("ada@example.com"), None).await;

    let mut responses = [one.response, other.response];
    responses.sort_unstable();
    let in_progress = "rejected: the first request with this Idempotency-Key is in progress";
    assert_eq!(responses, [format!("created {SUB}"), in_progress.to_owned()]);
    assert_eq!(third.response, format!("created {SUB}"), "the lost claim was refunded");
    assert_eq!(fourth.response, "rejected: the client or a recipient is over a limit");
}

#[actix_web::test]
async fn a_takeover_gets_a_pending_response_for_an_existing_account() {
    let calls = Rc::new(Cell::new(0));
    let site = Site::start(&[], {
        let calls = Rc::clone(&calls);
        move |_| {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => exception("500 Internal Server Error", "InternalErrorException", "no"),
                _ => exception("400 Bad Request", "UsernameExistsException", "exists"),
            }
        }
    })
    .await;

    let first = site.sign_up(form("ada@example.com"), Some("key")).await;
    let takeover = site.sign_up(form("ada@example.com"), Some("key")).await;
    let replayed = site.sign_up(form("ada@example.com"), Some("key")).await;

    assert_eq!(first.response, "rejected: the pool returned no usable response");
    assert_eq!((&*takeover.response, takeover.outcome), ("pending Unknown", "existing"));
    assert_eq!((replayed.response, replayed.is_replayed), (takeover.response, true));
    assert_eq!(calls.get(), 2);
}
