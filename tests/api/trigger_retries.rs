//! A pre-sign-up trigger that rejects the retry of a sign-up. The trigger runs before Cognito looks
//! for the account. A trigger that looks for the address or accepts an invitation once rejects a
//! retry.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;

use crate::{
    intercept::intercept,
    support::{PASSWORD, Response, SHORT_TIMEOUTS, Service, config, files::Folder, pool},
};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");
const PROXIES: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "127.0.0.1");
const OWNER: &str = "192.0.2.1";
const STRANGER: &str = "198.51.100.7";

/// A service, and a pool with a trigger that accepts every sign-up until it rejects every one.
struct Site {
    service: Service,
    rejects: Arc<AtomicBool>,
}

impl Site {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let settings = [&[PROXIES], settings].concat();
        let pool = pool(&settings).await;
        let rejects = Arc::new(AtomicBool::new(false));
        let is_on = Arc::clone(&rejects);
        let url = intercept(&pool.url(), move |operation, _| {
            let text = "PreSignUp failed with error The invitation is used.".to_owned();
            (operation == "SignUp" && is_on.load(Ordering::SeqCst))
                .then_some(("UserLambdaValidationException", text))
        });
        Self { service: Service::start_on(config(&settings, &url), pool).await, rejects }
    }

    fn reject(&self) {
        self.rejects.store(true, Ordering::SeqCst);
    }

    async fn register(&self, email: &str, password: &str, address: &str) -> Response {
        let form = json!({"email": email, "password": password});
        let request = self.service.post("/register").header("x-forwarded-for", address);
        Response::of(request.json(&form)).await
    }
}

fn assert_rejected(response: &Response, case: &str) {
    response.assert_problem(422, "registration-rejected", case);
}

#[actix_web::test]
async fn the_retry_of_an_own_sign_up_is_pending() {
    for (case, first_status, expected) in [
        ("delay-250ms", 201, "confirmation_required confirm"),
        ("created-then-internal-error", 502, "confirmation_required confirm"),
        ("reset-before", 502, "confirmation_required confirm"),
        ("code-delivery-failure", 202, "delivery_failed resend"),
        ("confirmed-at-once", 201, "confirmed sign_in"),
        ("approval-required", 201, "approval_required wait"),
    ] {
        let site = Site::start(&[]).await;
        let email = format!("signup.{case}@example.com");
        assert_eq!(site.register(&email, PASSWORD, OWNER).await.status, first_status, "{case}");
        site.reject();

        let retry = site.register(&email, PASSWORD, OWNER).await;
        let other = site.register(&email, "Another-pass-9", OWNER).await;

        assert_eq!(retry.status, 202, "{case}: {}", retry.text);
        assert_eq!(retry.status_and_next(), expected, "{case}");
        assert_eq!(retry.json().get("user_id"), None, "{case}");
        assert_rejected(&other, case);
    }
}

#[actix_web::test]
async fn the_retry_of_a_stalled_sign_up_with_a_key_is_pending() {
    let site = Site::start(&SHORT_TIMEOUTS).await;
    let form = json!({"email": "signup.created-hang@example.com", "password": PASSWORD});
    let send = || {
        let request = site.service.post("/register").header("idempotency-key", "2f1c4f0e");
        Response::of(request.json(&form))
    };
    send().await.assert_problem(504, "upstream-timeout", "the first request");
    site.reject();

    let responses = [send().await, send().await];

    for response in &responses {
        assert_eq!(response.status, 202, "{}", response.text);
        assert_eq!(response.status_and_next(), "confirmation_required confirm");
    }
    assert_eq!(responses[0].text, responses[1].text);
    assert_eq!(responses[1].header("idempotency-replayed"), Some("true"));
}

#[actix_web::test]
async fn rejections_without_an_account_stay_rejections() {
    for settings in [&[][..], &[CONCEAL]] {
        let site = Site::start(settings).await;
        site.reject();
        for attempt in 0..3 {
            let response = site.register("ada@example.com", PASSWORD, OWNER).await;

            assert_rejected(&response, &format!("{settings:?}, attempt {attempt}"));
        }
    }
}

#[actix_web::test]
async fn rejections_count_as_guesses_of_the_password() {
    for settings in [&[][..], &[CONCEAL]] {
        let site = Site::start(settings).await;
        site.register("ada@example.com", PASSWORD, OWNER).await;
        site.reject();

        let guesses = [
            site.register("ada@example.com", "Wrong-guess-1", STRANGER).await,
            site.register("ada@example.com", "Wrong-guess-2", STRANGER).await,
            site.register("ada@example.com", PASSWORD, STRANGER).await,
        ];
        let own = site.register("ada@example.com", PASSWORD, OWNER).await;

        for guess in &guesses {
            assert_rejected(guess, &format!("{settings:?}"));
        }
        assert_eq!(own.status, 202, "{settings:?}: {}", own.text);
    }
}

#[actix_web::test]
async fn rejections_do_not_prolong_the_memory_of_conceal_mode() {
    let folder = Folder::new("trigger-retries");
    let file = folder.path().join("vestibule.db");
    let site =
        Site::start(&[CONCEAL, ("DATABASE__URL", &format!("sqlite:{}", file.display()))]).await;
    let register = async || site.register("ada@example.com", PASSWORD, OWNER).await;
    assert_eq!(register().await.status, 202);
    site.reject();
    let remembered = [register().await.status, register().await.status];

    // The cleanup deletes the accepted sign-up first.
    let database = rusqlite::Connection::open(&file).expect("a database");
    let sql = "DELETE FROM sign_ups WHERE id = (SELECT MIN(id) FROM sign_ups)";
    assert_eq!(database.execute(sql, []).expect("a deletion"), 1);
    let forgotten = register().await;

    assert_eq!(remembered, [202, 202]);
    assert_rejected(&forgotten, "only rejected sign-ups are remembered");
}

#[actix_web::test]
async fn conceal_mode_responds_equally_whether_the_account_existed() {
    let site = Site::start(&[CONCEAL]).await;
    // Another user has created the account, recently or before the memory of the service.
    site.register("recent@example.com", "Another-pass-9", OWNER).await;
    let other_service = Service::start(&[("COGNITO__ENDPOINT", &site.service.pool.url())]).await;
    other_service.register_email("older@example.com").await;
    let emails = ["new@example.com", "recent@example.com", "older@example.com"];
    for email in emails {
        assert_eq!(site.register(email, "Own-password-7", STRANGER).await.status, 202, "{email}");
    }
    site.reject();

    for email in emails {
        let retry = site.register(email, "Own-password-7", STRANGER).await;
        let other_password = site.register(email, "Other-password-8", STRANGER).await;

        assert_eq!(retry.status, 202, "{email}: {}", retry.text);
        assert_eq!(retry.status_and_next(), "confirmation_required confirm", "{email}");
        assert_rejected(&other_password, email);
    }
}
