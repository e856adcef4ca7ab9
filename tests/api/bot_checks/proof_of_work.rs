//! ALTCHA challenges, solved by the `altcha` crate.

use std::collections::HashSet;

use altcha::{
    SolveChallengeOptions, solve_challenge,
    types::{Challenge, Payload},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::join_all;

use super::{checks, register, register_with_key};
use crate::support::{Response, Service};

const PROOF_OF_WORK: [(&str, &str); 3] = [
    ("BOT_CHECK__PROVIDER", "proof_of_work"),
    ("BOT_CHECK__PROOF_OF_WORK__COST", "20"),
    ("BOT_CHECK__PROOF_OF_WORK__DIFFICULTY", "1"),
];

async fn service(settings: &[(&str, &str)]) -> Service {
    Service::start(&[&PROOF_OF_WORK, settings].concat()).await
}

async fn challenge(service: &Service) -> Challenge {
    let response = Response::of(service.get("/register/challenge")).await;
    assert_eq!(response.status, 200, "{}", response.text);
    serde_json::from_str(&response.text).expect("the body is a challenge")
}

fn solved(challenge: Challenge) -> Payload {
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge));
    let solution = solution.expect("the challenge is solvable").expect("the time limit suffices");
    Payload { challenge, solution }
}

fn encoded(payload: &Payload) -> String {
    BASE64_STANDARD.encode(serde_json::to_vec(payload).expect("the payload is serializable"))
}

async fn proof(service: &Service) -> String {
    encoded(&solved(challenge(service).await))
}

#[actix_web::test]
async fn returns_a_new_uncacheable_challenge_each_time() {
    let service = service(&[]).await;

    let first = Response::of(service.get("/register/challenge")).await;
    let again = Response::of(service.get("/register/challenge")).await;
    let posted = Response::of(service.post("/register/challenge")).await;

    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.header("cache-control"), Some("no-store"));
    assert_eq!(first.header("content-type"), Some("application/json"));
    let parameters = first.json()["parameters"].clone();
    assert_eq!(parameters["algorithm"], "PBKDF2/SHA-256");
    assert_eq!((&parameters["cost"], &parameters["keyPrefix"]), (&20.into(), &"0".into()));
    assert!(parameters["expiresAt"].is_i64(), "{}", first.text);
    let signatures: HashSet<String> =
        [&first, &again].iter().map(|response| response.json()["signature"].to_string()).collect();
    assert_eq!(signatures.len(), 2);
    posted.assert_problem(405, "method-not-allowed", "POST");
}

#[actix_web::test]
async fn has_no_challenges_with_another_bot_check() {
    let siteverify =
        [("BOT_CHECK__PROVIDER", "siteverify"), ("BOT_CHECK__SITEVERIFY__SECRET", "0xsecret")];
    for settings in [&[][..], &siteverify[..]] {
        let service = Service::start(settings).await;

        let response = Response::of(service.get("/register/challenge")).await;

        response.assert_problem(404, "not-found", &format!("{settings:?}"));
    }
}

#[actix_web::test]
async fn gives_no_challenge_to_a_page_of_another_site() {
    let service = service(&[]).await;
    for path in ["/register/challenge", "/register/%63hallenge"] {
        let request = service.get(path).header("Sec-Fetch-Site", "cross-site");

        let response = Response::of(request).await;

        response.assert_problem(403, "cross-site", path);
    }
}

#[actix_web::test]
async fn accepts_each_proof_once() {
    let service = service(&[]).await;
    let proof = proof(&service).await;

    let without = register(&service, "ada@example.com", None).await;
    let emails: Vec<String> = (0..6).map(|number| format!("ada{number}@example.com")).collect();
    let together = emails.iter().map(|email| register(&service, email, Some(&proof)));
    let responses = join_all(together).await;
    let later = register(&service, "bob@example.com", Some(&proof)).await;

    without.assert_problem(428, "proof-required", "no proof");
    let created = responses.iter().filter(|response| response.status == 201).count();
    assert_eq!(created, 1, "{responses:?}");
    later.assert_problem(422, "not-human", "reused");
    assert_eq!(service.pool().requests(None).len(), 1);
    assert_eq!(checks(&service, "reused").await, 6);
}

#[actix_web::test]
async fn rejects_every_invalid_proof_with_the_same_response() {
    // The services have different databases, and therefore different keys.
    let (service, other_service) = (service(&[]).await, service(&[]).await);
    let valid = solved(challenge(&service).await);
    let changed = |change: &dyn Fn(&mut Payload)| {
        let mut payload = valid.clone();
        change(&mut payload);
        encoded(&payload)
    };
    let mut comparable_responses = Vec::new();
    for (reason, proof) in [
        ("unreadable", "zq".to_owned()),
        (
            "unreadable",
            BASE64_STANDARD.encode(r#"{"challenge": null, "solution": null, "test": true}"#),
        ),
        ("unreadable", "A".repeat(8000)),
        ("signature", proof(&other_service).await),
        ("signature", changed(&|payload| payload.challenge.parameters.cost = 1)),
        ("signature", changed(&|payload| payload.challenge.parameters.expires_at = None)),
        ("signature", changed(&|payload| payload.challenge.signature = None)),
        ("solution", changed(&|payload| payload.solution.counter += 1)),
    ] {
        let before = checks(&service, reason).await;

        let rejected = register(&service, "ada@example.com", Some(&proof)).await;

        rejected.assert_problem(422, "not-human", reason);
        assert_eq!(checks(&service, reason).await, before + 1, "{reason}: {proof}");
        comparable_responses.push(rejected.comparable());
    }
    assert!(
        comparable_responses.iter().all(|response| *response == comparable_responses[0]),
        "{comparable_responses:#?}"
    );
    assert!(service.pool().requests(None).is_empty());
    let after_failures = register(&service, "ada@example.com", Some(&encoded(&valid))).await;
    after_failures.assert_problem(422, "not-human", "a failed proof uses up its challenge");
}

#[actix_web::test]
async fn replays_a_stored_response_without_a_new_proof() {
    let service = service(&[]).await;
    let proof = proof(&service).await;

    let first = register_with_key(&service, "k", "ada@example.com", Some(&proof)).await;
    let again = register_with_key(&service, "k", "ada@example.com", Some(&proof)).await;

    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text);
    assert_eq!((again.status, again.text), (201, first.text));
}

#[actix_web::test]
async fn a_challenge_costs_one_request_of_the_address_budget() {
    let service = service(&[
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
    ])
    .await;
    let proof = proof(&service).await;

    let registered = register(&service, "ada@example.com", Some(&proof)).await;
    let rejected = Response::of(service.get("/register/challenge")).await;

    assert_eq!(registered.status, 201, "{}", registered.text);
    rejected.assert_problem(429, "too-many-requests", "the third request");
}

#[actix_web::test]
async fn cross_site_requests_for_challenges_cost_no_budget() {
    let limited = [("LIMITS__MODE", "enforce"), ("LIMITS__ADDRESS__BURST", "2")];
    let service = service(&limited).await;
    let request_from = |site: &'static str| {
        Response::of(service.get("/register/challenge").header("Sec-Fetch-Site", site))
    };

    for _ in 0..5 {
        request_from("cross-site").await.assert_problem(
            403,
            "cross-site",
            "a page of another site",
        );
    }
    let own = request_from("same-origin").await;

    assert_eq!(own.status, 200, "{}", own.text);
    assert!(own.header("ratelimit").is_some_and(|state| state.starts_with("\"address\";r=1")));
}
