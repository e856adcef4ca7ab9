//! The routes under `/sandbox/`.

use super::{SignIn, Stage, attribute, http_client};

#[tokio::test]
async fn shows_the_newest_message_first_and_filters_by_recipient() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    stage.sign_up("grace@example.com").send().await.unwrap();
    stage.resend("ada@example.com").send().await.unwrap();

    let all = stage.get("/sandbox/inbox").await;
    let grace = stage.get("/sandbox/inbox?to=grace%40example.com").await;

    assert_eq!(all["messages"].as_array().unwrap().len(), 3);
    assert_eq!(all["messages"][0]["to"], "ada@example.com");
    assert_eq!(all["messages"][0]["purpose"], "resend");
    assert_eq!(all["messages"][0]["medium"], "EMAIL");
    assert_eq!(all["messages"][0]["code"].as_str().unwrap().len(), 6);
    assert_eq!(grace["messages"].as_array().unwrap().len(), 1);
    assert_eq!(grace["messages"][0]["username"], "grace@example.com");
}

#[tokio::test]
async fn records_requests_without_the_password() {
    let stage = Stage::start(SignIn::Email).await;
    stage
        .sign_up("ada@example.com")
        .user_attributes(attribute("given_name", "Ada"))
        .client_metadata("campaign", "spring")
        .validation_data(attribute("invite", "K7Q"))
        .user_context_data(
            aws_sdk_cognitoidentityprovider::types::UserContextDataType::builder()
                .ip_address("203.0.113.7")
                .encoded_data("abc")
                .build(),
        )
        .send()
        .await
        .unwrap();

    let seen = stage.get("/sandbox/requests?username=ada%40example.com").await;

    let request = &seen["requests"][0];
    assert_eq!(request["operation"], "SignUp");
    assert_eq!(request["has_password"], true);
    assert_eq!(request["SecretHash"], super::secret_hash(super::SECRET, "ada@example.com"));
    assert_eq!(request["UserContextData"]["IpAddress"], "203.0.113.7");
    assert_eq!(request["ClientMetadata"]["campaign"], "spring");
    assert_eq!(request["ValidationData"][0]["Value"], "K7Q");
    assert_eq!(request["UserAttributes"][0]["Name"], "given_name");
    assert_eq!(request["headers"]["content-type"], "application/x-amz-json-1.1");
    assert!(!seen.to_string().contains(super::PASSWORD));
}

#[tokio::test]
async fn separates_accounts_from_names_without_an_account() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    let _ = stage.sign_up("Ada@example.com").send().await.unwrap_err();
    let _ = stage.sign_up("signup.waf-page@example.com").send().await.unwrap_err();

    let seen = stage.get("/sandbox/accounts").await;

    let account = &seen["accounts"][0];
    assert_eq!(account["username"], "ada@example.com");
    assert_eq!(account["status"], "UNCONFIRMED");
    assert_eq!(account["attributes"]["email"], "ada@example.com");
    assert_eq!((&account["sign_up_calls"], &account["creations"]), (&2.into(), &1.into()));
    assert_eq!(seen["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(seen["not_created"][0]["username"], "signup.waf-page@example.com");
    assert_eq!(seen["not_created"][0]["sign_up_calls"], 1);
}

#[tokio::test]
async fn deletes_an_account() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    let url = format!("{}/sandbox/accounts?username=Ada%40example.com", stage.pool.url());
    let delete = async || http_client().delete(&url).send().await.unwrap().status().as_u16();

    let statuses = [delete().await, delete().await];

    assert_eq!(statuses, [204, 404]);
    assert_eq!(stage.status("ada@example.com"), None);
    stage.sign_up("ada@example.com").send().await.unwrap();
}

#[tokio::test]
async fn rejects_pages_of_other_origins() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();
    let own = stage.pool.url();
    let all = ["GET /inbox", "GET /events", "GET /accounts", "GET /requests", "DELETE /state"];
    let delete = "DELETE /accounts?username=ada%40example.com";
    for (header, value) in
        [("origin", "https://www.example.com"), ("origin", "null"), ("host", "www.example.com")]
    {
        for route in all.iter().chain([&delete]) {
            let (method, path) = route.split_once(' ').unwrap();
            let url = format!("{own}/sandbox{path}");
            let request = http_client().request(method.parse().unwrap(), url);

            let status = request.header(header, value).send().await.unwrap().status();

            assert_eq!(status, 403, "{route}, {header}: {value}");
        }
    }
    assert_eq!(stage.status("ada@example.com"), Some("UNCONFIRMED"));
    let request = http_client().delete(format!("{own}/sandbox/state")).header("origin", &own);
    assert_eq!(request.send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn deletes_everything_on_request() {
    let stage = Stage::start(SignIn::Email).await;
    stage.sign_up("ada@example.com").send().await.unwrap();

    let request = http_client().delete(format!("{}/sandbox/state", stage.pool.url()));
    let status = request.send().await.unwrap().status();

    assert_eq!(status, 204);
    let inbox = stage.get("/sandbox/inbox").await;
    assert!(inbox["messages"].as_array().unwrap().is_empty());
    stage.sign_up("ada@example.com").send().await.unwrap();
}
