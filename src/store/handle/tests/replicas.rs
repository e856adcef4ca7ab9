//! Two replicas that share a database.

use futures_util::future::join_all;
use secrecy::ExposeSecret;

use super::support::{
    attempt, begin, begin_confirm, begin_without_key, block_on, close, confirmed, created, held,
    is_in_progress, open_two,
};
use crate::store::{
    AccountOwner, ClaimResult, Completion, EarlierConfirmation, KeyOutcome, KeyState, Memory,
    PriorAttempt, Store, Subject, stored_key, tests::support::on_every_engine,
};

const REQUESTS: usize = 64;

/// Claims one key many times at once at both replicas.
async fn claim_at_once(replicas: &[Store; 2], key: &str) -> Vec<ClaimResult> {
    let claims = join_all((0..REQUESTS).map(|number| begin(&replicas[number % 2], key))).await;
    claims.into_iter().map(Result::unwrap).collect()
}

const CREATED: AccountOwner = AccountOwner::SameUser(PriorAttempt::Created);

#[test]
fn one_of_many_simultaneous_requests_proceeds_and_the_others_get_its_response() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        for round in 0..3 {
            let key = format!("key {round}");

            let (mut first, others): (Vec<ClaimResult>, Vec<ClaimResult>) =
                block_on(claim_at_once(&replicas, &key))
                    .into_iter()
                    .partition(|result| matches!(result, ClaimResult::Claimed(_)));
            let claim = held(Ok(first.pop().unwrap()));
            let is_takeover = claim.is_takeover();
            let is_held = block_on(replicas[round % 2].end(claim, created("the response")));
            let later = block_on(claim_at_once(&replicas, &key));

            assert!(first.is_empty(), "{}: {first:?}", engine.name);
            assert!(others.iter().all(is_in_progress), "{}: {others:?}", engine.name);
            assert!(!is_takeover && is_held.unwrap(), "{}", engine.name);
            for result in later {
                let is_response = matches!(
                    &result, ClaimResult::Lost(KeyState::Stored(response)) if response == b"the response"
                );
                assert!(is_response, "{}: {result:?}", engine.name);
            }
        }
        close(replicas);
    });
}

#[test]
fn one_of_many_simultaneous_requests_takes_over_an_unknown_outcome() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        let unknown = Completion {
            key: KeyOutcome::Unknown,
            memory: Some(Memory::Unknown),
            attempt: attempt("unknown"),
        };

        let results = block_on(async {
            let first = held(begin(&replicas[0], "key").await);
            replicas[0].end(first, unknown).await.unwrap();
            claim_at_once(&replicas, "key").await
        });

        let takeovers: Vec<bool> = results
            .iter()
            .filter_map(|result| match result {
                ClaimResult::Claimed(claim) => Some(claim.is_takeover()),
                ClaimResult::Lost(_) => None,
            })
            .collect();
        assert_eq!(takeovers, [true], "{}", engine.name);
        close(replicas);
    });
}

#[test]
fn waits_for_the_same_sign_up_at_the_other_replica() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);

        let (prior, is_held) = block_on(async {
            let first = held(begin(&replicas[0], "key 1").await);
            let second = held(begin(&replicas[1], "key 2").await);
            tokio::join!(replicas[1].existing(&second), async {
                // The look-up does not wait for a sign-up that begins later.
                begin(&replicas[0], "key 3").await.unwrap();
                replicas[0].end(first, created("the response")).await
            })
        });

        assert!(is_held.unwrap(), "{}", engine.name);
        assert_eq!(prior.unwrap(), Some(CREATED), "{}", engine.name);
        close(replicas);
    });
}

#[test]
fn each_replica_knows_the_sign_ups_of_the_other_in_any_letter_case() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        for round in 0..10 {
            let [one, other] = [&replicas[round % 2], &replicas[1 - round % 2]];
            let name = |domain: &str| format!("Ada{round}@{domain}");
            let try_again = async |name: &str, password| {
                let claim = begin_without_key(other, name, password).await;
                other.existing(&claim).await.unwrap()
            };

            let reported = block_on(async {
                let first = begin_without_key(one, &name("Example.com"), "correct horse").await;
                one.end(first, created("the response")).await.unwrap();
                [
                    try_again(&name("EXAMPLE.com"), "correct horse").await,
                    try_again(&name("example.com"), "Correct horse").await,
                    try_again(&name("example.org"), "correct horse").await,
                ]
            });

            let expected = [Some(CREATED), Some(AccountOwner::AnotherUser), None];
            assert_eq!(reported, expected, "{}: {round}", engine.name);
        }
        close(replicas);
    });
}

#[test]
fn the_other_replica_knows_a_confirm() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);

        let (earlier, is_held, prior) = block_on(async {
            let sign_up = begin_without_key(&replicas[0], "ada@example.com", "password").await;
            replicas[0].end(sign_up, created("the response")).await.unwrap();
            let first = begin_confirm(&replicas[0], "ada@example.com").await;
            let second = begin_confirm(&replicas[1], "ada@example.com").await;
            // Cognito processed the second confirm first.
            let (earlier, is_held) = tokio::join!(
                replicas[0].confirmed_before(&first),
                replicas[1].end(second, confirmed()),
            );
            let again = begin_without_key(&replicas[0], "ada@example.com", "password").await;
            (earlier, is_held, replicas[0].existing(&again).await)
        });

        assert!(is_held.unwrap(), "{}", engine.name);
        assert_eq!(earlier.unwrap(), Some(EarlierConfirmation::Confirmed), "{}", engine.name);
        let expected = AccountOwner::SameUser(PriorAttempt::Confirmed);
        assert_eq!(prior.unwrap(), Some(expected), "{}", engine.name);
        close(replicas);
    });
}

#[test]
fn simultaneous_sign_ups_of_an_existing_account_do_not_wait_for_each_other() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);

        let reported = block_on(async {
            let [one, other] = [
                begin_without_key(&replicas[0], "ada@example.com", "password").await,
                begin_without_key(&replicas[1], "ada@example.com", "password").await,
            ];
            tokio::join!(replicas[0].existing(&one), replicas[1].existing(&other))
        });

        assert_eq!((reported.0.unwrap(), reported.1.unwrap()), (None, None), "{}", engine.name);
        close(replicas);
    });
}

#[test]
fn remembers_a_request_without_an_intent_and_looks_up_nothing() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        let password = "password".into();
        let subject = Subject::SignUp {
            username: "ada@example.com",
            is_generated: false,
            recipients: [Some("ada@example.com"), None],
            password: Some(&password),
            address: [192, 0, 2, 1].into(),
        };

        let (reported, prior) = block_on(async {
            let claim = replicas[0].proceed_without(subject);
            let reported = replicas[0].existing(&claim).await;
            replicas[0].end(claim, created("the response")).await.unwrap();
            replicas[0].close().await;
            let again = begin_without_key(&replicas[1], "ada@example.com", "password").await;
            (reported, replicas[1].existing(&again).await)
        });

        assert!(reported.is_err(), "{}: {reported:?}", engine.name);
        assert_eq!(prior.unwrap(), Some(CREATED), "{}", engine.name);
        close(replicas);
    });
}

#[test]
fn simultaneous_starts_without_a_key_share_a_stored_key() {
    on_every_engine(|engine| {
        let database = engine.database();

        let keys: Vec<String> = block_on(async {
            let started = join_all((0..8).map(|_| stored_key::wait_for(&database, true))).await;
            let again = stored_key::wait_for(&database, false).await;
            let keys = started.into_iter().chain([again]).map(|started| {
                let (key, connection) = started.unwrap();
                // The drop of a connection blocks, which a runtime does not allow.
                std::thread::spawn(|| drop(connection)).join().unwrap();
                key.expose_secret().to_owned()
            });
            keys.collect()
        });

        assert_eq!(keys[0].len(), 43, "{}", engine.name);
        assert!(keys.iter().all(|key| *key == keys[0]), "{}", engine.name);
        let stored = stored_key::get(&mut engine.connection()).unwrap().unwrap();
        assert_eq!(stored.expose_secret(), keys[0], "{}", engine.name);
    });
}
