//! Deletes what has expired, a little at a time, and keeps the audit log in order.

use std::time::{Duration, Instant};

use super::{
    audit::{
        lookup,
        retention::{self, Retention},
        seals,
    },
    database::{Connection, Database},
    deletion::{BATCH, delete},
    error::StoreError,
    id,
    keys::Keys,
    requests::{
        confirmations, idempotency, recent_sign_ups,
        recipients::{MINUTE, RETENTION_MINUTES},
    },
};

/// Time between two runs.
const INTERVAL: Duration = Duration::from_secs(20);

/// The cleanup.
#[derive(Clone, Debug)]
pub(super) struct Cleanup {
    pub(super) retention: Retention,
    /// Time in milliseconds after which a request without an end is given up.
    pub(super) lease: i64,
    /// A database in memory has one connection, which is the writer's.
    runs_on_writer: bool,
    due: Instant,
}

impl Cleanup {
    pub(super) fn new(database: &Database, retention: Retention, lease: i64) -> Self {
        let due = Instant::now() + INTERVAL;
        Self { retention, lease, runs_on_writer: database.is_in_memory(), due }
    }

    /// Runs if it is due, on the writer's connection, if that is the only one.
    pub(super) fn run_on_writer(
        &mut self,
        connection: &mut Connection,
        keys: &Keys,
    ) -> Result<(), StoreError> {
        if !self.runs_on_writer || Instant::now() < self.due {
            return Ok(());
        }
        self.due = Instant::now() + INTERVAL;
        self.run(connection, keys)
    }

    /// Runs on a connection of its own, again and again. `sleep` returns `false` at the end.
    pub(super) fn run_on_thread(
        self,
        database: &Database,
        keys: &Keys,
        sleep: impl Fn(Duration) -> bool,
    ) {
        if self.runs_on_writer {
            return;
        }
        while sleep(INTERVAL) {
            let result = database
                .connect_without_timeout()
                .and_then(|mut connection| self.run(&mut connection, keys));
            if let Err(error) = result {
                tracing::warn!(%error, "expired rows not deleted");
            }
        }
    }

    /// Deletes everything that has expired. Any number of replicas may do it at once.
    fn run(&self, connection: &mut Connection, keys: &Keys) -> Result<(), StoreError> {
        let now = id::now();
        delete_expired(connection, self.lease, now)?;
        seals::close_abandoned(connection, keys, now)?;
        retention::delete_expired(connection, keys, &self.retention, now)?;
        lookup::index(connection, now)
    }
}

/// Deletes the rows of requests and messages that have expired. `lease` is the time in
/// milliseconds after which a request without an end is given up.
pub(super) fn delete_expired(
    connection: &mut Connection,
    lease: i64,
    now: i64,
) -> Result<(), StoreError> {
    for (table, retention) in [
        ("sign_ups", recent_sign_ups::RETENTION + lease),
        ("confirms", confirmations::RETENTION),
        ("responses", idempotency::RETENTION),
    ] {
        let sql = format!(
            "DELETE FROM {table} WHERE id IN
                 (SELECT id FROM {table} WHERE id < $1 ORDER BY id LIMIT {BATCH})"
        );
        delete(connection, &sql, id::first_at(now - retention))?;
    }
    // The first condition is checked again if another request claims a key in the meantime.
    let keys_sql = format!(
        "DELETE FROM idempotency_keys WHERE claim < $1 AND key IN
             (SELECT key FROM idempotency_keys WHERE claim < $1 ORDER BY claim LIMIT {BATCH})"
    );
    delete(connection, &keys_sql, id::first_at(now - idempotency::RETENTION))?;
    delete(
        connection,
        "DELETE FROM calling_codes WHERE minute < $1",
        now / MINUTE - RETENTION_MINUTES,
    )
}
