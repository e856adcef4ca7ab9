//! Tokens of Turnstile, hCaptcha and reCAPTCHA.

use futures_util::future::join_all;

use super::{
    checks, register, register_with_key,
    siteverify_server::{SECRET, posted, reply, service, start_provider, token},
};
use crate::{
    process::Process,
    scripted::{Reply, ScriptedServer},
    support::{Response, Service, pool},
};

/// A function that returns the fixed reply of a provider.
type ReplyFactory = fn() -> Reply;

#[actix_web::test]
async fn verifies_a_token_with_the_provider_and_creates_the_account() {
    for (provider, send, expected) in [
        ("turnstile", "true", "secret response remoteip"),
        ("recaptcha", "false", "secret response"),
        ("hcaptcha", "true", "secret response remoteip sitekey"),
    ] {
        let peer = start_provider().await;
        let service = service(
            &peer.url,
            &[
                ("BOT_CHECK__SITEVERIFY__PROVIDER", provider),
                ("BOT_CHECK__SITEVERIFY__SEND_REMOTE_IP", send),
                ("BOT_CHECK__SITEVERIFY__SITE_KEY", "10-site-key"),
                ("BOT_CHECK__SITEVERIFY__HOSTNAMES", "www.example.com,example.com"),
            ],
        )
        .await;

        let response = register(&service, "ada@example.com", Some("good & bad=1 äöü")).await;

        assert_eq!(response.status, 201, "{provider}: {}", response.text);
        let posted = posted(&peer.calls()[0]);
        let names: Vec<&str> = posted.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{provider}");
        let values = [SECRET, "good & bad=1 äöü", "127.0.0.1", "10-site-key"];
        for ((_, value), expected) in posted.iter().zip(values) {
            assert_eq!(value, expected, "{provider}");
        }
        assert_eq!(service.sign_ups("ada@example.com").len(), 1, "{provider}");
        let sent = format!("{:?}", service.pool().requests(None));
        assert!(!sent.contains("good & bad"), "{provider}: Cognito does not get the token: {sent}");
        assert_eq!(checks(&service, "passed").await, 1, "{provider}");
    }
}

#[actix_web::test]
async fn rejects_every_invalid_token_with_the_same_response() {
    let strict = [
        ("BOT_CHECK__SITEVERIFY__PROVIDER", "recaptcha"),
        ("BOT_CHECK__SITEVERIFY__HOSTNAMES", "example.com"),
        ("BOT_CHECK__SITEVERIFY__ACTION", "register"),
        ("BOT_CHECK__SITEVERIFY__MIN_SCORE", "0.5"),
        ("BOT_CHECK__SITEVERIFY__MAX_AGE", "1m"),
    ];
    let mut comparable_responses = Vec::new();
    for (reason, response) in [
        ("provider", r#"{"success": false, "error-codes": ["invalid-input-response"]}"#),
        (
            "provider",
            r#"{"success": false, "error-codes": ["timeout-or-duplicate"], "messages": []}"#,
        ),
        ("provider", r#"{"success": false, "error-codes": ["already-seen-response"]}"#),
        ("provider", r#"{"success": false, "error-codes": ["bad-request"]}"#),
        ("provider", r#"{"success": false, "error-codes": ["what-is-this"]}"#),
        ("provider", r#"{"success": false}"#),
        (
            "hostname",
            r#"{"success": true, "challenge_ts": "NOW", "score": 0.9, "action": "register", "hostname": "example.org"}"#,
        ),
        (
            "hostname",
            r#"{"success": true, "challenge_ts": "NOW", "score": 0.9, "action": "register", "apk_package_name": "com.example"}"#,
        ),
        (
            "action",
            r#"{"success": true, "challenge_ts": "NOW", "score": 0.9, "action": "login", "hostname": "example.com"}"#,
        ),
        (
            "action",
            r#"{"success": true, "challenge_ts": "NOW", "score": 0.9, "hostname": "example.com"}"#,
        ),
        (
            "score",
            r#"{"success": true, "challenge_ts": "NOW", "score": 0.3, "action": "register", "hostname": "example.com"}"#,
        ),
        (
            "score",
            r#"{"success": true, "challenge_ts": "NOW", "action": "register", "hostname": "example.com"}"#,
        ),
        (
            "age",
            r#"{"success": true, "challenge_ts": "2026-01-01T00:00:00Z", "score": 0.9, "action": "register", "hostname": "example.com"}"#,
        ),
        (
            "age",
            r#"{"success": true, "score": 0.9, "action": "register", "hostname": "example.com"}"#,
        ),
    ] {
        let peer = ScriptedServer::start(|_| reply(response)).await;
        let service = service(&peer.url, &strict).await;

        let rejected = register(&service, "ada@example.com", Some("a token")).await;

        rejected.assert_problem(422, "not-human", response);
        assert_eq!(checks(&service, reason).await, 1, "{response}");
        assert!(
            service.pool().requests(None).is_empty(),
            "{response}: nothing was sent to Cognito"
        );
        comparable_responses.push(rejected.comparable());
    }
    assert!(
        comparable_responses.iter().all(|response| *response == comparable_responses[0]),
        "{comparable_responses:#?}"
    );
}

#[actix_web::test]
async fn applies_on_outage_if_the_provider_is_unavailable() {
    let outages: [(&str, ReplyFactory); 8] = [
        ("an error", || Reply::of("500 Internal Server Error", "")),
        ("an error with a valid body", || {
            Reply::of("503 Service Unavailable", r#"{"success": true}"#)
        }),
        ("too many requests", || Reply::of("429 Too Many Requests", "slow down")),
        ("garbage", || Reply::of("200 OK\nContent-Type: text/html", "<html>good</html>")),
        ("another JSON type", || Reply::of("200 OK", r#"{"success": "true"}"#)),
        ("an internal error code", || {
            reply(r#"{"success": false, "error-codes": ["internal-error"]}"#)
        }),
        ("a truncated response", || {
            Reply::new("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"success\": true")
                .then_close()
        }),
        ("no response", || Reply::new("")),
    ];
    for (case, reply) in outages {
        let peer = ScriptedServer::start(move |_| reply()).await;
        let timeout = ("BOT_CHECK__SITEVERIFY__TIMEOUT", "300ms");
        let strict = service(&peer.url, &[timeout]).await;
        let lenient =
            service(&peer.url, &[timeout, ("BOT_CHECK__SITEVERIFY__ON_OUTAGE", "allow")]).await;

        let rejected = register(&strict, "ada@example.com", Some("good")).await;
        let allowed = register(&lenient, "ada@example.com", Some("good")).await;
        let without = register(&lenient, "bob@example.com", None).await;

        rejected.assert_problem(503, "unavailable", case);
        rejected.assert_retry_after(Some((5, 8)), case);
        assert!(strict.pool().requests(None).is_empty(), "{case}");
        assert_eq!(checks(&strict, "unavailable").await, 1, "{case}");
        assert_eq!(allowed.status, 201, "{case}: {}", allowed.text);
        assert_eq!(checks(&lenient, "allowed_unchecked").await, 1, "{case}");
        without.assert_problem(428, "proof-required", case);
    }
}

#[actix_web::test]
async fn limits_the_size_of_a_provider_response() {
    let peer = ScriptedServer::start(|_| {
        Reply::new("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n{\"success\": true} ")
            .then_flood()
    })
    .await;
    let service = service(&peer.url, &[]).await;

    let rejected = register(&service, "ada@example.com", Some("good")).await;

    rejected.assert_problem(503, "unavailable", "an endless response");
    assert!(peer.flooded_bytes() < 8_000_000, "{}", peer.flooded_bytes());
}

#[actix_web::test]
async fn responds_misconfigured_if_the_provider_rejects_the_service() {
    let rejections: [(&str, ReplyFactory); 7] = [
        ("an invalid secret", || {
            reply(r#"{"success": false, "error-codes": ["invalid-input-secret"]}"#)
        }),
        ("a missing secret, with an error status", || {
            Reply::of(
                "400 Bad Request",
                r#"{"success": false, "error-codes": ["missing-input-secret"]}"#,
            )
        }),
        ("a page of a firewall", || Reply::of("403 Forbidden", "<html>no</html>")),
        ("a rejection by another API", || {
            Reply::of("404 Not Found", r#"{"success": false, "errors": [{"code": 7000}]}"#)
        }),
        ("an empty 404", || Reply::of("404 Not Found", "")),
        ("a redirect", || Reply::of("302 Found\nLocation: http://127.0.0.1:1/", "")),
        ("a success with an error status", || Reply::of("400 Bad Request", r#"{"success": true}"#)),
    ];
    for (case, reply) in rejections {
        let peer = ScriptedServer::start(move |_| reply()).await;
        for on_outage in ["reject", "allow"] {
            let service =
                service(&peer.url, &[("BOT_CHECK__SITEVERIFY__ON_OUTAGE", on_outage)]).await;

            let rejected = register(&service, "ada@example.com", Some("good")).await;

            rejected.assert_problem(502, "misconfigured", &format!("{case}, {on_outage}"));
            assert_eq!(checks(&service, "misconfigured").await, 1, "{case}, {on_outage}");
            assert!(service.pool().requests(None).is_empty(), "{case}, {on_outage}");
        }
    }
}

#[actix_web::test]
async fn accepts_each_token_once_even_if_the_provider_accepts_it_again() {
    let peer = start_provider().await;
    let service = service(&peer.url, &[]).await;

    let emails: Vec<String> = (0..8).map(|number| format!("ada{number}@example.com")).collect();
    let together = emails.iter().map(|email| register(&service, email, Some("good-1")));
    let responses = join_all(together).await;
    let later = register(&service, "bob@example.com", Some("good-1")).await;
    let another = register(&service, "bob@example.com", Some("good-2")).await;

    let created = responses.iter().filter(|response| response.status == 201).count();
    assert_eq!(created, 1, "{responses:?}");
    for response in responses.iter().filter(|response| response.status != 201) {
        response.assert_problem(422, "not-human", "at the same time");
    }
    later.assert_problem(422, "not-human", "later");
    assert_eq!(checks(&service, "reused").await, 8);
    assert_eq!(another.status, 201, "{}", another.text);
}

// All requests with a published test key have the same token.
#[actix_web::test]
async fn accepts_a_test_token_repeatedly() {
    let peer = ScriptedServer::start(|_| reply(r#"{"success": true}"#)).await;
    let test_key = "1x0000000000000000000000000000000AA";
    let service = service(&peer.url, &[("BOT_CHECK__SITEVERIFY__SECRET", test_key)]).await;

    for email in ["ada@example.com", "bob@example.com"] {
        let response = register(&service, email, Some("XXXX.DUMMY.TOKEN.XXXX")).await;

        assert_eq!(response.status, 201, "{email}: {}", response.text);
    }
}

#[actix_web::test]
async fn replays_a_stored_response_without_a_new_proof() {
    let peer = start_provider().await;
    let service = service(&peer.url, &[]).await;

    let without = register_with_key(&service, "k", "ada@example.com", None).await;
    let bad = register_with_key(&service, "k", "ada@example.com", Some("bad")).await;
    let good = register_with_key(&service, "k", "ada@example.com", Some("good")).await;
    let provider_calls = peer.calls().len();
    let again = register_with_key(&service, "k", "ada@example.com", Some("good")).await;
    let bare = register_with_key(&service, "k", "ada@example.com", None).await;

    without.assert_problem(428, "proof-required", "no proof, the key is free again");
    bad.assert_problem(422, "not-human", "a bad proof, the key is free again");
    assert_eq!(good.status, 201, "{}", good.text);
    for (case, replayed) in [("the same request", again), ("without a proof", bare)] {
        assert_eq!(replayed.header("idempotency-replayed"), Some("true"), "{case}");
        assert_eq!((replayed.status, &replayed.text), (201, &good.text), "{case}");
    }
    assert_eq!(peer.calls().len(), provider_calls, "the provider is not called again");
    assert_eq!(service.sign_ups("ada@example.com").len(), 1);
}

// A proof stays valid for its request. A rejection without a proof would claim that no account
// exists, although the first request may have created it.
#[actix_web::test]
async fn takes_over_an_unknown_outcome_without_a_new_proof() {
    let peer = start_provider().await;
    let service = service(&peer.url, &[]).await;
    let email = "signup.created-then-internal-error@example.com";

    let unknown = register_with_key(&service, "k", email, Some("good")).await;
    let taken_over = register_with_key(&service, "k", email, Some("good")).await;

    assert_eq!(unknown.status, 502, "{}", unknown.text);
    assert_eq!(taken_over.status, 202, "{}", taken_over.text);
    assert_eq!(service.sign_ups(email).len(), 2, "the second request is sent to Cognito, too");
    assert_eq!(peer.calls().len(), 1);
}

// Before the service accepts a proof, neither the response nor the calls depend on the account.
#[actix_web::test]
async fn proof_rejections_are_equal_for_new_and_existing_accounts_in_conceal_mode() {
    let peer = start_provider().await;
    let service = service(&peer.url, &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")]).await;
    let created = register(&service, "ada@example.com", Some("good")).await;
    assert_eq!(created.status, 202, "{}", created.text);
    let sent = service.pool().requests(None).len();

    for (proof, status, name) in [(None, 428, "proof-required"), (Some("bad"), 422, "not-human")] {
        let taken = register(&service, "ada@example.com", proof).await;
        let free = register(&service, "bob@example.com", proof).await;

        taken.assert_problem(status, name, "taken");
        assert_eq!(taken.comparable(), free.comparable(), "{name}");
    }
    assert_eq!(service.pool().requests(None).len(), sent);
}

#[actix_web::test]
async fn logs_an_outage_and_its_end_once_without_secrets_or_tokens() {
    let peer = ScriptedServer::start(|call| {
        if call.body.contains("lost") {
            Reply::of("500 Internal Server Error", "oh, the secret: zqanswer")
        } else {
            reply(r#"{"success": true, "challenge_ts": "NOW", "zqanswer": "zqanswer"}"#)
        }
    })
    .await;
    let settings = [
        ("LOG__LEVEL", "trace"),
        ("BOT_CHECK__PROVIDER", "siteverify"),
        ("BOT_CHECK__SITEVERIFY__URL", peer.url.as_str()),
        ("BOT_CHECK__SITEVERIFY__SECRET", "zqbotsecret"),
    ];
    let pool = pool(&settings).await;
    let mut process = Process::serve(&settings, &pool.url()).await;
    let client = crate::support::client();

    for (number, proof) in ["lost", "lost", "zqtoken1", "zqtoken2", "zqtoken2"].iter().enumerate() {
        let form = super::form(&format!("ada{number}@example.com"), Some(proof));
        let sent = client.post(format!("{}/register", process.url)).json(&form).send().await;
        let expected = [503, 503, 201, 201, 422][number];
        assert_eq!(sent.expect("the service responds").status(), expected, "{proof}");
    }
    process.signal("TERM");
    process.wait_for_exit().await;
    let written = process.all_output();

    let lines = |part: &str| written.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("bot check provider unavailable"), 1, "{written}");
    assert_eq!(lines("bot check provider available again"), 1, "{written}");
    assert_eq!(lines("\"reason\":\"reused\""), 1, "{written}");
    for mark in ["zqbotsecret", "zqtoken", "zqanswer"] {
        assert!(!written.contains(mark), "{mark}: {written}");
    }
}

#[actix_web::test]
async fn logs_one_alarm_per_misconfiguration_even_after_an_outage() {
    const INVALID_SECRET: &str = r#"{"success": false, "error-codes": ["invalid-input-secret"]}"#;
    let peer = ScriptedServer::start(|call| match token(call).as_str() {
        "lost" => Reply::of("500 Internal Server Error", ""),
        "rejected" => reply(INVALID_SECRET),
        "astray" => Reply::of("404 Not Found", "<html>no such page</html>"),
        _ => reply(r#"{"success": true, "challenge_ts": "NOW"}"#),
    })
    .await;
    let settings = [
        ("BOT_CHECK__PROVIDER", "siteverify"),
        ("BOT_CHECK__SITEVERIFY__URL", peer.url.as_str()),
        ("BOT_CHECK__SITEVERIFY__SECRET", "zqbotsecret"),
    ];
    let pool = pool(&settings).await;
    let mut process = Process::serve(&settings, &pool.url()).await;
    let client = crate::support::client();
    let provider_log = |process: &Process| -> Vec<String> {
        let lines = process.log();
        let provider_lines =
            lines.iter().filter(|line| line.to_string().contains("bot check provider"));
        let shown = provider_lines.map(|line| format!("{} {}", line["level"], line["alarm"]));
        shown.collect()
    };

    for (number, proof) in
        ["lost", "rejected", "lost", "rejected", "good-1", "astray", "lost", "good-2"]
            .iter()
            .enumerate()
    {
        let form = super::form(&format!("ada{number}@example.com"), Some(proof));
        let sent = client.post(format!("{}/register", process.url)).json(&form).send().await;
        let expected = [503, 502, 503, 502, 201, 502, 503, 201][number];
        assert_eq!(sent.expect("the service responds").status(), expected, "{proof}");
    }
    process.signal("TERM");
    process.wait_for_exit().await;

    assert_eq!(
        provider_log(&process),
        [
            r#""WARN" null"#,
            r#""ERROR" true"#,
            r#""INFO" null"#,
            r#""ERROR" true"#,
            r#""INFO" null"#
        ],
        "{}",
        process.all_output()
    );
}

#[actix_web::test]
async fn ignores_the_proof_without_a_bot_check() {
    let service = Service::start(&[]).await;

    let response = register(&service, "ada@example.com", Some("any")).await;

    assert_eq!(response.status, 201, "{}", response.text);
    let metrics = Response::of(service.client.get(format!("{}/metrics", service.admin_url))).await;
    let mut checks = metrics.text.lines().filter(|line| line.contains("bot_checks_total{"));
    assert!(checks.all(|line| line.ends_with(" 0")), "{}", metrics.text);
}
