//! `POST /register/resend`.

use serde_json::json;

use crate::support::{CLIENT_ID, PASSWORD, Response, Service};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

fn assert_code_sent(response: &Response, case: &str) {
    assert_eq!(response.status, 202, "{case}: {}", response.text);
    assert_eq!(response.text, r#"{"status":"code_sent","next":"confirm"}"#, "{case}");
    assert_eq!(response.header("cache-control"), Some("no-store"), "{case}");
}

#[actix_web::test]
async fn sends_a_new_code_that_replaces_the_old_one() {
    let service = Service::start(&[]).await;
    assert_eq!(service.register_email("ada@example.com").await.status, 201);
    let old = service.last_code();

    // Two random codes can be equal.
    let mut new = old.clone();
    while new == old {
        let response = service.resend(&json!({"username": " Ada@Example.com "})).await;
        assert_code_sent(&response, "a new code");
        new = service.last_code();
    }
    let with_old = service.confirm_code("ada@example.com", &old).await;
    let with_new = service.confirm_code("ada@example.com", &new).await;

    with_old.assert_problem(422, "invalid-code", "the old code");
    assert_eq!(with_new.status, 200, "{}", with_new.text);
}

#[actix_web::test]
async fn responses_are_byte_identical_for_every_account_state() {
    for settings in [&[][..], &[CONCEAL]] {
        let service = Service::start(settings).await;
        for email in ["waiting@example.com", "done@example.com"] {
            service.register_email(email).await;
        }
        let code = service.code_for("done@example.com");
        assert_eq!(service.confirm_code("done@example.com", &code).await.status, 200);

        let first = service.resend(&json!({"username": "waiting@example.com"})).await;
        assert_code_sent(&first, "an unconfirmed account");
        for email in [
            "unknown@example.com",
            "done@example.com",
            "resend.user-not-found@example.com",
            "resend.user-not-found-other-wording@example.com",
            "resend.invalid-parameter-confirmed@example.com",
            "resend.not-authorized-disabled@example.com",
        ] {
            let response = service.resend(&json!({"username": email})).await;

            assert_eq!(response.comparable(), first.comparable(), "{settings:?}: {email}");
        }
        assert_eq!(service.pool().messages(Some("unknown@example.com")).len(), 0);
    }
}

#[actix_web::test]
async fn conceal_mode_hides_delivery_failures() {
    let service = Service::start(&[CONCEAL]).await;
    let unknown_user = service.resend(&json!({"username": "unknown@example.com"})).await;
    for case in ["code-delivery-failure", "limit-exceeded-daily-email"] {
        let response =
            service.resend(&json!({"username": format!("resend.{case}@example.com")})).await;

        assert_eq!(response.comparable(), unknown_user.comparable(), "{case}");
    }
}

#[actix_web::test]
async fn conceal_mode_returns_other_failures() {
    let service = Service::start(&[CONCEAL]).await;
    for (case, status, problem) in [
        ("resource-not-found", 502, "misconfigured"),
        ("not-authorized-auto-verification", 502, "misconfigured"),
        ("internal-error", 502, "upstream-failed"),
        ("too-many-requests", 503, "busy"),
    ] {
        let response =
            service.resend(&json!({"username": format!("resend.{case}@example.com")})).await;

        response.assert_problem(status, problem, case);
    }
}

#[actix_web::test]
async fn sends_every_field_and_no_others() {
    let service = Service::start(&[
        ("REGISTRATION__CLIENT_METADATA__ALLOW", "campaign"),
        ("REGISTRATION__CLIENT_METADATA__FILL", r#"{ browser = "user_agent" }"#),
    ])
    .await;
    let form = json!({
        "username": "ADA@example.com",
        "client_metadata": {"campaign": "spring"},
        "analytics_endpoint_id": "endpoint-7",
        "device_data": "no such thing",
    });

    let request = service.post("/register/resend").header("user-agent", "Mozilla/5.0 (X11)");
    assert_code_sent(&Response::of(request.json(&form)).await, "every field");

    let mut calls = service.calls("ResendConfirmationCode", "ada@example.com");
    assert_eq!(calls.len(), 1, "{calls:?}");
    let mut sent = calls.remove(0).body;
    assert!(sent.remove("SecretHash").is_some_and(|hash| hash.is_string()));
    assert_eq!(
        json!(sent),
        json!({
            "ClientId": CLIENT_ID,
            "Username": "ada@example.com",
            "ClientMetadata": {"campaign": "spring", "browser": "Mozilla/5.0 (X11)"},
            "AnalyticsMetadata": {"AnalyticsEndpointId": "endpoint-7"},
        })
    );
    assert_eq!(service.metric("device_data_dropped_total").await, 1);
}

#[actix_web::test]
async fn accepts_the_username_of_the_sign_up_response_in_every_mode() {
    for (mode, form) in [
        ("phone", json!({"phone_number": "+14155550100"})),
        ("chosen", json!({"username": "Ada_L", "email": "ada@example.com"})),
        ("generated", json!({"email": "ada@example.com"})),
    ] {
        let service = Service::start(&[("REGISTRATION__USERNAME", mode)]).await;
        let mut form = form;
        form["password"] = json!(PASSWORD);
        let username = service.register(&form).await.json()["username"].clone();

        let response = service.resend(&json!({"username": username})).await;

        assert_code_sent(&response, mode);
        assert_eq!(service.pool().messages(None).len(), 2, "{mode}");
    }
}
