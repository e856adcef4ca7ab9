//! The pool's ordinary behaviour.

use std::time::Duration;

use super::{CLIENT_ID, SECRET, SignIn, Stage, attribute, outcome, secret_hash, settings};

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
async fn refuses_duplicates_whatever_their_case() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up(ADA).send().await.unwrap();

    let second = outcome(stage.sign_up("Ada@Example.com").send().await);

    assert_eq!(
        second,
        "UsernameExistsException: An account with the given email already exists."
    );
}

#[tokio::test]
async fn checks_the_client_and_its_secret() {
    let mut two_secrets = settings(SignIn::Email);
    two_secrets.client_secrets.push("second".into());
    let stage = Stage::with(two_secrets).await;
    let public = Stage::with(super::PoolSettings {
        client_secrets: Vec::new(),
        ..settings(SignIn::Email)
    })
    .await;
    let unable =
        format!("NotAuthorizedException: Unable to verify secret hash for client {CLIENT_ID}");

    let wrong = stage
        .sign_up(ADA)
        .secret_hash(secret_hash("guess", ADA))
        .send()
        .await;
    let other_case = stage
        .sign_up(ADA)
        .secret_hash(secret_hash(SECRET, "Ada@example.com"))
        .send()
        .await;
    let missing = stage.sign_up(ADA).set_secret_hash(None).send().await;
    let unknown = stage.sign_up(ADA).client_id("nobody").send().await;
    let secondary = stage
        .sign_up(ADA)
        .secret_hash(secret_hash("second", ADA))
        .send()
        .await;
    let needless = public.sign_up(ADA).send().await;
    let without = public.sign_up(ADA).set_secret_hash(None).send().await;

    assert_eq!(outcome(wrong), unable);
    assert_eq!(outcome(other_case), unable);
    assert_eq!(
        outcome(missing),
        format!(
            "NotAuthorizedException: Client {CLIENT_ID} is configured with secret but SECRET_HASH was not received"
        )
    );
    assert_eq!(
        outcome(unknown),
        "ResourceNotFoundException: User pool client nobody does not exist."
    );
    assert_eq!(outcome(secondary), "ok");
    assert_eq!(outcome(needless), unable);
    assert_eq!(outcome(without), "ok");
}

#[test]
fn the_secret_hash_is_the_documented_one() {
    assert_eq!(
        secret_hash(SECRET, "+15551234567"),
        "5nAkRgUw5Vx7SIUEmv6HrgEXPK/SwtnH5F8rxZL+71w="
    );
}

#[tokio::test]
async fn names_the_first_broken_rule_for_a_password() {
    let stage = Stage::start(SignIn::Email).await;
    let policy = "InvalidPasswordException: Password did not conform with policy: Password";
    let model = "InvalidParameterException: 1 validation error detected: Value at 'password' failed to satisfy constraint: Member must";
    let cases = [
        ("Short-7", format!("{policy} not long enough")),
        (
            "correct-horse-7",
            format!("{policy} must have uppercase characters"),
        ),
        (
            "CORRECT-HORSE-7",
            format!("{policy} must have lowercase characters"),
        ),
        (
            "Correct-Horse",
            format!("{policy} must have numeric characters"),
        ),
        (
            "CorrectHorse7",
            format!("{policy} must have symbol characters"),
        ),
        (
            "Éorrect-horse-7",
            format!("{policy} must have uppercase characters"),
        ),
        (
            "Aa-7",
            format!("{model} have length greater than or equal to 6"),
        ),
        (
            " Correct-Horse-7",
            format!(r"{model} satisfy regular expression pattern: ^[\S]+.*[\S]+$"),
        ),
        ("Correct Horse 7", "ok".to_owned()),
    ];

    for (password, expected) in cases {
        let seen = outcome(stage.sign_up(ADA).password(password).send().await);
        assert_eq!(seen, expected, "{password}");
    }
}

#[tokio::test]
async fn refuses_names_and_attributes_that_the_pool_does_not_take() {
    let email = Stage::start(SignIn::Email).await;
    let phone = Stage::start(SignIn::Phone).await;
    let alias = Stage::start(SignIn::Alias).await;
    let invalid = "InvalidParameterException";
    let schema = "InvalidParameterException: Attributes did not conform to the schema";
    let unauthorized = "NotAuthorizedException: A client attempted to write unauthorized attribute";
    let cases = [
        (
            &email,
            "ada",
            None,
            format!("{invalid}: Username should be an email."),
        ),
        (
            &phone,
            "ada",
            None,
            format!("{invalid}: Username should be a phone number."),
        ),
        (
            &alias,
            ADA,
            None,
            format!(
                "{invalid}: Username cannot be of email format, since user pool is configured for email alias."
            ),
        ),
        (
            &email,
            ADA,
            Some(("email", "b@example.com")),
            format!("{invalid}: Username should match the email attribute."),
        ),
        (
            &email,
            ADA,
            Some(("phone_number", "0415")),
            format!("{invalid}: Invalid phone number format."),
        ),
        (
            &alias,
            "ada",
            Some(("email", "ada@x")),
            format!("{invalid}: Invalid email address format."),
        ),
        (
            &email,
            ADA,
            Some(("shoe_size", "38")),
            format!("{schema}: shoe_size: Attribute does not exist in the schema."),
        ),
        (
            &email,
            ADA,
            Some(("birthdate", "1815")),
            format!("{schema}: birthdate: Invalid date format, expected YYYY-MM-DD."),
        ),
        (
            &email,
            ADA,
            Some(("email_verified", "true")),
            unauthorized.to_owned(),
        ),
        (&email, ADA, Some(("sub", "1")), unauthorized.to_owned()),
        (
            &email,
            "ada lovelace@example.com",
            None,
            format!(
                r"{invalid}: 1 validation error detected: Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{{L}}\p{{M}}\p{{S}}\p{{N}}\p{{P}}]+"
            ),
        ),
        (&email, ADA, Some(("custom:plan", "free")), "ok".to_owned()),
    ];

    for (stage, username, extra, expected) in cases {
        let extra = extra.map(|(name, value)| vec![attribute(name, value)]);
        let seen = outcome(
            stage
                .sign_up(username)
                .set_user_attributes(extra.clone())
                .send()
                .await,
        );
        assert_eq!(seen, expected, "{username} {extra:?}");
    }
}

#[tokio::test]
async fn a_new_code_kills_the_old_and_a_day_kills_the_new() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up(ADA).send().await.unwrap();
    let first = stage.code(ADA);
    stage.resend(ADA).send().await.unwrap();
    let second = stage.code(ADA);

    let old = stage.confirm(ADA, &first).send().await;
    stage.pool.state().advance(Duration::from_hours(25));
    let late = stage.confirm(ADA, &second).send().await;

    // One time in a million the two are the same, and the old one is merely late.
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
async fn says_nothing_about_users_that_do_not_exist() {
    let stage = Stage::start(SignIn::Email).await;

    let confirm = stage.confirm("nobody@example.com", "123456").send().await;
    let resend = stage.resend("nobody@example.com").send().await.unwrap();

    assert_eq!(
        outcome(confirm),
        "ExpiredCodeException: Invalid code provided, please request a code again."
    );
    assert_eq!(
        resend.code_delivery_details().unwrap().destination(),
        Some("n***@e***")
    );
    assert!(stage.pool.state().messages(None).is_empty());
}

#[tokio::test]
async fn a_confirmed_user_is_not_confirmed_again() {
    let stage = Stage::start(SignIn::Email).await;
    let sub = stage
        .sign_up(ADA)
        .send()
        .await
        .unwrap()
        .user_sub()
        .to_owned();
    let code = stage.code(ADA);
    stage.confirm(&sub, &code).send().await.unwrap();

    let confirm = stage.confirm(ADA, &code).send().await;
    let resend = stage.resend(ADA).send().await;

    assert_eq!(
        outcome(confirm),
        "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED"
    );
    assert_eq!(
        outcome(resend),
        "InvalidParameterException: User is already confirmed."
    );
}

#[tokio::test]
async fn five_codes_and_fifteen_tries_an_hour() {
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
async fn an_alias_is_taken_at_confirmation_and_not_before() {
    let stage = Stage::start(SignIn::Alias).await;
    let email = || attribute("email", ADA);
    stage
        .sign_up("ada")
        .user_attributes(email())
        .send()
        .await
        .unwrap();
    stage
        .sign_up("impostor")
        .user_attributes(email())
        .send()
        .await
        .unwrap();

    stage
        .confirm("ada", &stage.code("ada"))
        .send()
        .await
        .unwrap();
    let second = stage
        .confirm("impostor", &stage.code("impostor"))
        .send()
        .await;
    let by_alias = stage.resend(ADA).send().await;

    assert_eq!(
        outcome(second),
        "AliasExistsException: An account with the email already exists."
    );
    assert_eq!(stage.status("impostor"), Some("UNCONFIRMED"));
    assert_eq!(
        outcome(by_alias),
        "InvalidParameterException: User is already confirmed."
    );
}

#[tokio::test]
async fn a_passwordless_pool_takes_no_password_and_an_auto_confirming_one_sends_no_code() {
    let strict = Stage::start(SignIn::Email).await;
    let easy = Stage::with(super::PoolSettings {
        passwordless: true,
        auto_confirm: true,
        ..settings(SignIn::Email)
    })
    .await;

    let refused = strict.sign_up(ADA).set_password(None).send().await;
    let created = easy.sign_up(ADA).set_password(None).send().await.unwrap();

    assert!(outcome(refused).starts_with(
        "InvalidParameterException: 1 validation error detected: Value at 'password'"
    ));
    assert!(created.user_confirmed());
    assert!(created.code_delivery_details().is_none());
    assert!(created.session().is_some());
    assert!(easy.pool.state().messages(None).is_empty());
}

#[tokio::test]
async fn describes_itself_as_its_settings_say() {
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
    let other = stage
        .client
        .describe_user_pool()
        .user_pool_id("eu-central-1_Other")
        .send()
        .await;

    let pool = pool.user_pool().unwrap();
    assert_eq!(
        pool.policies()
            .unwrap()
            .password_policy()
            .unwrap()
            .minimum_length(),
        Some(8)
    );
    assert_eq!(pool.username_attributes()[0].as_str(), "email");
    assert_eq!(pool.auto_verified_attributes()[0].as_str(), "email");
    assert!(!pool.username_configuration().unwrap().case_sensitive());
    assert!(
        pool.schema_attributes()
            .iter()
            .any(|attribute| attribute.name() == Some("given_name"))
    );
    assert_eq!(
        client.user_pool_client().unwrap().client_secret(),
        Some(SECRET)
    );
    assert_eq!(
        outcome(other),
        "ResourceNotFoundException: User pool eu-central-1_Other does not exist."
    );
}

#[tokio::test]
async fn answers_what_it_does_not_know_as_aws_does() {
    let stage = Stage::start(SignIn::Email).await;
    let post = |target: &'static str, body: &'static str| {
        let request = reqwest::Client::new()
            .post(stage.pool.url())
            .header("x-amz-target", target)
            .body(body);
        async move {
            let answer = request.send().await.unwrap();
            let (status, header) = (
                answer.status(),
                answer.headers()["x-amzn-errortype"]
                    .to_str()
                    .unwrap()
                    .to_owned(),
            );
            (status.as_u16(), header)
        }
    };

    let operation = post("AWSCognitoIdentityProviderService.AdminGetUser", "{}").await;
    let body = post("AWSCognitoIdentityProviderService.SignUp", "[").await;
    let unsigned = post(
        "AWSCognitoIdentityProviderService.DescribeUserPoolClient",
        "{}",
    )
    .await;

    assert_eq!(operation, (400, "UnknownOperationException:".to_owned()));
    assert_eq!(body, (400, "SerializationException:".to_owned()));
    assert_eq!(
        unsigned,
        (400, "MissingAuthenticationTokenException:".to_owned())
    );
}

#[tokio::test]
async fn keeps_a_bounded_memory() {
    let state = super::super::PoolState::new(settings(SignIn::Username));

    for number in 0..10_050 {
        state.with(|records| records.name(&format!("user{number}")).calls.sign_up += 1);
    }

    let names = state.accounts(None).not_created;
    assert_eq!(names.len(), 10_000);
    assert_eq!(names[0].username, "user10049");
    assert!(state.accounts(Some("user0")).not_created.is_empty());
}
