//! The pool's other app clients, and the operations of administrators.

use aws_sdk_cognitoidentityprovider::types::UserPoolClientDescription;
use cognito_sandbox::OtherClient;

use super::{CLIENT_ID, PASSWORD, SignIn, Stage, outcome};

const POOL: &str = "eu-central-1_Sandbox01";

fn other(id: &str, secret: Option<&str>) -> OtherClient {
    OtherClient { id: id.to_owned(), name: "web".to_owned(), secret: secret.map(Into::into) }
}

#[tokio::test]
async fn a_public_client_signs_users_up_without_a_secret_hash() {
    let stage = Stage::start(SignIn::Email).await;
    stage.pool.state().add_client(other("7web", None));
    stage.pool.state().add_client(other("8back", Some("another-secret")));
    let sign_up = |client: &str| {
        stage
            .client
            .sign_up()
            .client_id(client)
            .username("ada@example.com")
            .password(PASSWORD)
            .send()
    };

    let confidential = outcome(sign_up("8back").await);
    let public = outcome(sign_up("7web").await);
    let unknown = outcome(sign_up("9none").await);

    assert!(confidential.contains("SECRET_HASH was not received"), "{confidential}");
    assert_eq!(public, "ok");
    assert_eq!(unknown, "ResourceNotFoundException: User pool client 9none does not exist.");
}

#[tokio::test]
async fn lists_all_clients_one_page_at_a_time() {
    let stage = Stage::start(SignIn::Email).await;
    for number in 0..4 {
        stage.pool.state().add_client(other(&format!("7client{number}"), None));
    }
    let page = |token: Option<String>| {
        let call = stage.client.list_user_pool_clients().user_pool_id(POOL).max_results(3);
        call.set_next_token(token).send()
    };
    let ids = |clients: &[UserPoolClientDescription]| -> Vec<String> {
        clients.iter().filter_map(|client| client.client_id().map(str::to_owned)).collect()
    };

    let first = page(None).await.unwrap();
    let second = page(first.next_token().map(str::to_owned)).await.unwrap();

    assert_eq!(ids(first.user_pool_clients()), [CLIENT_ID, "7client0", "7client1"]);
    assert_eq!(ids(second.user_pool_clients()), ["7client2", "7client3"]);
    assert_eq!(second.next_token(), None);
}

#[tokio::test]
async fn describes_a_client_with_its_own_secret_or_none() {
    let stage = Stage::start(SignIn::Email).await;
    stage.pool.state().add_client(other("7web", None));
    stage.pool.state().add_client(other("8back", Some("another-secret")));

    for (id, expected) in [("7web", None), ("8back", Some("another-secret"))] {
        let call = stage.client.describe_user_pool_client().user_pool_id(POOL).client_id(id);
        let client = call.send().await.unwrap().user_pool_client.unwrap();
        assert_eq!((client.client_id(), client.client_secret()), (Some(id), expected));
    }
}

#[tokio::test]
async fn lists_the_active_secrets_without_their_values() {
    let stage = Stage::start(SignIn::Email).await;
    stage.pool.state().add_client(other("7web", None));

    for (id, expected) in [(CLIENT_ID, 1), ("7web", 0)] {
        let call = stage.client.list_user_pool_client_secrets().user_pool_id(POOL).client_id(id);
        let response = call.send().await.unwrap();

        let secrets = response.client_secrets();
        assert_eq!(secrets.len(), expected, "{id}");
        assert!(secrets.iter().all(|secret| secret.client_secret_value().is_none()), "{id}");
    }
}

#[tokio::test]
async fn rejects_operations_that_the_credentials_do_not_allow() {
    let stage = Stage::start(SignIn::Email).await;
    stage.pool.state().deny("DescribeUserPool");

    let denied = stage.client.describe_user_pool().user_pool_id(POOL).send().await;
    let allowed = stage.client.list_user_pool_clients().user_pool_id(POOL).send().await;

    assert!(outcome(denied).starts_with("AccessDeniedException: User: arn:aws:iam::"));
    assert_eq!(outcome(allowed), "ok");
}
