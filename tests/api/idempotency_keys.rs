//! `Idempotency-Key` at confirm and resend, and across routes. `tests/store/` tests it at sign-up.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Response, Service};

async fn post_with_key(service: &Service, path: &str, key: &str, body: &Value) -> Response {
    Response::of(service.post(path).header("Idempotency-Key", key).json(body)).await
}

fn assert_replayed(first: &Response, again: &Response, case: &str) {
    assert_eq!(first.header("idempotency-replayed"), None, "{case}");
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{case}");
    assert_eq!((first.status, &first.text), (again.status, &again.text), "{case}");
    for header in ["content-type", "content-language", "cache-control", "retry-after"] {
        assert_eq!(first.header(header), again.header(header), "{case}: {header}");
    }
}

#[actix_web::test]
async fn replays_a_confirm_response_without_a_call() {
    let service = Service::start(&[]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);
    let right = service.last_code();
    let wrong = if right == "123456" { "654321" } else { "123456" };
    for (key, code, status) in [("k1", wrong, 422), ("k2", &*right, 200)] {
        let body = json!({"username": "ada@example.com", "code": code});

        let first = post_with_key(&service, "/register/confirm", key, &body).await;
        let again = post_with_key(&service, "/register/confirm", key, &body).await;

        assert_eq!(first.status, status, "{key}: {}", first.text);
        assert_replayed(&first, &again, key);
    }
    assert_eq!(service.calls("ConfirmSignUp", "ada@example.com").len(), 2);
}

#[actix_web::test]
async fn replays_a_resend_response_without_a_message() {
    let service = Service::start(&[]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);
    let before = service.pool().messages(None).len();
    let body = json!({"username": "ada@example.com"});

    let first = post_with_key(&service, "/register/resend", "k", &body).await;
    let again = post_with_key(&service, "/register/resend", "k", &body).await;
    let with_a_new_key = post_with_key(&service, "/register/resend", "k2", &body).await;

    assert_eq!(first.status, 202, "{}", first.text);
    assert_replayed(&first, &again, "the second");
    assert_eq!(with_a_new_key.header("idempotency-replayed"), None);
    assert_eq!(service.pool().messages(None).len(), before + 2, "one message for each key");
}

#[actix_web::test]
async fn a_key_applies_to_one_route_and_one_body() {
    let service = Service::start(&[]).await;
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    let registered = post_with_key(&service, "/register", "k", &form).await;
    assert_eq!(registered.status, 201, "{}", registered.text);
    let code = service.last_code();
    let confirm = json!({"username": "ada@example.com", "code": code});

    let confirmed = post_with_key(&service, "/register/confirm", "k", &confirm).await;
    let resent =
        post_with_key(&service, "/register/resend", "k", &json!({"username": "a@b.example"})).await;

    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    assert_eq!(resent.status, 202, "{}", resent.text);
    for (path, body) in [
        ("/register/confirm", json!({"username": "ada@example.com", "code": "000000"})),
        ("/register/resend", json!({"username": "bob@example.com"})),
    ] {
        let other = post_with_key(&service, path, "k", &body).await;
        other.assert_problem(422, "idempotency-key-reused", path);
    }
}

#[actix_web::test]
async fn a_busy_response_frees_the_key() {
    let service = Service::start(&[("COGNITO__MAX_ATTEMPTS", "1")]).await;
    let email = "confirm.throttled-once+k@example.com";
    assert_eq!(service.register_email(email).await.status, 201);
    let body = json!({"username": email, "code": service.last_code()});

    let busy = post_with_key(&service, "/register/confirm", "k", &body).await;
    let confirmed = post_with_key(&service, "/register/confirm", "k", &body).await;

    busy.assert_problem(503, "busy", "the first");
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    assert_eq!(confirmed.header("idempotency-replayed"), None, "the busy response was not stored");
}
