//! Challenges by ALTCHA's scheme, solved by its own library.

use std::collections::HashSet;

use altcha::{
    SolveChallengeOptions, solve_challenge,
    types::{Challenge, Payload},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::join_all;

use super::{checks, keyed, register};
use crate::support::{Answer, Service};

const WORK: [(&str, &str); 3] = [
    ("BOT_CHECK__PROVIDER", "proof_of_work"),
    ("BOT_CHECK__PROOF_OF_WORK__COST", "20"),
    ("BOT_CHECK__PROOF_OF_WORK__DIFFICULTY", "1"),
];

async fn service(settings: &[(&str, &str)]) -> Service {
    Service::start(&[&WORK, settings].concat()).await
}

async fn challenge(service: &Service) -> Challenge {
    let answer = Answer::of(service.get("/register/challenge")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    serde_json::from_str(&answer.text).expect("it is a challenge")
}

fn solved(challenge: Challenge) -> Payload {
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge));
    let solution = solution.expect("it can be solved").expect("in time");
    Payload { challenge, solution }
}

fn encoded(payload: &Payload) -> String {
    BASE64_STANDARD.encode(serde_json::to_vec(payload).expect("it is JSON"))
}

async fn proof(service: &Service) -> String {
    encoded(&solved(challenge(service).await))
}

#[actix_web::test]
async fn gives_challenges_that_nobody_has_had_before_and_that_nobody_keeps() {
    let service = service(&[]).await;

    let first = Answer::of(service.get("/register/challenge")).await;
    let again = Answer::of(service.get("/register/challenge")).await;
    let posted = Answer::of(service.post("/register/challenge")).await;

    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.header("cache-control"), Some("no-store"));
    assert_eq!(first.header("content-type"), Some("application/json"));
    let parameters = first.json()["parameters"].clone();
    assert_eq!(parameters["algorithm"], "PBKDF2/SHA-256");
    assert_eq!((&parameters["cost"], &parameters["keyPrefix"]), (&20.into(), &"0".into()));
    assert!(parameters["expiresAt"].is_i64(), "{}", first.text);
    let signatures: HashSet<String> =
        [&first, &again].iter().map(|answer| answer.json()["signature"].to_string()).collect();
    assert_eq!(signatures.len(), 2);
    posted.assert_problem(405, "method-not-allowed", "POST");
}

#[actix_web::test]
async fn has_no_challenges_where_the_bot_check_is_another() {
    let siteverify =
        [("BOT_CHECK__PROVIDER", "siteverify"), ("BOT_CHECK__SITEVERIFY__SECRET", "0xsecret")];
    for settings in [&[][..], &siteverify[..]] {
        let service = Service::start(settings).await;

        let answer = Answer::of(service.get("/register/challenge")).await;

        answer.assert_problem(404, "not-found", &format!("{settings:?}"));
    }
}

#[actix_web::test]
async fn lets_in_whoever_has_worked_for_it_once() {
    let service = service(&[]).await;
    let proof = proof(&service).await;

    let without = register(&service, "ada@example.com", None).await;
    let emails: Vec<String> = (0..6).map(|number| format!("ada{number}@example.com")).collect();
    let together = emails.iter().map(|email| register(&service, email, Some(&proof)));
    let answers = join_all(together).await;
    let later = register(&service, "bob@example.com", Some(&proof)).await;

    without.assert_problem(428, "proof-required", "no proof");
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "{answers:?}");
    later.assert_problem(422, "not-human", "once more");
    assert_eq!(service.pool().requests(None).len(), 1);
    assert_eq!(checks(&service, "reused").await, 6);
}

#[actix_web::test]
async fn tells_one_and_the_same_of_every_proof_that_is_none() {
    // Each has a database, and so a key, of its own.
    let (ours, elsewhere) = (service(&[]).await, service(&[]).await);
    let good = solved(challenge(&ours).await);
    let changed = |change: &dyn Fn(&mut Payload)| {
        let mut payload = good.clone();
        change(&mut payload);
        encoded(&payload)
    };
    let mut told = Vec::new();
    for (reason, proof) in [
        ("unreadable", "zq".to_owned()),
        (
            "unreadable",
            BASE64_STANDARD.encode(r#"{"challenge": null, "solution": null, "test": true}"#),
        ),
        ("unreadable", "A".repeat(8000)),
        ("signature", proof(&elsewhere).await),
        ("signature", changed(&|payload| payload.challenge.parameters.cost = 1)),
        ("signature", changed(&|payload| payload.challenge.parameters.expires_at = None)),
        ("signature", changed(&|payload| payload.challenge.signature = None)),
        ("solution", changed(&|payload| payload.solution.counter += 1)),
    ] {
        let before = checks(&ours, reason).await;

        let refused = register(&ours, "ada@example.com", Some(&proof)).await;

        refused.assert_problem(422, "not-human", reason);
        assert_eq!(checks(&ours, reason).await, before + 1, "{reason}: {proof}");
        told.push(refused.telling());
    }
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:#?}");
    assert!(ours.pool().requests(None).is_empty());
    let too_late = register(&ours, "ada@example.com", Some(&encoded(&good))).await;
    too_late.assert_problem(422, "not-human", "a challenge is answered once, right or wrong");
}

#[actix_web::test]
async fn who_is_told_the_answer_of_before_needs_no_new_proof() {
    let service = service(&[]).await;
    let proof = proof(&service).await;

    let first = keyed(&service, "k", "ada@example.com", Some(&proof)).await;
    let again = keyed(&service, "k", "ada@example.com", Some(&proof)).await;

    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text);
    assert_eq!((again.status, again.text), (201, first.text));
}

#[actix_web::test]
async fn a_challenge_costs_its_caller_one_of_the_budget() {
    let service = service(&[
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;
    let proof = proof(&service).await;

    let registered = register(&service, "ada@example.com", Some(&proof)).await;
    let refused = Answer::of(service.get("/register/challenge")).await;

    assert_eq!(registered.status, 201, "{}", registered.text);
    refused.assert_problem(429, "too-many-requests", "the third");
}

#[actix_web::test]
async fn pages_of_other_sites_use_up_nobodys_budget_by_asking_for_challenges() {
    let limited = [("LIMITS__MODE", "enforce"), ("LIMITS__ADDRESS__BURST", "2")];
    let service = service(&limited).await;
    let asked = |site: &'static str| {
        Answer::of(service.get("/register/challenge").header("Sec-Fetch-Site", site))
    };

    for _ in 0..5 {
        asked("cross-site").await.assert_problem(403, "cross-site", "another site's page");
    }
    let own = asked("same-origin").await;

    assert_eq!(own.status, 200, "{}", own.text);
    assert!(own.header("ratelimit").is_some_and(|told| told.starts_with("\"address\";r=1")));
}
