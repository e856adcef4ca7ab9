//! Attempts age out: a chain loses its oldest rows, and a signed checkpoint says up to where.

use std::time::Duration;

use sqlx::{AnyConnection, Row};

use crate::ledger::{
    audit::{
        chain::{self, Kind, Place},
        entries::{Checkpoint, Entry},
        rows,
    },
    keys::Keys,
};

/// So many places of a chain age out in one transaction at most.
const BATCH: usize = 500;

/// Time for which attempts are kept.
#[derive(Clone, Copy, Debug)]
pub(in crate::ledger) struct Retention {
    pub(in crate::ledger) accounts: Duration,
    pub(in crate::ledger) refusals: Duration,
}

/// Deletes some of what is older than it is kept, of one chain; how much.
///
/// Rows that are not as they were written stay, and so do those after them in their chain: what
/// was tampered with must not vanish as if it had been lawful.
pub(in crate::ledger) async fn age_out(
    connection: &mut AnyConnection,
    begin: &'static str,
    keys: &Keys,
    retention: &Retention,
    now: i64,
) -> sqlx::Result<usize> {
    for (kind, kept) in [(Kind::Accounts, retention.accounts), (Kind::Refusals, retention.refusals)]
    {
        let oldest = now.saturating_sub(milliseconds(kept));
        for chain in due(connection, kind, oldest).await? {
            sqlx::raw_sql(begin).execute(&mut *connection).await?;
            let aged = age_out_of(connection, keys, &chain, oldest, now).await?;
            let end = if aged > 0 { "COMMIT" } else { "ROLLBACK" };
            sqlx::raw_sql(end).execute(&mut *connection).await?;
            if aged > 0 {
                return Ok(aged);
            }
        }
    }
    Ok(0)
}

/// The chains whose first row is too old, or that have nothing but old tombstones.
async fn due(connection: &mut AnyConnection, kind: Kind, oldest: i64) -> sqlx::Result<Vec<String>> {
    let chains = sqlx::query(
        "SELECT chains.id FROM chains LEFT JOIN checkpoints ON checkpoints.chain = chains.id
         WHERE chains.kind = $1 AND chains.started_at < $2
             AND chains.length > COALESCE(checkpoints.sequence, 0)
             AND ((SELECT attempts.at FROM attempts
                   WHERE attempts.chain = chains.id
                       AND attempts.sequence > COALESCE(checkpoints.sequence, 0)
                   ORDER BY attempts.sequence LIMIT 1) < $2
                  OR EXISTS (SELECT 1 FROM tombstones
                   WHERE tombstones.chain = chains.id
                       AND tombstones.sequence > COALESCE(checkpoints.sequence, 0)
                       AND tombstones.deleted_at < $2))
         ORDER BY chains.started_at, chains.id",
    )
    .bind(kind.as_str())
    .bind(oldest)
    .fetch_all(&mut *connection)
    .await?;
    chains.iter().map(|row| row.try_get(0)).collect()
}

/// Moves the checkpoint of a chain within a transaction; how many places it went forward.
async fn age_out_of(
    connection: &mut AnyConnection,
    keys: &Keys,
    id: &str,
    oldest: i64,
    now: i64,
) -> sqlx::Result<usize> {
    let Some(chain) = rows::chain(connection, id).await? else { return Ok(0) };
    // A chain that was written with another key cannot be verified. It ages all the same.
    let is_verifiable = keys.named(&chain.key_id).is_some();
    if is_verifiable && !chain.is_signed(keys) {
        return Ok(leave(id));
    }
    let first = if is_verifiable { chain.first_link(keys) } else { String::new() };
    let checkpoint = lock(connection, keys, id, first, now).await?;
    if is_verifiable && !checkpoint.is_signed(keys) {
        return Ok(leave(id));
    }
    let from = &checkpoint.place;
    let entries = rows::entries(connection, id, from.sequence, BATCH).await?;
    let (mut sequence, mut link) = (from.sequence, &from.link);
    let mut intact = 0;
    for entry in &entries {
        let place = entry.place();
        let is_intact = place.sequence == sequence + 1
            && entry.follows(keys, link)
            && match entry {
                Entry::Attempt(written) => written.is_as_written(keys) == Some(true),
                Entry::Tombstone(tombstone) => tombstone.is_signed(keys),
            };
        if is_verifiable && !is_intact {
            break;
        }
        intact += 1;
        (sequence, link) = (place.sequence, &place.link);
    }
    let aged = &entries[..aged(&entries[..intact], oldest)];
    match aged.last() {
        Some(last) => {
            delete(connection, from.sequence, last.place()).await?;
            move_to(connection, keys, last.place(), now).await?;
            Ok(aged.len())
        }
        None if intact < entries.len() && is_older(&entries[intact], oldest) => Ok(leave(id)),
        None => Ok(0),
    }
}

/// How many of these are too old. A tombstone is as old as the deletion, or as a row after it.
fn aged(entries: &[Entry], oldest: i64) -> usize {
    let young = |entry: &Entry| matches!(entry, Entry::Attempt(_)) && !is_older(entry, oldest);
    let candidates = entries.iter().position(young).unwrap_or(entries.len());
    let is_full_of_tombstones =
        candidates == BATCH && entries.iter().all(|entry| matches!(entry, Entry::Tombstone(_)));
    if is_full_of_tombstones {
        // What is too old comes after them.
        return candidates;
    }
    let last = entries[..candidates].iter().rposition(|entry| is_older(entry, oldest));
    last.map_or(0, |last| last + 1)
}

fn is_older(entry: &Entry, oldest: i64) -> bool {
    match entry {
        Entry::Attempt(written) => written.row.at < oldest,
        Entry::Tombstone(tombstone) => tombstone.deleted_at < oldest,
    }
}

/// The checkpoint of a chain, which no other replica moves until the transaction ends.
async fn lock(
    connection: &mut AnyConnection,
    keys: &Keys,
    chain: &str,
    first_link: String,
    now: i64,
) -> sqlx::Result<Checkpoint> {
    let beginning = Place { chain: chain.to_owned(), sequence: 0, link: first_link };
    // Whoever writes a row of PostgreSQL holds it.
    sqlx::query(
        "INSERT INTO checkpoints (chain, sequence, link, at, signature) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (chain) DO UPDATE SET at = checkpoints.at",
    )
    .bind(chain.to_owned())
    .bind(beginning.sequence)
    .bind(beginning.link.clone())
    .bind(now)
    .bind(chain::checkpoint_signature(keys, &beginning, now))
    .execute(&mut *connection)
    .await?;
    rows::checkpoint(connection, chain).await?.ok_or(sqlx::Error::RowNotFound)
}

async fn delete(connection: &mut AnyConnection, after: i64, last: &Place) -> sqlx::Result<()> {
    for statement in [
        "DELETE FROM consents WHERE attempt IN
             (SELECT id FROM attempts WHERE chain = $1 AND sequence > $2 AND sequence <= $3)",
        "DELETE FROM attempts WHERE chain = $1 AND sequence > $2 AND sequence <= $3",
        "DELETE FROM tombstones WHERE chain = $1 AND sequence > $2 AND sequence <= $3",
    ] {
        sqlx::query(statement)
            .bind(last.chain.clone())
            .bind(after)
            .bind(last.sequence)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn move_to(
    connection: &mut AnyConnection,
    keys: &Keys,
    place: &Place,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE checkpoints SET sequence = $2, link = $3, at = $4, signature = $5
         WHERE chain = $1 AND sequence < $2",
    )
    .bind(place.chain.clone())
    .bind(place.sequence)
    .bind(place.link.clone())
    .bind(now)
    .bind(chain::checkpoint_signature(keys, place, now))
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Nothing of this chain ages out.
fn leave(chain: &str) -> usize {
    tracing::error!(
        alarm = true,
        chain,
        "a chain of the ledger is not as it was written, and does not age out; `vestibule audit verify` says more"
    );
    0
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
