//! Helpers of the tests of requests.

use std::{cell::RefCell, fmt::Debug};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestCaseResult, TestRunner},
};

use crate::store::{
    database::{Connection, Digest},
    error::StoreError,
    id,
    requests::prior::Memory,
    tests::support::{Engine, KEY, keys, on_every_engine},
};

/// Time at which the tests begin.
pub(super) const T: i64 = 1_800_000_000_000;

pub(super) const LEASE: i64 = 15_000;
pub(super) const QUARTER: i64 = 15 * 60 * 1000;
pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;

/// Returns the id with this number at a time.
pub(super) fn id_at(time: i64, number: i64) -> i64 {
    id::first_at(time) + number
}

/// Returns a digest that stands for a string.
pub(super) fn digest(text: &str) -> Digest {
    keys(KEY).digest("test", &[text.as_bytes()])
}

/// Checks a property with many values on each engine. Each value meets empty tables.
pub(super) fn holds_on_every_engine<S: Strategy<Value: Debug>>(
    cases: u32,
    values: &S,
    property: impl Fn(&mut Connection, S::Value) -> TestCaseResult,
) {
    on_every_engine(|engine| {
        let connection = RefCell::new(fast_connection(engine));
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(values, |value| {
            let mut connection = connection.borrow_mut();
            clear(&mut connection);
            property(&mut connection, value)
        });
        if let Err(failure) = result {
            panic!("{}: {failure}", engine.name);
        }
    });
}

/// Opens a connection that does not wait for the disk.
pub(super) fn fast_connection(engine: &Engine) -> Connection {
    let mut connection = engine.connection();
    match &connection {
        Connection::Sqlite(sqlite) => sqlite.pragma_update(None, "synchronous", "OFF").unwrap(),
        Connection::Postgres(_) => connection.run_all("SET synchronous_commit = off"),
    }
    connection
}

/// Deletes the rows of all requests.
pub(super) fn clear(connection: &mut Connection) {
    connection.run_all(
        "DELETE FROM idempotency_keys; DELETE FROM responses; DELETE FROM sign_ups;
         DELETE FROM confirms; DELETE FROM attempts",
    );
}

/// Converts an error of the database to an error of a property.
pub(super) fn no_error<T>(result: Result<T, StoreError>) -> Result<T, TestCaseError> {
    result.map_err(|error| TestCaseError::fail(error.to_string()))
}

/// Stores an attempt: the end of a request, with the `sub` that Cognito gave to the account.
pub(super) fn store_attempt(
    connection: &mut Connection,
    id: i64,
    memory: Option<Memory>,
    user_sub: Option<&[u8]>,
) {
    let stored = connection.execute(
        "INSERT INTO attempts (id, seal, operation, outcome, code, memory, user_sub, digest)
         VALUES ($1, 1, 'register', 'outcome', 'code', $2, $3, $4)",
        &[
            id.into(),
            memory.map(Memory::as_column).into(),
            user_sub.map(<[u8]>::to_vec).into(),
            Digest::default().into(),
        ],
    );
    stored.unwrap();
}
