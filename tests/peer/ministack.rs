//! MiniStack 1.5.33, an emulator by another project, with `AUTH=true`.

use std::env;

use aws_sdk_cognitoidentityprovider::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::{
        PreventUserExistenceErrorTypes, UsernameAttributeType, UsernameConfigurationType,
        VerifiedAttributeType,
    },
};

use crate::{
    flow,
    tables::{AWS, Difference, assert_conforms},
    target::{Codes, Mode, Target},
};

const REGION: &str = "eu-central-1";

/// The differences from AWS, in both kinds of pools.
const DIFFERENCES: [Difference; 5] = [
    Difference {
        case: "a weak password that the pool rejects",
        aws: "422 invalid_registration /password too_short [not_created]",
        peer: "422 invalid_registration /password too_short /password needs_uppercase \
               /password needs_number /password needs_symbol [not_created]",
        why: "it reports every violated rule, AWS reports one",
    },
    Difference {
        case: "an attribute that the pool does not have",
        aws: "502 misconfigured [not_created]",
        peer: "201 confirmation_required confirm [created]",
        why: "it stores attributes outside the schema, AWS responds with InvalidParameterException",
    },
    Difference {
        case: "the destination of its code",
        aws: "email, masked",
        peer: "email, not masked",
        why: "SignUp returns the whole address, AWS masks it",
    },
    Difference {
        case: "a code for an unknown user",
        aws: "422 expired_code [not_confirmed]",
        peer: "422 invalid_code [not_confirmed]",
        why: "it reports a wrong code for an unknown user, AWS reports an expired one",
    },
    Difference {
        case: "a new code, once confirmed",
        aws: "202 code_sent confirm [not_sent]",
        peer: "202 code_sent confirm [sent]",
        why: "it sends a code, AWS responds with InvalidParameterException",
    },
];

#[actix_web::test]
async fn ministack_conforms_to_aws_with_email_user_names() {
    conforms(Mode::Email).await;
}

#[actix_web::test]
async fn ministack_conforms_to_aws_with_chosen_user_names() {
    conforms(Mode::Chosen).await;
}

async fn conforms(mode: Mode) {
    let target = pool(&endpoint(), mode).await;

    let seen = flow::run(&target).await;

    assert_eq!(seen.len(), AWS.len(), "all cases ran");
    assert_conforms(&seen, mode, &DIFFERENCES);
}

/// Returns the URL of the emulator that all tests share. Panics without one, because a suite
/// without the peer must not pass.
#[expect(clippy::disallowed_methods, reason = "it is a setting of the tests")]
fn endpoint() -> String {
    env::var("VESTIBULE_TEST_PEER").unwrap_or_else(|_| {
        panic!(
            "VESTIBULE_TEST_PEER is not set, and this test needs MiniStack: run `make test`, or \
             `tests/with-ministack cargo nextest run`"
        )
    })
}

/// Creates a pool that no other test knows, and an app client with a secret.
async fn pool(endpoint: &str, mode: Mode) -> Target {
    let client = administrator(endpoint);
    let by_email = (mode == Mode::Email).then_some(UsernameAttributeType::Email);
    let as_the_console_does = UsernameConfigurationType::builder()
        .case_sensitive(false)
        .build()
        .expect("nothing is missing");
    let pool = client
        .create_user_pool()
        .pool_name("conformance")
        .set_username_attributes(by_email.map(|attribute| vec![attribute]))
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .username_configuration(as_the_console_does)
        .send()
        .await
        .expect("the pool is made");
    let pool = pool.user_pool.and_then(|pool| pool.id).expect("it has an id");
    let app_client = client
        .create_user_pool_client()
        .user_pool_id(&pool)
        .client_name("vestibule")
        .generate_secret(true)
        .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled)
        .send()
        .await
        .expect("the app client is made");
    let app_client = app_client.user_pool_client.expect("it is described");
    Target {
        endpoint: endpoint.to_owned(),
        region: REGION.to_owned(),
        pool_id: pool,
        client_id: app_client.client_id.expect("it has an id"),
        client_secret: app_client.client_secret.expect("it has a secret"),
        mode,
        codes: Codes::Fixed("123456".to_owned()),
        address: "walk+{}@example.com".to_owned(),
    }
}

/// Creates a client with arbitrary credentials, which the emulator accepts.
fn administrator(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}
