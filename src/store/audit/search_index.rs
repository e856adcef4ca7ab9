//! The search index of the audit log. The cleanup indexes attempts that are older than 70 minutes,
//! in runs of 16,384.
//!
//! An entry consists of 4 bytes of a fingerprint and the 8 bytes of an id. Another byte of the
//! fingerprint selects the bucket. A search therefore reads one row of each run. If no rows remain,
//! the cleanup builds the index again.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::store::{
    audit::{attempts::MAX_AGE, stored_attempt::StoredAttempt},
    database::{Access, Connection, Digest, Row},
    error::StoreError,
    id,
    requests::recipients::MINUTE,
};

const RUN: i64 = 16_384;

/// Number of buckets in a run. The entries of one bucket fill about one page of SQLite.
const BUCKETS: u8 = 128;

type Entry = [u8; 12];

/// Age in milliseconds from which no older attempt can appear. The margin allows for slow
/// transactions.
const SETTLED: i64 = MAX_AGE + 10 * MINUTE;

/// Returns the fingerprint of an id's column. The fingerprint does not depend on `database.key`. A
/// search therefore finds the ids that a service with another key wrote.
pub(super) fn of_id(column: &[u8]) -> Digest {
    let mut fingerprint = Digest::default();
    fingerprint.copy_from_slice(&Sha256::digest(column)[..16]);
    fingerprint
}

/// Indexes the attempts that are old enough.
pub(in crate::store) fn update(connection: &mut Connection, now: i64) -> Result<(), StoreError> {
    loop {
        let after = last_run(connection)?;
        let until = id::first_at(now - SETTLED);
        let nth = format!(
            "SELECT id FROM attempts WHERE id > $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET {}",
            RUN - 1
        );
        let Some(row) = connection.query_one(&nth, &[after.into(), until.into()])? else {
            return Ok(());
        };
        index_run(connection, after, row.int(0))?;
    }
}

/// Indexes the attempts after one id up to another.
fn index_run(connection: &mut Connection, after: i64, run: i64) -> Result<(), StoreError> {
    connection.transaction(Access::Write, |connection| {
        lock(connection)?;
        if last_run(connection)? != after {
            return Ok(());
        }
        let range = [after.into(), run.into()];
        let attempts = StoredAttempt::query(connection, "id > $1 AND id <= $2", &range)?;
        let mut buckets: BTreeMap<u8, Vec<Entry>> = BTreeMap::new();
        for attempt in &attempts {
            for fingerprint in fingerprints(attempt) {
                let mut entry = Entry::default();
                entry[..4].copy_from_slice(&fingerprint[..4]);
                entry[4..].copy_from_slice(&attempt.id.to_be_bytes());
                buckets.entry(bucket(fingerprint)).or_default().push(entry);
            }
        }
        for (bucket, mut entries) in buckets {
            entries.sort_unstable();
            connection.execute(
                "INSERT INTO lookup (run, bucket, entries) VALUES ($1, $2, $3)",
                &[run.into(), i64::from(bucket).into(), entries.concat().into()],
            )?;
        }
        Ok(())
    })
}

/// Returns the id of the last indexed attempt, or 0 if no attempt is indexed.
pub(super) fn last_run(connection: &mut Connection) -> Result<i64, StoreError> {
    let row = connection.query_one("SELECT MAX(run) FROM lookup", &[])?;
    Ok(row.map(|row| row.int(0)).unwrap_or_default())
}

/// Returns the ids of attempts that may have a fingerprint, in runs that end with `since` or later.
pub(super) fn candidates(
    connection: &mut Connection,
    fingerprint: Digest,
    since: i64,
) -> Result<Vec<i64>, StoreError> {
    // Finds each run by one step in the primary key.
    let rows = connection.query(
        "WITH RECURSIVE runs (run) AS (
             SELECT MIN(run) FROM lookup WHERE run >= $1
             UNION ALL
             SELECT (SELECT MIN(lookup.run) FROM lookup WHERE lookup.run > runs.run)
             FROM runs WHERE runs.run IS NOT NULL
         )
         SELECT lookup.entries FROM runs
         JOIN lookup ON lookup.run = runs.run AND lookup.bucket = $2",
        &[since.into(), i64::from(bucket(fingerprint)).into()],
    )?;
    let entries = rows.iter().flat_map(entries);
    Ok(entries.filter(|entry| entry[..4] == fingerprint[..4]).map(|entry| id_of(&entry)).collect())
}

/// Removes the entries of erased attempts, within a transaction that holds the lock.
pub(super) fn remove(
    connection: &mut Connection,
    attempts: &[StoredAttempt],
) -> Result<(), StoreError> {
    let mut removed: BTreeMap<(i64, u8), Vec<i64>> = BTreeMap::new();
    for attempt in attempts {
        let run = "SELECT MIN(run) FROM lookup WHERE run >= $1";
        let run = connection.query_one(run, &[attempt.id.into()])?;
        let Some(run) = run.and_then(|row| row.optional_int(0)) else { continue };
        for fingerprint in fingerprints(attempt) {
            removed.entry((run, bucket(fingerprint))).or_default().push(attempt.id);
        }
    }
    for ((run, bucket), ids) in removed {
        let params = [run.into(), i64::from(bucket).into()];
        let rows = connection
            .query("SELECT entries FROM lookup WHERE run = $1 AND bucket = $2", &params)?;
        let left = rows.iter().flat_map(entries).filter(|entry| !ids.contains(&id_of(entry)));
        connection.execute(
            "UPDATE lookup SET entries = $1 WHERE run = $2 AND bucket = $3",
            &[left.collect::<Vec<_>>().concat().into(), run.into(), i64::from(bucket).into()],
        )?;
    }
    Ok(())
}

/// Prevents other transactions from changing the index. SQLite has one writer at a time.
pub(super) fn lock(connection: &mut Connection) -> Result<(), StoreError> {
    if let Connection::Postgres(_) = connection {
        connection.execute("LOCK TABLE lookup IN SHARE ROW EXCLUSIVE MODE", &[])?;
    }
    Ok(())
}

fn fingerprints(attempt: &StoredAttempt) -> impl Iterator<Item = Digest> {
    let ids = [&attempt.user_sub, &attempt.request_id].map(|id| id.as_deref().map(of_id));
    [attempt.recipient, attempt.username].into_iter().chain(ids).flatten()
}

fn bucket(fingerprint: Digest) -> u8 {
    fingerprint[4] % BUCKETS
}

fn entries(row: &Row) -> impl Iterator<Item = Entry> {
    row.blob(0).chunks_exact(size_of::<Entry>()).filter_map(|entry| entry.try_into().ok())
}

fn id_of(entry: &Entry) -> i64 {
    entry[4..].try_into().map(i64::from_be_bytes).unwrap_or_default()
}
