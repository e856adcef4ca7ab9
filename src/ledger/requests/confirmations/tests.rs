//! The rules of confirms, one by one.

use super::*;
use crate::ledger::tests::support::{Engine, count, on_every_engine};

const LEASE: i64 = 15_000;

/// When the tests begin.
const T: i64 = 1_800_000_000_000;

const UNKNOWN: Confirmed = Confirmed::Known(EarlierConfirmation::Unknown);
const CONFIRMED: Confirmed = Confirmed::Known(EarlierConfirmation::Confirmed);

fn confirm(id: &str, code: &str) -> Confirmation {
    Confirmation { id: id.to_owned(), code: code.to_owned(), lease: LEASE }
}

fn under_way(confirms: &[&str]) -> Confirmed {
    Confirmed::UnderWay(confirms.iter().map(|id| (*id).to_owned()).collect())
}

async fn empty(engine: &Engine) -> AnyConnection {
    let mut connection = engine.connection().await;
    sqlx::query("DELETE FROM confirmations").execute(&mut connection).await.unwrap();
    connection
}

/// Confirms with one code, by their names, that began at `T`.
async fn begun(engine: &Engine, ids: &[&str]) -> AnyConnection {
    let mut connection = empty(engine).await;
    for id in ids {
        begin(&mut connection, &confirm(id, "code"), T).await.unwrap();
    }
    connection
}

async fn ended(connection: &mut AnyConnection, id: &str, how: ConfirmationEnd, now: i64) {
    end(connection, &confirm(id, "code"), how, now).await.unwrap();
}

/// What one that is told that the account is confirmed learns of the others.
async fn told(connection: &mut AnyConnection, id: &str, now: i64) -> Confirmed {
    confirmed(connection, &confirm(id, "code"), None, now).await.unwrap()
}

#[tokio::test]
async fn what_became_of_the_first_is_what_the_second_is_told() {
    use ConfirmationEnd::{Confirmed as Did, NotConfirmed, Unknown};
    on_every_engine(async |engine| {
        for (case, end_of_first, at, expected) in [
            ("under way", None, 1000, under_way(&["first"])),
            ("after its lease", None, LEASE, UNKNOWN),
            ("long after it", None, DAY - 1, UNKNOWN),
            ("a day later", None, DAY, Confirmed::Stranger),
            ("confirmed", Some(Did), 0, CONFIRMED),
            ("confirmed, nearly a day later", Some(Did), DAY - 1, CONFIRMED),
            ("confirmed, a day later", Some(Did), DAY, Confirmed::Stranger),
            ("unknown", Some(Unknown), 0, UNKNOWN),
            ("unknown, nearly a day later", Some(Unknown), DAY - 1, UNKNOWN),
            ("unknown, a day later", Some(Unknown), DAY, Confirmed::Stranger),
            ("not confirmed", Some(NotConfirmed), 0, Confirmed::Stranger),
        ] {
            let mut connection = begun(engine, &["first"]).await;
            if let Some(how) = end_of_first {
                ended(&mut connection, "first", how, T).await;
            }

            let second = confirm("second", "code");
            // Twice, as a writer does whose connection broke.
            for _ in 0..2 {
                begin(&mut connection, &second, T + at).await.unwrap();
            }
            for _ in 0..2 {
                let told = told(&mut connection, "second", T + at).await;
                assert_eq!(told, expected, "{}: {case}", engine.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_several_at_once_each_learns_what_the_others_did() {
    on_every_engine(async |engine| {
        let mut connection = begun(engine, &["one", "two", "three"]).await;
        ended(&mut connection, "one", ConfirmationEnd::NotConfirmed, T).await;
        assert_eq!(told(&mut connection, "two", T).await, under_way(&["three"]), "{}", engine.name);

        ended(&mut connection, "three", ConfirmationEnd::Confirmed, T).await;

        for id in ["one", "two"] {
            assert_eq!(told(&mut connection, id, T).await, CONFIRMED, "{}: {id}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_is_told_that_the_second_confirmed() {
    on_every_engine(async |engine| {
        let mut connection = begun(engine, &["first", "second"]).await;

        assert_eq!(told(&mut connection, "first", T).await, under_way(&["second"]));
        ended(&mut connection, "second", ConfirmationEnd::Confirmed, T).await;

        assert_eq!(told(&mut connection, "first", T).await, CONFIRMED, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_end_stays_whatever_becomes_of_the_others() {
    on_every_engine(async |engine| {
        for order in [["one", "two"], ["two", "one"]] {
            let mut connection = begun(engine, &["one", "two"]).await;
            ended(&mut connection, order[0], ConfirmationEnd::NotConfirmed, T).await;
            ended(&mut connection, order[1], ConfirmationEnd::Unknown, T).await;
            begin(&mut connection, &confirm("three", "code"), T).await.unwrap();
            ended(&mut connection, "three", ConfirmationEnd::NotConfirmed, T).await;

            let told = told(&mut connection, "four", T).await;

            assert_eq!(told, UNKNOWN, "{}: {order:?}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn two_that_are_both_told_it_is_confirmed_do_not_wait_for_each_other() {
    on_every_engine(async |engine| {
        let mut connection = begun(engine, &["one", "two"]).await;
        let two: BTreeSet<String> = ["two".to_owned()].into();

        assert_eq!(told(&mut connection, "one", T).await, under_way(&["two"]), "{}", engine.name);
        assert_eq!(told(&mut connection, "two", T).await, Confirmed::Stranger, "{}", engine.name);

        // What began since then cannot have confirmed it.
        begin(&mut connection, &confirm("three", "code"), T).await.unwrap();
        let one = confirm("one", "code");
        let told = confirmed(&mut connection, &one, Some(&two), T).await.unwrap();
        assert_eq!(told, Confirmed::Stranger, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn another_code_is_a_stranger() {
    on_every_engine(async |engine| {
        let mut connection = begun(engine, &["first"]).await;
        ended(&mut connection, "first", ConfirmationEnd::Confirmed, T).await;

        let other = confirm("second", "other code");
        begin(&mut connection, &other, T).await.unwrap();
        let told = confirmed(&mut connection, &other, None, T).await.unwrap();
        assert_eq!(told, Confirmed::Stranger, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_written_at_first_is_remembered_at_its_end() {
    on_every_engine(async |engine| {
        for (how, expected) in [
            (ConfirmationEnd::Confirmed, CONFIRMED),
            (ConfirmationEnd::Unknown, UNKNOWN),
            (ConfirmationEnd::NotConfirmed, Confirmed::Stranger),
        ] {
            let mut connection = empty(engine).await;
            for _ in 0..2 {
                ended(&mut connection, "first", how, T).await;
            }

            let told = told(&mut connection, "second", T).await;

            assert_eq!(told, expected, "{}: {how:?}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn deletes_what_is_over_and_nothing_else() {
    on_every_engine(async |engine| {
        let mut connection = begun(engine, &["one"]).await;
        begin(&mut connection, &confirm("two", "code"), T + 1).await.unwrap();

        let deleted = forget(&mut connection, T + DAY).await.unwrap();

        assert_eq!(deleted, 1, "{}", engine.name);
        assert_eq!(count(&mut connection, "confirmations").await, 1, "{}", engine.name);
    })
    .await;
}
