//! A code that is sent twice, by a mail scanner, a double click or a retry, is told the truth
//! twice.

use futures_util::future::join;

use crate::support::{Answer, IMPATIENT, Service};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// Cases in which the account is confirmed, and the answer lost.
const LOST: [&str; 4] = [
    "confirmed-hang",
    "reset-after",
    "confirmed-then-internal-error",
    "confirmed-then-unexpected-lambda",
];

async fn registered(service: &Service, email: &str) -> String {
    let answer = service.register_email(email).await;
    assert!([201, 202].contains(&answer.status), "{email}: {}", answer.text);
    service.code_for(email)
}

fn assert_confirmed(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 200, "{case}: {}", answer.text);
    assert_eq!(answer.text, r#"{"status":"confirmed","next":"sign_in"}"#, "{case}");
}

fn calls(service: &Service, email: &str) -> usize {
    service.calls("ConfirmSignUp", email).len()
}

#[actix_web::test]
async fn the_same_code_again_is_a_success_again() {
    for settings in [vec![], vec![CONCEAL]] {
        let service = Service::start(&settings).await;
        let code = registered(&service, "ada@example.com").await;
        assert_confirmed(&service.confirm_code("ada@example.com", &code).await, "the first");

        let again = service.confirm_code("Ada@Example.com", &code).await;
        let spaced = service.confirm_code("ada@example.com", &format!(" {code} ")).await;

        assert_confirmed(&again, "the second");
        assert_confirmed(&spaced, "with what was pasted around it");
        assert_eq!(calls(&service, "ada@example.com"), 3, "none is answered from memory alone");
    }
}

#[actix_web::test]
async fn a_double_click_is_told_twice_that_the_account_is_confirmed() {
    let service = Service::start(&[]).await;
    let email = "confirm.delay-250ms+twice@example.com";
    let code = registered(&service, email).await;

    let (one, other) =
        join(service.confirm_code(email, &code), service.confirm_code(email, &code)).await;

    assert_confirmed(&one, "one click");
    assert_confirmed(&other, "the other click");
}

#[actix_web::test]
async fn another_code_for_a_confirmed_account_stays_wrong() {
    let service = Service::start(&[]).await;
    let code = registered(&service, "ada@example.com").await;
    assert_confirmed(&service.confirm_code("ada@example.com", &code).await, "the right one");
    let wrong = if code == "123456" { "654321" } else { "123456" };

    let first = service.confirm_code("ada@example.com", wrong).await;
    let again = service.confirm_code("ada@example.com", wrong).await;

    first.assert_problem(422, "invalid-code", "the first time");
    again.assert_problem(422, "invalid-code", "that it was tried before makes it no better");
}

#[actix_web::test]
async fn after_a_lost_answer_says_that_it_may_be_confirmed_already() {
    for case in LOST {
        for (settings, told) in
            [(vec![], (409, "confirmation-uncertain")), (vec![CONCEAL], (422, "invalid-code"))]
        {
            let service = Service::start(&[&IMPATIENT[..], &settings].concat()).await;
            let email = format!("confirm.{case}@example.com");
            let code = registered(&service, &email).await;
            let wrong = if code == "123456" { "654321" } else { "123456" };
            let lost = service.confirm_code(&email, &code).await;

            let same = service.confirm_code(&email, &code).await;
            let other = service.confirm_code(&email, wrong).await;

            assert!(lost.status >= 500, "{case}: {}", lost.text);
            same.assert_problem(told.0, told.1, case);
            other.assert_problem(422, "invalid-code", case);
            assert_eq!(calls(&service, &email), 3, "{case}: none is repeated by itself");
        }
    }
}
