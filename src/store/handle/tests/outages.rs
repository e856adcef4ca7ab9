//! A database that fails for a while.

use futures_util::future::join_all;

use super::support::{
    IMPATIENT, Lock, begin, block_on, close, created, held, keyed, open, open_with, until,
};
use crate::{
    metrics::Metrics,
    store::{
        Claim, ClaimResult, KeyState, Operation, Store, StoreError,
        database::Connection,
        tests::support::{Engine, on_every_engine},
    },
};

/// Makes each transaction that claims a key or stores an attempt fail at its COMMIT.
fn break_commits(engine: &Engine) {
    let mut connection = engine.connection();
    connection.run_all(
        "CREATE TABLE no_rows (id BIGINT PRIMARY KEY);
         CREATE TABLE broken
             (id BIGINT REFERENCES no_rows (id) DEFERRABLE INITIALLY DEFERRED)",
    );
    let action = match connection {
        Connection::Sqlite(_) => "BEGIN INSERT INTO broken VALUES (1); END",
        Connection::Postgres(_) => {
            let function = "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS
                            'BEGIN INSERT INTO broken VALUES (1); RETURN NEW; END'";
            connection.execute(function, &[]).unwrap();
            "FOR EACH ROW EXECUTE FUNCTION break()"
        }
    };
    for table in ["idempotency_keys", "attempts"] {
        let trigger = format!("CREATE TRIGGER broken_{table} AFTER INSERT ON {table} {action}");
        connection.execute(&trigger, &[]).unwrap();
    }
}

fn mend_commits(engine: &Engine) {
    let mut connection = engine.connection();
    for table in ["idempotency_keys", "attempts"] {
        let on = match connection {
            Connection::Sqlite(_) => String::new(),
            Connection::Postgres(_) => format!(" ON {table}"),
        };
        connection.run_all(&format!("DROP TRIGGER broken_{table}{on}"));
    }
}

fn claim_when_free(store: &Store, key: &str) -> Claim {
    let is_free = |result: &Result<ClaimResult, StoreError>| {
        !matches!(result, Ok(ClaimResult::Lost(KeyState::InProgress(_))) | Err(_))
    };
    held(until("the key is free", || block_on(begin(store, key)), is_free))
}

#[test]
fn a_failed_commit_leaves_no_claim() {
    on_every_engine(|engine| {
        let store = open(engine);
        break_commits(engine);

        let claimed = block_on(begin(&store, "key"));
        let rows = engine.connection().count("sign_ups");
        mend_commits(engine);

        assert!(claimed.is_err(), "{}: {claimed:?}", engine.name);
        assert_eq!(rows, 0, "{}", engine.name);
        assert!(!claim_when_free(&store, "key").is_takeover(), "{}", engine.name);
        close([store]);
        assert_eq!(engine.connection().count("sign_ups"), 1, "{}", engine.name);
    });
}

#[test]
fn stores_ends_but_no_claims_after_an_outage() {
    on_every_engine(|engine| {
        let store = open_with(engine, &IMPATIENT, &Metrics::default());
        let claims: Vec<Claim> =
            (0..3).map(|number| held(block_on(begin(&store, &format!("key {number}"))))).collect();
        let lock = Lock::new(engine);

        let (ended, claimed) = block_on(async {
            let ends = claims.into_iter().map(|claim| store.end(claim, created("the response")));
            let ended = join_all(ends).await;
            (ended, begin(&store, "another key").await)
        });
        let unavailable =
            until("the store notices the outage", || store.unavailable(), Option::is_some);
        drop(lock);

        assert!(ended.iter().all(Result::is_err), "{}: {ended:?}", engine.name);
        assert!(claimed.is_err(), "{}: {claimed:?} {unavailable:?}", engine.name);
        let mut connection = engine.connection();
        until("the ends are stored", || connection.count("attempts"), |rows| *rows == 3);
        for number in 0..3 {
            let request = keyed(&format!("key {number}"), "{}");
            let look_up = || block_on(store.look_up(&request)).ok();
            let known = until("the database is available", look_up, Option::is_some);
            assert_eq!(known, Some(KeyState::Stored(b"the response".to_vec())), "{}", engine.name);
        }
        assert!(!claim_when_free(&store, "another key").is_takeover(), "{}", engine.name);
        assert_eq!(store.unavailable(), None, "{}", engine.name);
        close([store]);
        assert_eq!(
            connection.count("attempts"),
            3,
            "{}: the store writes each attempt once",
            engine.name
        );
        assert_eq!(connection.count("sign_ups"), 4, "{}", engine.name);
    });
}

#[test]
fn stores_an_end_once_if_the_connection_is_lost() {
    on_every_engine(|engine| {
        if engine.name == "SQLite" {
            // No server can end the connection to a SQLite file.
            return;
        }
        let store = open(engine);
        let mut connection = engine.connection();
        for number in 1..=5 {
            let claim = claim_when_free(&store, &format!("key {number}"));
            let backend = block_on(store.run(|session| {
                let row = session.connection.query_one("SELECT pg_backend_pid()", &[])?;
                Ok(row.unwrap().int(0))
            }));
            let terminate = "SELECT 1 WHERE pg_terminate_backend($1::bigint::int)";
            connection.execute(terminate, &[backend.unwrap().into()]).unwrap();

            let ended = block_on(store.end(claim, created("the response")));

            assert!(ended.unwrap(), "{}", engine.name);
            assert_eq!(connection.count("attempts"), number, "{}", engine.name);
        }
        close([store]);
        assert_eq!(connection.count("sign_ups"), 5, "{}", engine.name);
    });
}

#[test]
fn rejection_counts_survive_a_failed_write() {
    on_every_engine(|engine| {
        let store = open(engine);
        let mut connection = engine.connection();
        connection.run_all("ALTER TABLE rejections RENAME TO renamed");
        store.count_rejection(Operation::Register, "too_many_requests");
        until("the store notices the failure", || store.unavailable(), Option::is_some);
        store.count_rejection(Operation::Register, "too_many_requests");

        connection.run_all("ALTER TABLE renamed RENAME TO rejections");
        until("the outage is over", || store.unavailable(), Option::is_none);
        close([store]);

        let rows = connection.rows("SELECT count FROM rejections");
        let counted: i64 = rows.iter().map(|row| row.int(0)).sum();
        assert_eq!(counted, 2, "{}", engine.name);
    });
}
