//! Two replicas that share a database.

use futures_util::future::join_all;

use super::*;
use crate::ledger::{ConfirmationEnd, EarlierConfirmation, tests::support::on_every_engine};

const REQUESTS: usize = 64;

/// Asks for one key many times at once, at both replicas.
async fn all_at_once(replicas: &[Ledger; 2], key: &str) -> Vec<ClaimResult> {
    join_all((0..REQUESTS).map(|number| begin(&replicas[number % 2], key))).await
}

#[tokio::test]
async fn of_many_at_once_at_two_replicas_one_goes_on_and_all_get_its_answer() {
    on_every_engine(async |engine| {
        let replicas = [engine.ledger(|_| {}).await, engine.ledger(|_| {}).await];

        for round in 0..3 {
            let key = format!("key {round}");
            let (first, others): (Vec<ClaimResult>, Vec<ClaimResult>) = all_at_once(&replicas, &key)
                .await
                .into_iter()
                .partition(|told| matches!(told, ClaimResult::Claimed(_)));
            assert_eq!(first.len(), 1, "{}: {first:?}", engine.name);
            let are_under_way = others.iter().all(|told| matches!(told, ClaimResult::Lost(Known::InProgress { .. })));
            assert!(are_under_way, "{}: {others:?}", engine.name);

            for held in first {
                let ClaimResult::Claimed(held) = held else { continue };
                assert!(!held.is_takeover(), "{}", engine.name);
                // It may end anywhere, as far as the tables are concerned.
                assert!(replicas[round % 2].end(held, created("the answer")).await.unwrap());
            }

            for told in all_at_once(&replicas, &key).await {
                let is_it = matches!(&told, ClaimResult::Lost(Known::Stored(answer)) if answer == "the answer");
                assert!(is_it, "{}: {told:?}", engine.name);
            }
        }
        for replica in replicas {
            replica.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_after_an_unknown_end_one_takes_over() {
    on_every_engine(async |engine| {
        let replicas = [engine.ledger(|_| {}).await, engine.ledger(|_| {}).await];
        let unknown = Completion {
            response: StoredResponse::Unknown,
            subject: SubjectEnd::SignUp(Some(PriorAttempt::Unknown)),
            attempt: attempt("unknown"),
        };
        let first = held(&replicas[0], "key").await;
        assert!(replicas[0].end(first, unknown).await.unwrap());

        let told = all_at_once(&replicas, "key").await;

        let held: Vec<bool> = told
            .iter()
            .filter_map(|told| match told {
                ClaimResult::Claimed(held) => Some(held.is_takeover()),
                ClaimResult::Lost(_) => None,
            })
            .collect();
        assert_eq!(held, [true], "{}: one, which knows that it took over", engine.name);
        for replica in replicas {
            replica.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_double_tap_at_two_replicas_waits_for_the_first_and_shares_its_end() {
    on_every_engine(async |engine| {
        let replicas = [engine.ledger(|_| {}).await, engine.ledger(|_| {}).await];
        let first = held(&replicas[0], "key 1").await;
        let second = held(&replicas[1], "key 2").await;

        let (told, is_kept) = tokio::join!(replicas[1].existing(&second), async {
            // What begins later is not waited for.
            let third = held(&replicas[0], "key 3").await;
            let is_kept = replicas[0].end(first, created("the answer")).await;
            drop(third);
            is_kept
        });

        assert!(is_kept.unwrap(), "{}", engine.name);
        assert_eq!(told.unwrap(), Some(PriorAttempt::Created), "{}", engine.name);
        for replica in replicas {
            replica.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_double_click_at_two_replicas_is_told_that_the_other_confirmed() {
    on_every_engine(async |engine| {
        let replicas = [engine.ledger(|_| {}).await, engine.ledger(|_| {}).await];
        let code = SecretString::from("123456");
        let subject = Subject::Confirmation { username: "ada@example.com", code: &code };
        let mut clicks = Vec::new();
        for replica in &replicas {
            match replica.claim(None, subject).await.unwrap() {
                ClaimResult::Claimed(held) => clicks.push(held),
                told @ ClaimResult::Lost(_) => panic!("{told:?}"),
            }
        }
        let (second, first) = (clicks.pop().unwrap(), clicks.pop().unwrap());
        let ending = Completion {
            response: StoredResponse::Nothing,
            subject: SubjectEnd::Confirmation(ConfirmationEnd::Confirmed),
            attempt: Attempt { operation: Operation::Confirm, ..attempt("confirmed") },
        };

        // Cognito took the second before the first.
        let (told, is_kept) =
            tokio::join!(replicas[0].confirmed_before(&first), replicas[1].end(second, ending));

        assert!(is_kept.unwrap(), "{}", engine.name);
        assert_eq!(told.unwrap(), Some(EarlierConfirmation::Confirmed), "{}", engine.name);
        for replica in replicas {
            replica.close().await;
        }
    })
    .await;
}
