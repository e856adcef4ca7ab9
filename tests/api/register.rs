//! The common cases of `POST /register`.

use serde_json::json;

use crate::{
    scripted::{Reply, ScriptedServer},
    support::Service,
};

#[actix_web::test]
async fn creates_an_account_and_returns_the_delivery_of_the_code() {
    let service = Service::start(&[]).await;

    let response = service.register_email("  Ada@Example.COM ").await;

    assert_eq!(response.status, 201, "{}", response.text);
    let body = response.json();
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
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(service.pool().messages(Some("ada@example.com")).len(), 1);
}

#[actix_web::test]
async fn repeated_sign_up_is_pending_for_the_owner_and_a_conflict_for_another_password() {
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
    assert_eq!(stranger.violations(), ["/email taken"]);
}

#[actix_web::test]
async fn reports_a_code_only_if_the_pool_reports_one() {
    let code = "confirmation_required confirm";
    let approval = "approval_required wait";
    for (members, expected) in [
        (r#""UserConfirmed":false"#, approval),
        (r#""Session":"a-session-of-20-characters""#, approval),
        (r#""UserConfirmed":false,"CodeDeliveryDetails":null"#, approval),
        (r#""UserConfirmed":false,"CodeDeliveryDetails":{}"#, approval),
        (r#""UserConfirmed":false,"CodeDeliveryDetails":{"DeliveryMedium":"EMAIL"}"#, code),
        (r#""UserConfirmed":false,"CodeDeliveryDetails":{"DeliveryMedium":"PIGEON"}"#, code),
        (r#""UserConfirmed":false,"CodeDeliveryDetails":{"Destination":"a***@e***"}"#, code),
        (r#""UserConfirmed":true"#, "confirmed sign_in"),
    ] {
        let body = format!(r#"{{"UserSub":"7c9e6679-7425-40de-944b-e07fc1f90ae7",{members}}}"#);
        let pool = ScriptedServer::start(move |_| {
            Reply::of("200 OK\nContent-Type: application/x-amz-json-1.1", &body)
        })
        .await;
        let service = Service::start(&[("COGNITO__ENDPOINT", &pool.url)]).await;

        let response = service.register_email("ada@example.com").await;

        assert_eq!(response.status, 201, "{members}: {}", response.text);
        assert_eq!(response.status_and_next(), expected, "{members}");
    }
}

#[actix_web::test]
async fn returns_every_violation_at_once() {
    let service = Service::start(&[]).await;

    let response = service
        .register(&json!({
            "email": "nope", "password": "short", "nickname": "x",
            "attributes": {"given_name": "Ada"}, "consents": {"terms": "1"},
        }))
        .await;

    response.assert_problem(422, "invalid-registration", "an invalid form");
    assert_eq!(
        response.violations(),
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
    assert_eq!(response.json()["errors"][1]["detail"], "Use at least 8 characters.");
    assert!(service.pool().requests(None).is_empty(), "the pool received no call");
}
