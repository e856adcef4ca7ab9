//! The sign-in after a sign-up.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::{
    operation::initiate_auth::builders::InitiateAuthFluentBuilder, types::AuthFlowType,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{CLIENT_ID, PoolSettings, SECRET, SignIn, Stage, outcome, secret_hash, settings};

const ADA: &str = "ada@example.com";
const INVALID: &str = "NotAuthorizedException: Invalid session for the user";

#[tokio::test]
async fn a_confirmed_user_signs_in_once_with_the_session_of_the_confirm() {
    let stage = start().await;
    let first = sign_up(&stage).await;
    let second = confirm(&stage, &first).await;

    let result = initiate_auth(&stage, &second).send().await.unwrap();
    let again = initiate_auth(&stage, &second).send().await;
    let earlier = initiate_auth(&stage, &first).send().await;

    let tokens = result.authentication_result().unwrap();
    let (id, access) = (claims(tokens.id_token()), claims(tokens.access_token()));
    assert_eq!((id["token_use"].as_str(), id["email"].as_str()), (Some("id"), Some(ADA)));
    assert_eq!((&id["aud"], &id["email_verified"]), (&CLIENT_ID.into(), &true.into()));
    assert_eq!((&access["client_id"], &access["sub"]), (&CLIENT_ID.into(), &id["sub"]));
    assert_eq!((tokens.expires_in(), tokens.token_type()), (3600, Some("Bearer")));
    assert!(tokens.refresh_token().is_some());
    assert_eq!(outcome(again), format!("{INVALID}, session can only be used once."));
    assert_eq!(outcome(earlier), format!("{INVALID}."));
}

#[tokio::test]
async fn sessions_expire_after_three_minutes() {
    let stage = start().await;
    let first = sign_up(&stage).await;
    stage.pool.state().advance(Duration::from_mins(3));
    let expired = stage.confirm(ADA, &stage.code(ADA)).session(&first).send().await;
    let without = stage.confirm(ADA, &stage.code(ADA)).send().await.unwrap();

    let other = start().await;
    let second = confirm(&other, &sign_up(&other).await).await;
    other.pool.state().advance(Duration::from_mins(3));
    let late = initiate_auth(&other, &second).send().await;

    assert_eq!(outcome(expired), format!("{INVALID}, session is expired."));
    assert_eq!(without.session(), None, "the pool returned no session");
    assert_eq!(outcome(late), format!("{INVALID}, session is expired."));
}

#[tokio::test]
async fn rejects_every_other_sign_in() {
    let stage = start().await;
    let disabled = Stage::start(SignIn::Email).await;
    let first = sign_up(&stage).await;
    let flow = |name: &str| initiate_auth(&stage, &first).auth_flow(AuthFlowType::from(name));

    let early = initiate_auth(&stage, &first).send().await;
    let foreign = stage.confirm(ADA, &stage.code(ADA)).session("s".repeat(20)).send().await;
    let second = confirm(&stage, &first).await;
    let without = initiate_auth(&stage, &second).set_session(None).send().await;
    let hash = initiate_auth(&stage, &second).auth_parameters("SECRET_HASH", "none").send().await;
    let unknown = initiate_auth(&stage, &second)
        .auth_parameters("USERNAME", "bob@example.com")
        .auth_parameters("SECRET_HASH", secret_hash(SECRET, "bob@example.com"));

    assert_eq!(outcome(early), "UserNotConfirmedException: User is not confirmed.");
    assert_eq!(outcome(foreign), format!("{INVALID}."));
    assert_eq!(outcome(without), format!("{INVALID}."));
    assert_eq!(
        outcome(hash),
        format!("NotAuthorizedException: Unable to verify secret hash for client {CLIENT_ID}")
    );
    assert_eq!(
        outcome(unknown.send().await),
        "NotAuthorizedException: Incorrect username or password."
    );
    for (result, flow) in [
        (flow("USER_PASSWORD_AUTH").send().await, "USER_PASSWORD_AUTH"),
        (initiate_auth(&disabled, &second).send().await, "USER_AUTH"),
    ] {
        assert_eq!(
            outcome(result),
            format!("InvalidParameterException: {flow} flow not enabled for this client")
        );
    }
}

#[tokio::test]
async fn records_no_password() {
    let stage = start().await;
    let password = initiate_auth(&stage, &"s".repeat(20)).auth_parameters("PASSWORD", "swordfish");

    outcome(password.send().await);

    let recorded = stage.get("/sandbox/requests").await;
    assert_eq!(recorded["requests"][0]["operation"], "InitiateAuth");
    assert_eq!(recorded["requests"][0]["has_password"], true);
    assert!(!recorded.to_string().contains("swordfish"), "{recorded}");
}

async fn start() -> Stage {
    Stage::with(PoolSettings { user_auth: true, ..settings(SignIn::Email) }).await
}

async fn sign_up(stage: &Stage) -> String {
    stage.sign_up(ADA).send().await.unwrap().session().unwrap().to_owned()
}

async fn confirm(stage: &Stage, session: &str) -> String {
    let confirmed = stage.confirm(ADA, &stage.code(ADA)).session(session).send().await.unwrap();
    confirmed.session().unwrap().to_owned()
}

fn initiate_auth(stage: &Stage, session: &str) -> InitiateAuthFluentBuilder {
    stage
        .client
        .initiate_auth()
        .client_id(CLIENT_ID)
        .auth_flow(AuthFlowType::UserAuth)
        .auth_parameters("USERNAME", ADA)
        .auth_parameters("SECRET_HASH", secret_hash(SECRET, ADA))
        .session(session)
}

/// Returns the claims of a JWT that has no signature.
fn claims(token: Option<&str>) -> Value {
    let parts: Vec<&str> = token.unwrap().split('.').collect();
    assert_eq!((parts.len(), parts.last()), (3, Some(&"")), "{parts:?}");
    let part = |text| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let header: Value = part(parts[0]);
    assert_eq!(header["alg"], "none");
    part(parts[1])
}
