//! Deletes expired rows in small transactions, and maintains the audit log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::{
    audit::{
        retention::{self, DAY},
        seals, search_index,
    },
    database::{Connection, Database},
    error::StoreError,
    id,
    keys::Keys,
    requests::{
        confirmations, idempotency, recent_sign_ups,
        recipients::{MINUTE, RETENTION_MINUTES},
    },
    writer::{Command, Queue},
};
use crate::{config, metrics::Metrics};

/// Time between two runs.
const INTERVAL: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(super) struct Cleanup {
    pub(super) database: Database,
    pub(super) keys: Keys,
    pub(super) settings: config::Audit,
    /// Time in milliseconds after which the service gives up a request without an end.
    pub(super) lease: i64,
    /// Number of the first day whose rejections the cleanup has not compared with their maximum.
    pub(super) next_day: Arc<AtomicI64>,
    pub(super) metrics: Metrics,
}

impl Cleanup {
    /// Runs repeatedly until the queue closes.
    pub(super) fn run_until_closed(&self, queue: &Queue) {
        while queue.sleep(INTERVAL) {
            if self.database.is_in_memory() {
                // A database in memory has one connection, which the writer uses.
                let cleanup = self.clone();
                let task = Command::Run(Box::new(move |session| {
                    log(session.and_then(|session| cleanup.run(&mut session.connection)));
                }));
                // If the queue is full, the next run deletes these rows.
                let _ = queue.push(task);
            } else {
                let connection = self.database.connect_without_timeout();
                let _open = connection.is_ok().then(|| self.metrics.database_connected());
                log(connection.and_then(|mut connection| self.run(&mut connection)));
            }
        }
    }

    /// Deletes all expired rows. Several replicas may do this at the same time.
    fn run(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let now = id::now();
        delete_expired(connection, self.lease, now)?;
        seals::close_abandoned(connection, &self.keys, now)?;
        retention::delete_expired(connection, &self.keys, &self.settings, now)?;
        let days = self.next_day.load(Ordering::Relaxed)..now / DAY - 1;
        if !days.is_empty() {
            let (end, keys, settings) = (days.end, &self.keys, &self.settings);
            let rows = retention::delete_above_maximum(connection, keys, settings, days, now)?;
            self.metrics.database.audit_rows_capped.inc_by(rows);
            self.next_day.store(end, Ordering::Relaxed);
        }
        search_index::update(connection, now)
    }
}

fn log(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "expired rows not deleted");
    }
}

/// Deletes the expired rows of requests and messages. `lease` is the time in milliseconds after
/// which the service gives up a request without an end.
pub(super) fn delete_expired(
    connection: &mut Connection,
    lease: i64,
    now: i64,
) -> Result<(), StoreError> {
    for (table, key, column, retention) in [
        ("sign_ups", "id", "id", recent_sign_ups::RETENTION + lease),
        ("confirms", "id", "id", confirmations::RETENTION),
        ("responses", "id", "id", idempotency::RETENTION),
        ("idempotency_keys", "key", "claim", idempotency::RETENTION),
    ] {
        connection.delete_before(table, key, column, id::first_at(now - retention))?;
    }
    let minute = now / MINUTE - RETENTION_MINUTES;
    connection.delete_before("calling_codes", "minute, calling_code", "minute", minute)
}
