//! Tokens of Turnstile, hCaptcha and reCAPTCHA.

use futures_util::future::join_all;

use super::{
    checks, keyed,
    provider::{SECRET, honest, posted, service, token, verdict},
    register,
};
use crate::{
    process::Process,
    scripted::{Reply, ScriptedPeer},
    support::{Answer, Service, pool},
};

/// What a provider that says one thing answers.
type Answering = fn() -> Reply;

#[actix_web::test]
async fn has_the_provider_judge_a_token_and_lets_its_holder_in() {
    for (provider, send, expected) in [
        ("turnstile", "true", "secret response remoteip"),
        ("recaptcha", "false", "secret response"),
        ("hcaptcha", "true", "secret response remoteip sitekey"),
    ] {
        let peer = honest().await;
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

        let answer = register(&service, "ada@example.com", Some("good & bad=1 äöü")).await;

        assert_eq!(answer.status, 201, "{provider}: {}", answer.text);
        let posted = posted(&peer.calls()[0]);
        let names: Vec<&str> = posted.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.join(" "), expected, "{provider}");
        let values = [SECRET, "good & bad=1 äöü", "127.0.0.1", "10-site-key"];
        for ((_, value), expected) in posted.iter().zip(values) {
            assert_eq!(value, expected, "{provider}");
        }
        assert_eq!(service.sign_ups("ada@example.com").len(), 1, "{provider}");
        let sent = format!("{:?}", service.pool().requests(None));
        assert!(!sent.contains("good & bad"), "{provider}: nobody else is told: {sent}");
        assert_eq!(checks(&service, "passed").await, 1, "{provider}");
    }
}

#[actix_web::test]
async fn tells_one_and_the_same_of_every_token_that_does_not_convince() {
    let strict = [
        ("BOT_CHECK__SITEVERIFY__PROVIDER", "recaptcha"),
        ("BOT_CHECK__SITEVERIFY__HOSTNAMES", "example.com"),
        ("BOT_CHECK__SITEVERIFY__ACTION", "register"),
        ("BOT_CHECK__SITEVERIFY__MIN_SCORE", "0.5"),
        ("BOT_CHECK__SITEVERIFY__MAX_AGE", "1m"),
    ];
    let mut told = Vec::new();
    for (reason, answer) in [
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
        let peer = ScriptedPeer::start(|_| verdict(answer)).await;
        let service = service(&peer.url, &strict).await;

        let refused = register(&service, "ada@example.com", Some("a token")).await;

        refused.assert_problem(422, "not-human", answer);
        assert_eq!(checks(&service, reason).await, 1, "{answer}");
        assert!(service.pool().requests(None).is_empty(), "{answer}: nothing was sent to Cognito");
        told.push(refused.telling());
    }
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:#?}");
}

#[actix_web::test]
async fn where_the_provider_is_away_the_settings_say_what_becomes_of_a_sign_up() {
    let away: [(&str, Answering); 8] = [
        ("an error", || Reply::of("500 Internal Server Error", "")),
        ("an error with a verdict", || {
            Reply::of("503 Service Unavailable", r#"{"success": true}"#)
        }),
        ("too many of our requests", || Reply::of("429 Too Many Requests", "slow down")),
        ("garbage", || Reply::of("200 OK\nContent-Type: text/html", "<html>good</html>")),
        ("another JSON", || Reply::of("200 OK", r#"{"success": "true"}"#)),
        ("a failure of its own", || {
            verdict(r#"{"success": false, "error-codes": ["internal-error"]}"#)
        }),
        ("half an answer", || {
            Reply::new("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"success\": true")
                .and_close()
        }),
        ("silence", || Reply::new("")),
    ];
    for (case, reply) in away {
        let peer = ScriptedPeer::start(move |_| reply()).await;
        let timeout = ("BOT_CHECK__SITEVERIFY__TIMEOUT", "300ms");
        let strict = service(&peer.url, &[timeout]).await;
        let lenient =
            service(&peer.url, &[timeout, ("BOT_CHECK__SITEVERIFY__ON_OUTAGE", "allow")]).await;

        let refused = register(&strict, "ada@example.com", Some("good")).await;
        let allowed = register(&lenient, "ada@example.com", Some("good")).await;
        let without = register(&lenient, "bob@example.com", None).await;

        refused.assert_problem(503, "unavailable", case);
        assert_eq!(refused.header("retry-after"), Some("5"), "{case}");
        assert!(strict.pool().requests(None).is_empty(), "{case}");
        assert_eq!(checks(&strict, "unavailable").await, 1, "{case}");
        assert_eq!(allowed.status, 201, "{case}: {}", allowed.text);
        assert_eq!(checks(&lenient, "allowed_unchecked").await, 1, "{case}");
        without.assert_problem(428, "proof-required", case);
    }
}

#[actix_web::test]
async fn takes_no_more_of_an_answer_than_a_verdict_needs() {
    let peer = ScriptedPeer::start(|_| {
        Reply::new("HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n{\"success\": true} ")
            .and_flood()
    })
    .await;
    let service = service(&peer.url, &[]).await;

    let refused = register(&service, "ada@example.com", Some("good")).await;

    refused.assert_problem(503, "unavailable", "a flood");
    assert!(peer.flooded() < 8_000_000, "{}", peer.flooded());
}

#[actix_web::test]
async fn lets_nobody_in_where_the_provider_refuses_this_service() {
    let refusals: [(&str, Answering); 7] = [
        ("the secret", || {
            verdict(r#"{"success": false, "error-codes": ["invalid-input-secret"]}"#)
        }),
        ("the secret, with a status", || {
            Reply::of(
                "400 Bad Request",
                r#"{"success": false, "error-codes": ["missing-input-secret"]}"#,
            )
        }),
        ("a firewall", || Reply::of("403 Forbidden", "<html>no</html>")),
        ("another page's own words for no", || {
            Reply::of("404 Not Found", r#"{"success": false, "errors": [{"code": 7000}]}"#)
        }),
        ("no such page", || Reply::of("404 Not Found", "")),
        ("elsewhere", || Reply::of("302 Found\nLocation: http://127.0.0.1:1/", "")),
        ("a success that is none", || Reply::of("400 Bad Request", r#"{"success": true}"#)),
    ];
    for (case, reply) in refusals {
        let peer = ScriptedPeer::start(move |_| reply()).await;
        for on_outage in ["reject", "allow"] {
            let service =
                service(&peer.url, &[("BOT_CHECK__SITEVERIFY__ON_OUTAGE", on_outage)]).await;

            let refused = register(&service, "ada@example.com", Some("good")).await;

            refused.assert_problem(502, "misconfigured", &format!("{case}, {on_outage}"));
            assert_eq!(checks(&service, "misconfigured").await, 1, "{case}, {on_outage}");
            assert!(service.pool().requests(None).is_empty(), "{case}, {on_outage}");
        }
    }
}

#[actix_web::test]
async fn a_token_counts_once_whatever_the_provider_says() {
    let peer = honest().await;
    let service = service(&peer.url, &[]).await;

    let emails: Vec<String> = (0..8).map(|number| format!("ada{number}@example.com")).collect();
    let together = emails.iter().map(|email| register(&service, email, Some("good-1")));
    let answers = join_all(together).await;
    let later = register(&service, "bob@example.com", Some("good-1")).await;
    let another = register(&service, "bob@example.com", Some("good-2")).await;

    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_problem(422, "not-human", "at the same time");
    }
    later.assert_problem(422, "not-human", "later");
    assert_eq!(checks(&service, "reused").await, 8);
    assert_eq!(another.status, 201, "{}", another.text);
}

/// Everybody who tries a form out with a published test key has the same token.
#[actix_web::test]
async fn a_token_for_tests_counts_as_often_as_it_comes() {
    let peer = ScriptedPeer::start(|_| verdict(r#"{"success": true}"#)).await;
    let test_key = "1x0000000000000000000000000000000AA";
    let service = service(&peer.url, &[("BOT_CHECK__SITEVERIFY__SECRET", test_key)]).await;

    for email in ["ada@example.com", "bob@example.com"] {
        let answer = register(&service, email, Some("XXXX.DUMMY.TOKEN.XXXX")).await;

        assert_eq!(answer.status, 201, "{email}: {}", answer.text);
    }
}

#[actix_web::test]
async fn who_is_told_the_answer_of_before_needs_no_new_proof() {
    let peer = honest().await;
    let service = service(&peer.url, &[]).await;

    let without = keyed(&service, "k", "ada@example.com", None).await;
    let bad = keyed(&service, "k", "ada@example.com", Some("bad")).await;
    let good = keyed(&service, "k", "ada@example.com", Some("good")).await;
    let asked = peer.calls().len();
    let again = keyed(&service, "k", "ada@example.com", Some("good")).await;
    let bare = keyed(&service, "k", "ada@example.com", None).await;

    without.assert_problem(428, "proof-required", "the key is free again");
    bad.assert_problem(422, "not-human", "and again");
    assert_eq!(good.status, 201, "{}", good.text);
    for (case, replayed) in [("the same request", again), ("without a proof", bare)] {
        assert_eq!(replayed.header("idempotency-replayed"), Some("true"), "{case}");
        assert_eq!((replayed.status, &replayed.text), (201, &good.text), "{case}");
    }
    assert_eq!(peer.calls().len(), asked, "the provider is not asked again");
    assert_eq!(service.sign_ups("ada@example.com").len(), 1);
}

/// What is proven of a request stays proven, and whoever may have an account is never told that
/// nothing was created.
#[actix_web::test]
async fn who_asks_again_after_an_unknown_outcome_needs_no_new_proof() {
    let peer = honest().await;
    let service = service(&peer.url, &[]).await;
    let email = "signup.created-then-internal-error@example.com";

    let unknown = keyed(&service, "k", email, Some("good")).await;
    let taken_over = keyed(&service, "k", email, Some("good")).await;

    assert_eq!(unknown.status, 502, "{}", unknown.text);
    assert_eq!(taken_over.status, 202, "{}", taken_over.text);
    assert_eq!(service.sign_ups(email).len(), 2, "the second is sent as well");
    assert_eq!(peer.calls().len(), 1);
}

/// Until it has passed, nobody learns anything of an account: neither from what is answered nor
/// from what is sent.
#[actix_web::test]
async fn tells_the_same_of_every_account_where_accounts_are_concealed() {
    let peer = honest().await;
    let service = service(&peer.url, &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")]).await;
    let made = register(&service, "ada@example.com", Some("good")).await;
    assert_eq!(made.status, 202, "{}", made.text);
    let sent = service.pool().requests(None).len();

    for (proof, status, name) in [(None, 428, "proof-required"), (Some("bad"), 422, "not-human")] {
        let taken = register(&service, "ada@example.com", proof).await;
        let free = register(&service, "bob@example.com", proof).await;

        taken.assert_problem(status, name, "taken");
        assert_eq!(taken.telling(), free.telling(), "{name}");
    }
    assert_eq!(service.pool().requests(None).len(), sent);
}

#[actix_web::test]
async fn the_log_tells_once_when_the_provider_goes_and_comes_and_never_what_was_sent() {
    let peer = ScriptedPeer::start(|call| {
        if call.body.contains("lost") {
            Reply::of("500 Internal Server Error", "oh, the secret: zqanswer")
        } else {
            verdict(r#"{"success": true, "challenge_ts": "NOW", "zqanswer": "zqanswer"}"#)
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
        assert_eq!(sent.expect("it answers").status(), expected, "{proof}");
    }
    process.signal("TERM");
    process.ended().await;
    let written = process.everything();

    let lines = |part: &str| written.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("bot check provider unavailable"), 1, "{written}");
    assert_eq!(lines("bot check provider available again"), 1, "{written}");
    assert_eq!(lines("\"reason\":\"reused\""), 1, "{written}");
    for mark in ["zqbotsecret", "zqtoken", "zqanswer"] {
        assert!(!written.contains(mark), "{mark}: {written}");
    }
}

#[actix_web::test]
async fn the_log_alarms_once_where_the_provider_refuses_this_service_also_after_an_outage() {
    const SECRET_REFUSED: &str = r#"{"success": false, "error-codes": ["invalid-input-secret"]}"#;
    let peer = ScriptedPeer::start(|call| match token(call).as_str() {
        "lost" => Reply::of("500 Internal Server Error", ""),
        "refused" => verdict(SECRET_REFUSED),
        "astray" => Reply::of("404 Not Found", "<html>no such page</html>"),
        _ => verdict(r#"{"success": true, "challenge_ts": "NOW"}"#),
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
    let told = |process: &Process| -> Vec<String> {
        let lines = process.log();
        let of_it = lines.iter().filter(|line| line.to_string().contains("bot check provider"));
        let shown = of_it.map(|line| format!("{} {}", line["level"], line["alarm"]));
        shown.collect()
    };

    for (number, proof) in
        ["lost", "refused", "lost", "refused", "good-1", "astray", "lost", "good-2"]
            .iter()
            .enumerate()
    {
        let form = super::form(&format!("ada{number}@example.com"), Some(proof));
        let sent = client.post(format!("{}/register", process.url)).json(&form).send().await;
        let expected = [503, 502, 503, 502, 201, 502, 503, 201][number];
        assert_eq!(sent.expect("it answers").status(), expected, "{proof}");
    }
    process.signal("TERM");
    process.ended().await;

    assert_eq!(
        told(&process),
        [
            r#""WARN" null"#,
            r#""ERROR" true"#,
            r#""INFO" null"#,
            r#""ERROR" true"#,
            r#""INFO" null"#
        ],
        "{}",
        process.everything()
    );
}

#[actix_web::test]
async fn without_a_bot_check_a_proof_is_read_and_left_aside() {
    let service = Service::start(&[]).await;

    let answer = register(&service, "ada@example.com", Some("any")).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let metrics = Answer::of(service.client.get(format!("{}/metrics", service.admin_url))).await;
    assert!(!metrics.text.contains("bot_checks_total{"), "{}", metrics.text);
}
