//! Whose attempts are found, and what stays when they are deleted.

use sqlx::Row;

use super::*;
use crate::ledger::audit::{
    erase::{self, Erased},
    person::{self, Whose},
};

/// An attempt by a name that is not the recipient.
fn named(username: &str, attempt: Attempt) -> Attempt {
    let user_sub = attempt.user_sub.as_ref().map(|_| format!("sub-{username}"));
    Attempt { username: Some(username.to_owned()), user_sub, ..attempt }
}

fn person(name: &str) -> Whose {
    Whose::Person(name.to_owned())
}

/// The request ids of the attempts that are found, the oldest first.
async fn found(bench: &mut Bench, whose: &Whose) -> Vec<String> {
    let found = person::find(&mut bench.connection, &bench.keys, whose).await.unwrap();
    let mut requests = Vec::new();
    for (_, id) in &found.attempts {
        let row = sqlx::query("SELECT request_id FROM attempts WHERE id = $1").bind(id.clone());
        requests.push(row.fetch_one(&mut bench.connection).await.unwrap().get(0));
    }
    requests
}

#[tokio::test]
async fn finds_what_belongs_to_a_person_and_nobody_else_s() {
    on_each_bench(async |bench| {
        let attempts = [
            // Ada signs up as `ada`, and confirms.
            ("1", named("ada", sign_up("ada@example.com"))),
            ("2", confirm("ada")),
            // Eve tries to take the name, takes another, and tries Ada's address.
            ("3", named("ada", refusal("eve@example.com"))),
            ("4", named("eve", sign_up("eve@example.com"))),
            ("5", confirm("eve")),
            ("6", named("eve2", refusal("ada@example.com"))),
            // The account is gone, and Bob gets the name.
            ("7", named("ada", Attempt { outcome: "created", ..sign_up("bob@example.com") })),
        ];
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let mut rows = Vec::new();
        for (at, (request_id, attempt)) in (NOW..).zip(attempts) {
            let mut row = bench.row(attempt, at);
            row.request_id = request_id.to_owned();
            if request_id == "7" {
                row.user_sub = Some("sub-bob".to_owned());
            }
            rows.push(row);
        }
        bench.write(&mut chain, &rows).await;

        for (whose, expected) in [
            (person("ada@example.com"), &["1", "2", "3", "6"][..]),
            (person("eve@example.com"), &["3", "4", "5"]),
            (person("bob@example.com"), &["2", "3", "7"]),
            (person("ada"), &["1", "2", "3", "6", "7"]),
            (person("nobody"), &[]),
            (Whose::Account("sub-eve".to_owned()), &["3", "4", "5"]),
            (Whose::Account("sub-ada".to_owned()), &["1", "2", "3", "6"]),
            (Whose::Request("6".to_owned()), &["6"]),
        ] {
            assert_eq!(found(bench, &whose).await, expected, "{whose:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn finds_what_another_key_wrote_by_sub_and_request_id_alone() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let row = bench.row(sign_up("ada@example.com"), NOW);
        bench.write(&mut chain, &[row]).await;
        bench.keys = keys("another key");
        let mut chain = bench.begin(Kind::Accounts, NOW + 1).await;
        let row = bench.row(confirm("ada@example.com"), NOW + 1);
        bench.write(&mut chain, &[row]).await;

        assert_eq!(found(bench, &person("ada@example.com")).await.len(), 1);
        let sub = Whose::Account("sub-ada@example.com".to_owned());
        assert_eq!(found(bench, &sub).await.len(), 1);
        let request = Whose::Request("request-ada@example.com".to_owned());
        assert_eq!(found(bench, &request).await.len(), 2);
        let (verdict, said) = bench.verify().await;
        assert_eq!((verdict.findings, verdict.unverifiable), (0, 1), "{said:?}");
        let is_told = said.iter().any(|line| line.contains("written with another database.key"));
        assert!(is_told, "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_leaves_a_tombstone_and_nothing_of_the_person() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        // More than fit into one transaction.
        let mut rows: Vec<AttemptRow> =
            (0..230).map(|n| bench.row(confirm("ada@example.com"), NOW + n)).collect();
        rows.insert(100, bench.row(sign_up("bob@example.com"), NOW));
        rows.push(bench.row(sign_up("ada@example.com"), NOW));
        bench.write(&mut chain, &rows).await;
        let name =
            crate::ledger::requests::request::digest_of_a_name(&bench.keys, "ada@example.com");
        for (id, name) in [("1", name.as_str()), ("2", "of somebody else")] {
            bench
                .run(&format!(
                    "INSERT INTO recent_sign_ups VALUES ('{id}', '{name}', '', 'created', 0, {NOW})"
                ))
                .await;
        }
        let Bench { connection, keys, database, .. } = &mut *bench;

        let found = person::find(connection, keys, &person("ada@example.com")).await.unwrap();
        let begin = database.begin();
        let erased = erase::erase(connection, begin, keys, &found, NOW).await.unwrap();
        let again = erase::erase(connection, begin, keys, &found, NOW).await.unwrap();

        assert_eq!(found.to_string(), "231 attempts and 1 sign-up of the last 15 minutes");
        assert_eq!(erased, Erased { attempts: 231, altered: 0, sign_ups: 1 });
        assert_eq!(again, Erased::default(), "it is gone");
        for (table, count) in
            [("attempts", 1), ("consents", 2), ("tombstones", 231), ("recent_sign_ups", 1)]
        {
            assert_eq!(bench.count(table).await, count, "{table}");
        }
        bench.assert_intact("a lawful deletion").await;
        let row = bench.row(confirm("carol"), NOW);
        bench.write(&mut chain, &[row]).await;
        bench.assert_intact("the chain goes on").await;
    })
    .await;
}

#[tokio::test]
async fn what_was_altered_does_not_become_lawful_by_being_deleted() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let rows =
            ["ada@example.com", "bob@example.com"].map(|email| bench.row(sign_up(email), NOW));
        bench.write(&mut chain, &rows).await;
        // Bob's row is made to look like one of Ada's.
        bench
            .run(
                "UPDATE attempts SET recipient =
                     (SELECT recipient FROM attempts WHERE sequence = 1) WHERE sequence = 2",
            )
            .await;
        let Bench { connection, keys, database, .. } = &mut *bench;

        let found = person::find(connection, keys, &person("ada@example.com")).await.unwrap();
        let erased = erase::erase(connection, database.begin(), keys, &found, NOW).await.unwrap();

        assert_eq!(erased, Erased { attempts: 2, altered: 1, sign_ups: 0 });
        let (verdict, findings) = bench.verify().await;
        assert_eq!(verdict.findings, 1, "{findings:?}");
        assert!(findings[0].contains("sequence 2: an attempt is missing"), "{findings:?}");
    })
    .await;
}
