//! The exceptions of the pool and their messages.

use super::{
    CLIENT_ID, SECRET, SignIn, Stage, attribute, http_client, outcome, secret_hash, settings,
};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn rejects_duplicates_without_regard_to_case() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up(ADA).send().await.unwrap();

    let second = outcome(stage.sign_up("Ada@Example.com").send().await);

    assert_eq!(second, "UsernameExistsException: An account with the given email already exists.");
}

#[tokio::test]
async fn checks_the_client_and_its_secret() {
    let mut two_secrets = settings(SignIn::Email);
    two_secrets.client_secrets.push("second".into());
    let stage = Stage::with(two_secrets).await;
    let public =
        Stage::with(super::PoolSettings { client_secrets: Vec::new(), ..settings(SignIn::Email) })
            .await;
    let unable =
        format!("NotAuthorizedException: Unable to verify secret hash for client {CLIENT_ID}");

    let wrong = stage.sign_up(ADA).secret_hash(secret_hash("guess", ADA)).send().await;
    let other_case =
        stage.sign_up(ADA).secret_hash(secret_hash(SECRET, "Ada@example.com")).send().await;
    let missing = stage.sign_up(ADA).set_secret_hash(None).send().await;
    let unknown = stage.sign_up(ADA).client_id("unknown").send().await;
    let secondary = stage.sign_up(ADA).secret_hash(secret_hash("second", ADA)).send().await;
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
        "ResourceNotFoundException: User pool client unknown does not exist."
    );
    assert_eq!(outcome(secondary), "ok");
    assert_eq!(outcome(needless), unable);
    assert_eq!(outcome(without), "ok");
}

#[tokio::test]
async fn accepts_the_active_secrets_and_lists_them_without_their_values() {
    let stage = Stage::start(SignIn::Email).await;
    let pool = &settings(SignIn::Email).user_pool_id;
    stage.pool.state().set_client_secrets(&["second", "third"]);

    let list = stage.client.list_user_pool_client_secrets().user_pool_id(pool);
    let list = list.client_id(CLIENT_ID).send().await.unwrap().client_secrets.unwrap();

    assert_eq!(list.len(), 2);
    assert_ne!(list[0].client_secret_id, list[1].client_secret_id);
    assert!(list.iter().all(|secret| secret.client_secret_value.is_none()), "{list:?}");
    for (secret, expected) in [(SECRET, false), ("second", true)] {
        let hash = secret_hash(secret, ADA);
        let response = outcome(stage.sign_up(ADA).secret_hash(hash).send().await);
        assert_eq!(response == "ok", expected, "{secret}: {response}");
    }
}

#[test]
fn the_secret_hash_matches_a_known_value() {
    assert_eq!(secret_hash(SECRET, "+15551234567"), "5nAkRgUw5Vx7SIUEmv6HrgEXPK/SwtnH5F8rxZL+71w=");
}

#[tokio::test]
async fn reports_the_first_violated_rule_for_a_password() {
    let stage = Stage::start(SignIn::Email).await;
    let policy = "InvalidPasswordException: Password did not conform with policy: Password";
    let model = "InvalidParameterException: 1 validation error detected: Value at 'password' failed to satisfy constraint: Member must";
    let cases = [
        ("Short-7", format!("{policy} not long enough")),
        ("correct-horse-7", format!("{policy} must have uppercase characters")),
        ("CORRECT-HORSE-7", format!("{policy} must have lowercase characters")),
        ("Correct-Horse", format!("{policy} must have numeric characters")),
        ("CorrectHorse7", format!("{policy} must have symbol characters")),
        ("Éorrect-horse-7", format!("{policy} must have uppercase characters")),
        ("Aa-7", format!("{model} have length greater than or equal to 6")),
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
async fn rejects_invalid_names_and_attributes() {
    let email = Stage::start(SignIn::Email).await;
    let phone = Stage::start(SignIn::Phone).await;
    let alias = Stage::start(SignIn::Alias).await;
    let invalid = "InvalidParameterException";
    let schema = "InvalidParameterException: Attributes did not conform to the schema";
    let unauthorized = "NotAuthorizedException: A client attempted to write unauthorized attribute";
    let cases = [
        (&email, "ada", None, format!("{invalid}: Username should be an email.")),
        (&phone, "ada", None, format!("{invalid}: Username should be a phone number.")),
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
        (&email, ADA, Some(("email_verified", "true")), unauthorized.to_owned()),
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
        let seen = outcome(stage.sign_up(username).set_user_attributes(extra.clone()).send().await);
        assert_eq!(seen, expected, "{username} {extra:?}");
    }
}

#[tokio::test]
async fn does_not_reveal_unknown_users() {
    let stage = Stage::start(SignIn::Email).await;

    let confirm = stage.confirm("unknown@example.com", "123456").send().await;
    let resend = stage.resend("unknown@example.com").send().await.unwrap();

    assert_eq!(
        outcome(confirm),
        "ExpiredCodeException: Invalid code provided, please request a code again."
    );
    assert_eq!(resend.code_delivery_details().unwrap().destination(), Some("u***@e***"));
    assert!(stage.pool.state().messages(None).is_empty());
}

#[tokio::test]
async fn rejects_unknown_operations_as_aws_does() {
    let stage = Stage::start(SignIn::Email).await;
    let post = |target: &'static str, body: &'static str| {
        let request =
            http_client().post(stage.pool.url()).header("x-amz-target", target).body(body);
        async move {
            let response = request.send().await.unwrap();
            let (status, header) = (
                response.status(),
                response.headers()["x-amzn-errortype"].to_str().unwrap().to_owned(),
            );
            (status.as_u16(), header)
        }
    };

    let operation = post("AWSCognitoIdentityProviderService.AdminDisableUser", "{}").await;
    let body = post("AWSCognitoIdentityProviderService.SignUp", "[").await;
    let unsigned = post("AWSCognitoIdentityProviderService.DescribeUserPoolClient", "{}").await;

    assert_eq!(operation, (400, "UnknownOperationException:".to_owned()));
    assert_eq!(body, (400, "SerializationException:".to_owned()));
    assert_eq!(unsigned, (400, "MissingAuthenticationTokenException:".to_owned()));
}
