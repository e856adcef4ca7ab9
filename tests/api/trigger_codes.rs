//! The responses after a rejection by the pre-sign-up trigger.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::{
    intercept::intercept,
    sample_triggers::in_both_languages,
    support::{PASSWORD, Response, Service, config, pool},
};

const CODES: (&str, &str) = (
    "REGISTRATION__TRIGGER_CODES",
    r#"{ invite_invalid = { detail = "This \"invitation\" is not valid.", fields = ["/validation_data/invite", "/email"] }, not_today = { detail = "Come back tomorrow." } }"#,
);
const INVITE: (&str, &str) = ("REGISTRATION__VALIDATION_DATA__ALLOW", "invite");

/// Starts a service and a pool whose trigger throws the text of the form.
pub(crate) async fn start_with_throwing_trigger(settings: &[(&str, &str)]) -> Service {
    let settings = [&[CODES, INVITE][..], settings].concat();
    let pool = pool(&settings).await;
    let url = intercept(&pool.url(), |operation, input| {
        let text = input["ValidationData"][0]["Value"].as_str()?;
        (operation == "SignUp").then(|| ("UserLambdaValidationException", text.to_owned()))
    });
    Service::start_on(config(&settings, &url), pool).await
}

fn form(text: &str) -> Value {
    json!({
        "email": "ada@example.com", "password": PASSWORD, "validation_data": {"invite": text},
    })
}

#[actix_web::test]
async fn a_marker_selects_a_code_and_a_field() {
    for mode in ["reveal", "conceal"] {
        let service =
            start_with_throwing_trigger(&[("REGISTRATION__EXISTING_ACCOUNTS", mode)]).await;
        let invalid = |pointer| json!([{"pointer": pointer, "code": "invite_invalid", "detail": "This \"invitation\" is not valid."}]);
        for (text, errors) in [
            ("[vestibule:invite_invalid]", invalid("/validation_data/invite")),
            (
                "Zqsecret 17! [vestibule:invite_invalid] zqsecret",
                invalid("/validation_data/invite"),
            ),
            ("[vestibule:invite_invalid@/email]", invalid("/email")),
            (
                "[vestibule:not_today]",
                json!([{"pointer": "", "code": "not_today", "detail": "Come back tomorrow."}]),
            ),
            ("zqsecret is not defined", Value::Null),
            ("", Value::Null),
            ("[vestibule:zqsecret]", Value::Null),
            ("[vestibule:Invite_Invalid]", Value::Null),
            ("[vestibule:invite_invalid@/zqsecret]", Value::Null),
            ("[vestibule:invite_invalid", Value::Null),
            ("[vestibule:invite_invalid] [vestibule:not_today]", Value::Null),
        ] {
            let response =
                service.register(&form(&format!("PreSignUp failed with error {text}."))).await;

            response.assert_problem(422, "registration-rejected", text);
            assert_eq!(response.json()["errors"], errors, "{mode}: {text}");
            let text = response.text.to_lowercase();
            assert!(!text.contains("zqsecret") && !text.contains("vestibule"), "{text}");
        }
        for (kind, count) in [("marked", 4), ("unmarked", 2), ("unknown_marker", 5)] {
            let metric = format!("trigger_rejections_total{{kind=\"{kind}\"}}");
            assert_eq!(service.metric(&metric).await, count, "{mode}: {kind}");
        }
        assert_eq!(service.metric("sign_ups_total{outcome=\"not_created\"}").await, 11, "{mode}");
    }
}

#[actix_web::test]
async fn ignores_markers_of_other_triggers() {
    let service = start_with_throwing_trigger(&[]).await;
    for message in [
        "CustomMessage failed with error [vestibule:invite_invalid].",
        "CustomMessage failed with error PreSignUp [vestibule:invite_invalid].",
        "PostConfirmation failed with error [vestibule:invite_invalid].",
        "[vestibule:invite_invalid]",
    ] {
        let response = service.register(&form(message)).await;

        response.assert_problem(502, "hook-failed", message);
        assert_eq!(response.json()["errors"], Value::Null, "{message}");
    }
    assert_eq!(service.metric("sign_ups_total{outcome=\"unknown\"}").await, 4);
    assert_eq!(service.metric("trigger_rejections_total{kind=\"marked\"}").await, 0);
}

#[actix_web::test]
async fn sample_triggers_accept_valid_invitations() {
    let settings = [CODES, INVITE];
    for trigger in in_both_languages("invitation", &[("INVITATIONS", "K7Q,Z3P")]) {
        let case = trigger.file.clone();
        let pool = pool(&settings).await;
        let url = intercept(&pool.url(), move |operation, input| trigger.decide(operation, input));
        let service = Service::start_on(config(&settings, &url), pool).await;
        for (email, invite, is_accepted) in [
            ("ada@example.com", json!({"invite": "K7Q"}), true),
            ("bob@example.com", json!({"invite": "k7q"}), false),
            ("bob@example.com", json!({"invite": "K7Q,Z3P"}), false),
            ("bob@example.com", json!({"invite": ""}), false),
            ("bob@example.com", json!({}), false),
        ] {
            let response = service
                .register(&json!({
                    "email": email, "password": PASSWORD, "validation_data": invite,
                }))
                .await;

            if is_accepted {
                assert_eq!(response.status, 201, "{case}: {invite}: {}", response.text);
                continue;
            }
            response.assert_problem(422, "registration-rejected", &case);
            assert_eq!(response.violations(), ["/validation_data/invite invite_invalid"], "{case}");
        }
    }
}

#[test]
fn sample_triggers_need_no_invitation_for_other_trigger_sources() {
    for trigger in in_both_languages("invitation", &[("INVITATIONS", "K7Q")]) {
        let events = ["PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider"].map(|source| {
            json!({
                "triggerSource": source, "request": {"userAttributes": {}, "validationData": null},
            })
        });

        assert_eq!(trigger.run(&events), [Ok(()), Ok(())], "{}", trigger.file);
    }
}

#[actix_web::test]
async fn a_selected_code_is_final_for_its_key() {
    let settings = [CODES, INVITE];
    for (case, first, sent, status) in [
        ("the first call was rejected", None, 1, 422),
        ("the first outcome is unknown", Some("InternalErrorException"), 2, 202),
    ] {
        let calls = Arc::new(AtomicUsize::new(0));
        let call_count = Arc::clone(&calls);
        let pool = pool(&settings).await;
        let url = intercept(&pool.url(), move |_, _| {
            let code = match (call_count.fetch_add(1, Ordering::SeqCst), first) {
                (0, Some(first)) => return Some((first, "Zqsecret.".to_owned())),
                _ => "UserLambdaValidationException",
            };
            Some((code, "PreSignUp failed with error [vestibule:invite_invalid].".to_owned()))
        });
        let service = Service::start_on(config(&settings, &url), pool).await;
        let send = || {
            let request = service.post("/register").header("idempotency-key", "2f1c4f0e");
            Response::of(request.json(&form("K7Q")))
        };

        let responses = [send().await, send().await, send().await];

        assert_eq!(calls.load(Ordering::SeqCst), sent, "{case}");
        let last = &responses[2];
        assert_eq!(last.status, status, "{case}: {}", last.text);
        assert_eq!(last.text, responses[1].text, "{case}");
        assert_eq!(last.header("idempotency-replayed"), Some("true"), "{case}");
        if first.is_none() {
            assert_eq!(last.violations(), ["/validation_data/invite invite_invalid"], "{case}");
        }
    }
}
