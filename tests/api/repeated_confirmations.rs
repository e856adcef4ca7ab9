//! A code that a client sends twice, for example by a mail scanner, a double click or a retry.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join;

use crate::{
    intercept::intercept,
    support::{Response, SHORT_TIMEOUTS, Service, config, pool},
};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// Cases in which the pool confirms the account and sends no complete response.
const LOST: [&str; 4] = [
    "confirmed-hang",
    "reset-after",
    "confirmed-then-internal-error",
    "confirmed-then-unexpected-lambda",
];

async fn registered(service: &Service, email: &str) -> String {
    let response = service.register_email(email).await;
    assert!([201, 202].contains(&response.status), "{email}: {}", response.text);
    service.code_for(email)
}

fn assert_confirmed(response: &Response, case: &str) {
    assert_eq!(response.status, 200, "{case}: {}", response.text);
    assert_eq!(response.text, r#"{"status":"confirmed","next":"sign_in"}"#, "{case}");
}

fn calls(service: &Service, email: &str) -> usize {
    service.calls("ConfirmSignUp", email).len()
}

#[actix_web::test]
async fn repeating_the_right_code_succeeds() {
    for settings in [vec![], vec![CONCEAL]] {
        let service = Service::start(&settings).await;
        let code = registered(&service, "ada@example.com").await;
        assert_confirmed(&service.confirm_code("ada@example.com", &code).await, "the first");

        let again = service.confirm_code("Ada@Example.com", &code).await;
        let spaced = service.confirm_code("ada@example.com", &format!(" {code} ")).await;

        assert_confirmed(&again, "the second");
        assert_confirmed(&spaced, "with surrounding spaces");
        assert_eq!(calls(&service, "ada@example.com"), 3, "every request calls Cognito");
    }
}

#[actix_web::test]
async fn two_simultaneous_confirmations_both_succeed() {
    let service = Service::start(&[]).await;
    let email = "confirm.delay-250ms+twice@example.com";
    let code = registered(&service, email).await;

    let (first, second) =
        join(service.confirm_code(email, &code), service.confirm_code(email, &code)).await;

    assert_confirmed(&first, "one click");
    assert_confirmed(&second, "the other click");
}

#[actix_web::test]
async fn another_code_for_a_confirmed_account_is_invalid() {
    let service = Service::start(&[]).await;
    let code = registered(&service, "ada@example.com").await;
    assert_confirmed(&service.confirm_code("ada@example.com", &code).await, "the right one");
    let wrong = if code == "123456" { "654321" } else { "123456" };

    let first = service.confirm_code("ada@example.com", wrong).await;
    let again = service.confirm_code("ada@example.com", wrong).await;

    first.assert_problem(422, "invalid-code", "the first time");
    again.assert_problem(422, "invalid-code", "the second time");
}

#[actix_web::test]
async fn repeating_a_code_after_a_lost_response_is_uncertain() {
    for case in LOST {
        for (settings, expected) in
            [(vec![], (409, "confirmation-uncertain")), (vec![CONCEAL], (422, "invalid-code"))]
        {
            let service = Service::start(&[&SHORT_TIMEOUTS[..], &settings].concat()).await;
            let email = format!("confirm.{case}@example.com");
            let code = registered(&service, &email).await;
            let wrong = if code == "123456" { "654321" } else { "123456" };
            let lost = service.confirm_code(&email, &code).await;

            let same_code = service.confirm_code(&email, &code).await;
            let other_code = service.confirm_code(&email, wrong).await;

            assert!(lost.status >= 500, "{case}: {}", lost.text);
            same_code.assert_problem(expected.0, expected.1, case);
            other_code.assert_problem(422, "invalid-code", case);
            assert_eq!(calls(&service, &email), 3, "{case}: the service does not retry");
        }
    }
}

#[actix_web::test]
async fn an_expired_code_that_confirmed_the_account_succeeds_again() {
    for (settings, expired) in [(vec![], "expired-code"), (vec![CONCEAL], "invalid-code")] {
        let pool = pool(&settings).await;
        let confirms = AtomicUsize::new(0);
        // This pool deletes the code of a confirmed account.
        let url = intercept(&pool.url(), move |operation, input| {
            let is_later = operation == "ConfirmSignUp"
                && input["Username"] == "ada@example.com"
                && confirms.fetch_add(1, Ordering::SeqCst) > 0;
            let text = "Invalid code provided, please request a code again.";
            is_later.then(|| ("ExpiredCodeException", text.to_owned()))
        });
        let service = Service::start_on(config(&settings, &url), pool).await;
        let code = registered(&service, "ada@example.com").await;
        let wrong = if code == "123456" { "654321" } else { "123456" };
        assert_confirmed(&service.confirm_code("ada@example.com", &code).await, "the first");

        let again = service.confirm_code("ada@example.com", &code).await;
        let other_code = service.confirm_code("ada@example.com", wrong).await;
        let other_user = service.confirm_code("eve@example.com", &code).await;

        assert_confirmed(&again, expired);
        other_code.assert_problem(422, expired, "another code");
        other_user.assert_problem(422, expired, "another user");
    }
}

#[actix_web::test]
async fn the_sentence_for_an_expired_code_claims_no_age() {
    let service = Service::start(&[]).await;

    let response = service.confirm_code("unknown@example.com", "123456").await;
    let page = Response::of(service.get("/problems/expired-code")).await;

    response.assert_problem(422, "expired-code", "Cognito responds like this to unknown names");
    let title = response.json()["title"].to_string().to_lowercase();
    for word in ["expired", "old", "24", "hour", "any more", "longer"] {
        assert!(!title.contains(word), "{word}: {title}");
    }
    assert!(!page.text.contains("24 hours"), "{}", page.text);
}

#[actix_web::test]
async fn conceal_mode_hides_a_confirmed_account_while_the_database_is_unavailable() {
    let service = Service::start(&[
        CONCEAL,
        ("DATABASE__URL", "postgres://vestibule@127.0.0.1:1/vestibule"),
        ("DATABASE__KEY", "a database key of 32 characters or more"),
        ("DATABASE__ON_FAILURE", "proceed"),
    ])
    .await;
    registered(&service, "waiting@example.com").await;
    let code = registered(&service, "done@example.com").await;
    assert_confirmed(&service.confirm_code("done@example.com", &code).await, "the right code");

    let responses = [
        service.confirm_code("unknown@example.com", "000000").await,
        service.confirm_code("waiting@example.com", "000000").await,
        service.confirm_code("done@example.com", "000000").await,
        service.confirm_code("done@example.com", &code).await,
    ];

    for response in &responses {
        response.assert_problem(422, "invalid-code", "the database is unavailable");
        assert_eq!(response.comparable(), responses[0].comparable());
    }
}
