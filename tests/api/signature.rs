//! The signature of sign-ups, as the sample triggers verify it.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use vestibule::cognito::secret_hash;

use crate::{
    intercept::intercept,
    sample_triggers::{Trigger, event, in_both_languages},
    support::{CLIENT_ID, PASSWORD, POOL_ID, Response, SECRET, Service, config, pool},
};

const KEY: &str = "Hh0Kx1yqO2c6p3mWl8Vd4tRz5uJb7nGsAeTfXiYoCkQ=";
const OLD_KEY: &str = "an older key of thirty-two characters";
const SIGNED: [(&str, &str); 2] =
    [("COGNITO__SIGNATURE__SIGNING_KEY", KEY), ("COGNITO__SIGNATURE__KEY_ID", "2026-11")];

/// Returns the signature trigger in both languages, with a new and an old key.
fn triggers() -> Vec<Trigger> {
    let keys = json!({"2026-11": KEY, "2026-05": OLD_KEY}).to_string();
    in_both_languages("signature", &[("VESTIBULE_KEYS", &keys)])
}

/// Starts a service and a pool with this trigger. Also returns the URL of the pool.
async fn start_with_trigger(trigger: &Trigger, settings: &[(&str, &str)]) -> (Service, String) {
    let pool = pool(settings).await;
    let trigger = trigger.clone();
    let url = intercept(&pool.url(), move |operation, input| trigger.decide(operation, input));
    (Service::start_on(config(settings, &url), pool).await, url)
}

#[actix_web::test]
async fn the_trigger_accepts_sign_ups_of_the_service_in_every_mode() {
    for trigger in triggers() {
        for (mode, names, form) in [
            ("email", &["Ada@Example.com"][..], "email"),
            ("phone", &["+44 7911 123456"], "phone_number"),
            ("generated", &["ada@example.com"], "email"),
            ("chosen", &["ada", "Ada.L", "ΟΔΥΣΣΕΥΣ", "İstanbul", "GROẞ"], "username"),
        ] {
            let settings = [&SIGNED[..], &[("REGISTRATION__USERNAME", mode)]].concat();
            let (service, _) = start_with_trigger(&trigger, &settings).await;
            for name in names {
                let case = format!("{}: {mode}: {name}", trigger.file);

                let response = service.register(&json!({form: name, "password": PASSWORD})).await;

                assert_eq!(response.status, 201, "{case}: {}", response.text);
            }
        }
    }
}

#[actix_web::test]
async fn the_trigger_rejects_direct_calls_to_the_pool() {
    for trigger in triggers() {
        let (service, url) = start_with_trigger(&trigger, &[]).await;
        let username = "eve@example.com";
        let input = json!({
            "ClientId": CLIENT_ID, "Username": username, "Password": PASSWORD,
            "SecretHash": secret_hash(&SECRET.into(), username, CLIENT_ID),
        });

        let direct = crate::support::client()
            .post(url)
            .header("x-amz-target", "AWSCognitoIdentityProviderService.SignUp")
            .header("content-type", "application/x-amz-json-1.1");
        let direct = Response::of(direct.body(input.to_string())).await;
        let unsigned = service.register_email(username).await;

        assert_eq!(direct.status, 400, "{}", direct.text);
        assert_eq!(direct.json()["__type"], "UserLambdaValidationException", "{}", direct.text);
        unsigned.assert_problem(422, "registration-rejected", &trigger.file);
        assert!(service.pool().accounts(Some(username)).accounts.is_empty(), "{}", trigger.file);
    }
}

/// Signs a message by the documentation, independent of the service.
fn sign(key: &str, lines: [&str; 5]) -> String {
    let [key_id, time, pool, client, username] = lines;
    let signed = format!("v1\n{key_id}\n{time}\n{pool}\n{client}\n{username}");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length");
    mac.update(signed.as_bytes());
    let digest = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("v1.{key_id}.{time}.{digest}")
}

fn ago(seconds: i64) -> String {
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("the time is after 1970").as_secs();
    (i64::try_from(now).expect("the seconds fit") - seconds).to_string()
}

/// Returns the event of a real sign-up, with its signature.
async fn captured(username: &str) -> Value {
    let service = Service::start(&SIGNED).await;
    let response = service.register_email(username).await;
    assert_eq!(response.status, 201, "{}", response.text);
    let calls = service.sign_ups(username);
    event(&Value::from(calls[0].body.clone()))
}

#[actix_web::test]
async fn the_trigger_accepts_only_valid_signatures() {
    const ADA: &str = "ada@example.com";
    let event = captured(ADA).await;
    let signature = event["request"]["validationData"]["vestibule_signature"].clone();
    let signature = signature.as_str().expect("a signature");
    let (head, digest) = signature.rsplit_once('.').expect("a signature with parts");
    let time = head.rsplit_once('.').expect("a signature with parts").1;
    let earlier = (time.parse::<i64>().expect("a time") - 1).to_string();
    let with = |signature: Value| {
        let mut event = event.clone();
        event["request"]["validationData"] =
            json!({"invite": "K7Q", "vestibule_signature": signature});
        event
    };
    let signed = |key, lines| with(sign(key, lines).into());
    let changed = |path: &str, value: &str| {
        let mut event = event.clone();
        *event.pointer_mut(path).expect("the member exists") = value.into();
        event
    };
    let (flipped, end) = (if digest.starts_with('A') { "B" } else { "A" }, &digest[1..]);
    let mut unsigned = event.clone();
    unsigned["request"]["validationData"] = Value::Null;
    let mut by_admin = unsigned.clone();
    by_admin["triggerSource"] = "PreSignUp_AdminCreateUser".into();
    let mut by_external_provider = unsigned.clone();
    by_external_provider["triggerSource"] = "PreSignUp_ExternalProvider".into();
    let (now, old, stale) = (ago(0), ago(240), ago(400));
    let (ahead, far_ahead) = (ago(-30), ago(-120));
    let (new_id, old_id) = ("2026-11", "2026-05");
    assert_eq!(
        signature,
        sign(KEY, [new_id, time, POOL_ID, CLIENT_ID, ADA]),
        "the signature matches the documentation"
    );
    assert!(digest.len() == 43 && signature.len() < 100, "{signature}");

    let cases = [
        ("unchanged", event.clone(), true),
        ("signed by the documentation", signed(KEY, [new_id, &now, POOL_ID, CLIENT_ID, ADA]), true),
        ("the old key", signed(OLD_KEY, [old_id, &now, POOL_ID, CLIENT_ID, ADA]), true),
        ("four minutes old", signed(KEY, [new_id, &old, POOL_ID, CLIENT_ID, ADA]), true),
        ("a clock ahead", signed(KEY, [new_id, &ahead, POOL_ID, CLIENT_ID, ADA]), true),
        (
            "upper case in the pool",
            changed("/request/userAttributes/email", "ADA@example.com"),
            true,
        ),
        ("an administrator", by_admin, true),
        ("another provider", by_external_provider, true),
        ("expired", signed(KEY, [new_id, &stale, POOL_ID, CLIENT_ID, ADA]), false),
        ("from the future", signed(KEY, [new_id, &far_ahead, POOL_ID, CLIENT_ID, ADA]), false),
        ("expired, with another time", with(signature.replace(time, &earlier).into()), false),
        ("another user", changed("/request/userAttributes/email", "eve@example.com"), false),
        ("another pool", changed("/userPoolId", "eu-central-1_Other"), false),
        ("another client", changed("/callerContext/clientId", "2public"), false),
        ("another digest", with(format!("{head}.{flipped}{end}").into()), false),
        ("a truncated digest", with(signature[..signature.len() - 1].into()), false),
        ("no digest", with(format!("{head}.").into()), false),
        ("a trailing dot", with(format!("{signature}.").into()), false),
        ("a trailing line feed", with(format!("{signature}\n").into()), false),
        ("another key of this id", signed(OLD_KEY, [new_id, &now, POOL_ID, CLIENT_ID, ADA]), false),
        ("an unknown key", signed(KEY, ["2025-11", &now, POOL_ID, CLIENT_ID, ADA]), false),
        (
            "a name of the JavaScript prototype",
            signed(KEY, ["constructor", &now, POOL_ID, CLIENT_ID, ADA]),
            false,
        ),
        ("another version", with(signature.replacen("v1", "v2", 1).into()), false),
        ("digits of another script", with(signature.replace(time, "١٧٠٠٠٠٠٠٠٠").into()), false),
        ("empty", with("".into()), false),
        ("garbage", with("Ωmega".into()), false),
        ("null", with(Value::Null), false),
        ("no validation data", unsigned, false),
    ];
    for trigger in triggers() {
        let events: Vec<Value> = cases.iter().map(|(_, event, _)| event.clone()).collect();

        let result = trigger.run(&events);

        for ((case, _, is_accepted), result) in cases.iter().zip(result) {
            assert_eq!(result.is_ok(), *is_accepted, "{}: {case}: {result:?}", trigger.file);
        }
    }
}

#[actix_web::test]
async fn each_call_has_a_signature_that_is_not_part_of_the_idempotent_body() {
    let service = Service::start(&SIGNED).await;
    let email = "signup.throttled-once@example.com";
    let send = || {
        let request = service.post("/register").header("idempotency-key", "2f1c4f0e");
        Response::of(request.json(&json!({"email": email, "password": PASSWORD})))
    };

    let (first, second) = (send().await, send().await);

    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(second.header("idempotency-replayed"), Some("true"), "{}", second.text);
    let calls = service.sign_ups(email);
    assert_eq!(calls.len(), 2, "the first call was throttled");
    for call in calls {
        let entries = call.body["ValidationData"].as_array().expect("a list").clone();
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0]["Name"], "vestibule_signature");
    }
}

#[actix_web::test]
async fn clients_cannot_set_the_signature() {
    let service = Service::start(&SIGNED).await;

    let response = service
        .register(&json!({
            "email": "eve@example.com", "password": PASSWORD,
            "validation_data": {"vestibule_signature": "v1.1.1.x"},
        }))
        .await;

    response.assert_problem(422, "invalid-registration", "set by a client");
    assert_eq!(response.violations(), ["/validation_data/vestibule_signature not_allowed"]);
}
