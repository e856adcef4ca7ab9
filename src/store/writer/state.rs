//! State that the writer shares with the rest of the store. The state has the availability of the
//! database, and the counts and messages that the writer writes within a second.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::Session;
use crate::{
    metrics::Metrics,
    store::{
        audit::attempts::Operation,
        database::{Access, Connection},
        error::StoreError,
        id,
        requests::recipients::{self, MINUTE, Message},
    },
};

/// Maximum number of messages that wait for the writer. The store does not record further messages.
const MESSAGES: usize = 4096;

#[derive(Debug)]
pub(in crate::store) struct State {
    failure: Mutex<Option<StoreError>>,
    deferred: Mutex<Deferred>,
    pub(in crate::store) metrics: Metrics,
}

/// Numbers of requests that the service rejected before a call.
pub(in crate::store) type Rejections = BTreeMap<(Operation, &'static str), i64>;

/// Counts and messages that the writer writes within a second, and that a crash may lose.
#[derive(Debug, Default)]
struct Deferred {
    rejections: Rejections,
    messages: Vec<Message>,
}

impl State {
    pub(in crate::store) fn new(metrics: Metrics) -> Self {
        metrics.database.up.set(1);
        Self { failure: Mutex::default(), deferred: Mutex::default(), metrics }
    }

    /// Returns the last error if the database is unavailable, otherwise `None`.
    pub(in crate::store) fn failure(&self) -> Option<StoreError> {
        lock(&self.failure).clone()
    }

    pub(super) fn set(&self, error: Option<StoreError>) {
        let mut failure = lock(&self.failure);
        if failure.is_some() != error.is_some() {
            self.metrics.database.up.set(error.is_none().into());
        }
        *failure = error;
    }

    /// Counts a request that the service rejected before a call.
    pub(in crate::store) fn count_rejection(&self, operation: Operation, code: &'static str) {
        *lock(&self.deferred).rejections.entry((operation, code)).or_default() += 1;
    }

    /// Records a message, unless [`MESSAGES`] messages wait.
    pub(in crate::store) fn record(&self, message: Message) {
        let mut deferred = lock(&self.deferred);
        if deferred.messages.len() < MESSAGES {
            deferred.messages.push(message);
        }
    }

    /// Writes the counts and messages. If that fails, the counts wait for the next call. Drops the
    /// messages, because a second write could count them twice.
    pub(in crate::store) fn write_deferred(&self, session: &mut Session) -> Result<(), StoreError> {
        let Deferred { rejections, messages } = std::mem::take(&mut *lock(&self.deferred));
        if rejections.is_empty() && messages.is_empty() {
            return Ok(());
        }
        let now = id::now();
        let Session { connection, ids, .. } = session;
        ids.reserve(connection, messages.len())?;
        let result = connection.transaction(Access::Write, |connection| {
            if let Connection::Sqlite(_) = connection {
                ids.note(connection)?;
            }
            write_rejections(connection, &rejections, now)?;
            recipients::write(connection, &messages, &mut || ids.next(now), now)
        });
        if result.is_err() {
            let mut deferred = lock(&self.deferred);
            for (rejection, count) in rejections {
                *deferred.rejections.entry(rejection).or_default() += count;
            }
        }
        result
    }
}

/// Adds rejections to the counts of this minute.
pub(in crate::store) fn write_rejections(
    connection: &mut Connection,
    rejections: &Rejections,
    now: i64,
) -> Result<(), StoreError> {
    for ((operation, code), count) in rejections {
        connection.execute(
            "INSERT INTO rejections (minute, operation, code, count) VALUES ($1, $2, $3, $4)
             ON CONFLICT (minute, operation, code) DO UPDATE SET
                 count = rejections.count + excluded.count",
            &[(now / MINUTE).into(), operation.as_str().into(), (*code).into(), (*count).into()],
        )?;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
