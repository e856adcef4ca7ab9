//! `POST /register` as people use it.

use serde_json::json;

use crate::support::{PASSWORD, Service};

#[actix_web::test]
async fn creates_an_account_and_says_where_the_code_went() {
    let service = Service::start(&[]).await;

    let answer = service.register_email("  Ada@Example.COM ").await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let body = answer.json();
    let user_id = body["user_id"].clone();
    assert_eq!(
        body,
        json!({
            "status": "confirmation_required",
            "user_id": user_id,
            "username": "ada@example.com",
            "delivery": {"medium": "email", "destination": "a***@e***", "attribute": "email"},
            "next": "confirm",
        })
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(service.pool().messages(Some("ada@example.com")).len(), 1);
}

#[actix_web::test]
async fn tells_a_stranger_that_the_account_exists_and_its_owner_that_it_waits() {
    let service = Service::start(&[]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);

    let owner = service.register_email("ada@example.com").await;
    let stranger =
        service.register(&json!({"email": "ada@example.com", "password": "Another-pass-9"})).await;

    assert_eq!(owner.status, 202, "{}", owner.text);
    assert_eq!(
        owner.json(),
        json!({"status": "confirmation_required", "username": "ada@example.com", "next": "confirm"})
    );
    stranger.assert_problem(409, "account-exists", "another password");
    assert_eq!(stranger.mistakes(), ["/email taken"]);
}

#[actix_web::test]
async fn names_every_mistake_at_once() {
    let service = Service::start(&[]).await;

    let answer = service
        .register(&json!({
            "email": "nope", "password": "short", "nickname": "x",
            "attributes": {"given_name": "Ada"}, "consents": {"terms": "1"},
        }))
        .await;

    answer.assert_problem(422, "invalid-registration", "a bad form");
    assert_eq!(
        answer.mistakes(),
        [
            "/email invalid_email",
            "/password too_short",
            "/password needs_uppercase",
            "/password needs_number",
            "/password needs_symbol",
            "/attributes/given_name not_allowed",
            "/consents/terms not_allowed",
            "/nickname unknown_field",
        ]
    );
    assert_eq!(answer.json()["errors"][1]["detail"], "Use at least 8 characters.");
    assert!(service.pool().requests(None).is_empty(), "nothing was sent upstream");
    let _ = PASSWORD;
}
