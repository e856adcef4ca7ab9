//! The ordinary behavior of the pool.

use std::time::Duration;

use super::{CLIENT_ID, SECRET, SignIn, Stage, attribute, http_client, outcome, settings};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn signs_up_shows_the_code_and_confirms() {
    let stage = Stage::start(SignIn::Email).await;

    let created = stage.sign_up(ADA).send().await.unwrap();
    let inbox = stage.get("/sandbox/inbox").await;
    let code = inbox["messages"][0]["code"].as_str().unwrap();
    stage.confirm(ADA, code).send().await.unwrap();

    let delivery = created.code_delivery_details().unwrap();
    assert!(!created.user_confirmed());
    assert_eq!(created.user_sub().len(), 36);
    assert_eq!(delivery.destination(), Some("a***@e***"));
    assert_eq!(delivery.attribute_name(), Some("email"));
    assert_eq!(stage.status(ADA), Some("CONFIRMED"));
}

#[tokio::test]
async fn masks_a_phone_number() {
    let stage = Stage::start(SignIn::Phone).await;

    let created = stage.sign_up("+14155550100").send().await.unwrap();

    let delivery = created.code_delivery_details().unwrap();
    assert_eq!(delivery.destination(), Some("+*******0100"));
    assert_eq!(delivery.delivery_medium().unwrap().as_str(), "SMS");
}

#[tokio::test]
async fn a_new_code_replaces_the_old_one_and_expires_after_a_day() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up(ADA).send().await.unwrap();
    let first = stage.code(ADA);
    stage.resend(ADA).send().await.unwrap();
    let second = stage.code(ADA);

    let old = stage.confirm(ADA, &first).send().await;
    stage.pool.state().advance(Duration::from_hours(25));
    let late = stage.confirm(ADA, &second).send().await;

    // In one of a million runs, the two codes are equal, and this test fails.
    assert_eq!(
        outcome(old),
        "CodeMismatchException: Invalid verification code provided, please try again."
    );
    assert_eq!(
        outcome(late),
        "ExpiredCodeException: Invalid code provided, please request a code again."
    );
}

#[tokio::test]
async fn a_confirmed_user_is_not_confirmed_again() {
    let stage = Stage::start(SignIn::Email).await;
    let sub = stage.sign_up(ADA).send().await.unwrap().user_sub().to_owned();
    let code = stage.code(ADA);
    stage.confirm(&sub, &code).send().await.unwrap();

    let confirm = stage.confirm(ADA, &code).send().await;
    let resend = stage.resend(ADA).send().await;

    assert_eq!(
        outcome(confirm),
        "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED"
    );
    assert_eq!(outcome(resend), "InvalidParameterException: User is already confirmed.");
}

#[tokio::test]
async fn allows_five_codes_and_fifteen_attempts_an_hour() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up(ADA).send().await.unwrap();

    for _ in 0..5 {
        stage.resend(ADA).send().await.unwrap();
    }
    let sixth = outcome(stage.resend(ADA).send().await);
    for _ in 0..15 {
        let _ = stage.confirm(ADA, "none").send().await.unwrap_err();
    }
    let sixteenth = outcome(stage.confirm(ADA, &stage.code(ADA)).send().await);
    stage.pool.state().advance(Duration::from_hours(1));
    let later = outcome(stage.confirm(ADA, &stage.code(ADA)).send().await);

    assert_eq!(
        sixth,
        "LimitExceededException: Attempt limit exceeded, please try after some time."
    );
    assert_eq!(
        sixteenth,
        "TooManyFailedAttemptsException: Attempt limit exceeded, please try after some time."
    );
    assert_eq!(later, "ok");
}

#[tokio::test]
async fn an_alias_is_assigned_at_confirmation() {
    let stage = Stage::start(SignIn::Alias).await;
    let email = || attribute("email", ADA);
    stage.sign_up("ada").user_attributes(email()).send().await.unwrap();
    stage.sign_up("impostor").user_attributes(email()).send().await.unwrap();

    stage.confirm("ada", &stage.code("ada")).send().await.unwrap();
    let second = stage.confirm("impostor", &stage.code("impostor")).send().await;
    let by_alias = stage.resend(ADA).send().await;

    assert_eq!(outcome(second), "AliasExistsException: An account with the email already exists.");
    assert_eq!(stage.status("impostor"), Some("UNCONFIRMED"));
    assert_eq!(outcome(by_alias), "InvalidParameterException: User is already confirmed.");
}

#[tokio::test]
async fn a_passwordless_pool_needs_no_password_and_auto_confirmation_sends_no_code() {
    let strict = Stage::start(SignIn::Email).await;
    let easy = Stage::with(super::PoolSettings {
        passwordless: true,
        user_auth: true,
        auto_confirm: true,
        ..settings(SignIn::Email)
    })
    .await;

    let rejected = strict.sign_up(ADA).set_password(None).send().await;
    let created = easy.sign_up(ADA).set_password(None).send().await.unwrap();

    assert!(outcome(rejected).starts_with(
        "InvalidParameterException: 1 validation error detected: Value at 'password'"
    ));
    assert!(created.user_confirmed());
    assert!(created.code_delivery_details().is_none());
    assert!(created.session().is_some());
    assert!(easy.pool.state().messages(None).is_empty());
}

#[tokio::test]
async fn describes_its_settings() {
    let stage = Stage::start(SignIn::Email).await;

    let pool = stage
        .client
        .describe_user_pool()
        .user_pool_id("eu-central-1_Sandbox01")
        .send()
        .await
        .unwrap();
    let client = stage
        .client
        .describe_user_pool_client()
        .user_pool_id("eu-central-1_Sandbox01")
        .client_id(CLIENT_ID);
    let client = client.send().await.unwrap();
    let other = stage.client.describe_user_pool().user_pool_id("eu-central-1_Other").send().await;

    let pool = pool.user_pool().unwrap();
    assert_eq!(pool.policies().unwrap().password_policy().unwrap().minimum_length(), Some(8));
    assert_eq!(pool.username_attributes()[0].as_str(), "email");
    assert_eq!(pool.auto_verified_attributes()[0].as_str(), "email");
    assert!(!pool.username_configuration().unwrap().case_sensitive());
    assert!(
        pool.schema_attributes().iter().any(|attribute| attribute.name() == Some("given_name"))
    );
    assert_eq!(client.user_pool_client().unwrap().client_secret(), Some(SECRET));
    assert_eq!(
        outcome(other),
        "ResourceNotFoundException: User pool eu-central-1_Other does not exist."
    );
}

#[actix_web::test]
async fn runs_in_an_actix_system_and_frees_its_port_when_stopped() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up(ADA).send().await.unwrap();
    let url = stage.pool.url();

    stage.pool.stop().await;

    let error = http_client().get(format!("{url}/sandbox/inbox")).send().await.unwrap_err();
    assert!(error.is_connect(), "{error}");
}
