//! Reads what stands in the books, a page at a time.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row, any::AnyRow};

use crate::ledger::audit::{
    attempts::AttemptRow,
    chain::{End, Place},
    entries::{ChainRow, Checkpoint, Entry, Tombstone, Written},
};

/// The columns of `attempts`, in the order in which they are read.
macro_rules! select_attempts {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, request_id, operation, outcome, code, user_sub, cognito_request_id,
                 recipient, username, address, locale, pepper, chain, sequence, digest, link
             FROM attempts ",
            $rest
        )
    };
}

/// The entries of a chain after a place, in their order: at most so many, and fewer only at the
/// end of the chain.
pub(in crate::ledger) async fn entries(
    connection: &mut AnyConnection,
    chain: &str,
    after: i64,
    most: usize,
) -> sqlx::Result<Vec<Entry>> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = sqlx::query(select_attempts!(
        "WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
    ))
    .bind(chain.to_owned())
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    let mut attempts = rows.iter().map(written).collect::<sqlx::Result<Vec<Written>>>()?;
    if let Some(last) = attempts.last() {
        let consents = sqlx::query(
            "SELECT consents.attempt, consents.document, consents.version
             FROM attempts JOIN consents ON consents.attempt = attempts.id
             WHERE attempts.chain = $1 AND attempts.sequence > $2 AND attempts.sequence <= $3",
        )
        .bind(chain.to_owned())
        .bind(after)
        .bind(last.place.sequence)
        .fetch_all(&mut *connection)
        .await?;
        add_consents(&mut attempts, &consents)?;
    }
    let tombstones = sqlx::query(
        "SELECT chain, sequence, digest, link, deleted_at, signature FROM tombstones
         WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
    )
    .bind(chain.to_owned())
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    let mut entries: Vec<Entry> =
        attempts.into_iter().map(|written| Entry::Attempt(Box::new(written))).collect();
    for row in &tombstones {
        entries.push(Entry::Tombstone(tombstone(row)?));
    }
    entries.sort_by_key(|entry| entry.place().sequence);
    cut(&mut entries, most);
    Ok(entries)
}

/// A page ends between two places, also where there are two entries at one.
fn cut(entries: &mut Vec<Entry>, most: usize) {
    let Some(next) = entries.get(most).map(|entry| entry.place().sequence) else { return };
    entries.truncate(most);
    while entries.last().is_some_and(|entry| entry.place().sequence == next) {
        entries.pop();
    }
}

/// The rows between two times, in the order of time and id, after a row; at most so many.
pub(in crate::ledger) async fn between(
    connection: &mut AnyConnection,
    after: (i64, &str),
    until: i64,
    most: i64,
) -> sqlx::Result<Vec<Written>> {
    // The bound on the time alone is what the index is for.
    let rows = sqlx::query(select_attempts!(
        "WHERE at >= $1 AND at < $2 AND (at > $1 OR id > $3) ORDER BY at, id LIMIT $4"
    ))
    .bind(after.0)
    .bind(until)
    .bind(after.1.to_owned())
    .bind(most)
    .fetch_all(&mut *connection)
    .await?;
    let mut attempts = rows.iter().map(written).collect::<sqlx::Result<Vec<Written>>>()?;
    if let (Some(first), Some(last)) = (attempts.first(), attempts.last()) {
        let consents = sqlx::query(
            "SELECT consents.attempt, consents.document, consents.version
             FROM attempts JOIN consents ON consents.attempt = attempts.id
             WHERE attempts.at >= $1 AND attempts.at <= $2",
        )
        .bind(first.row.at)
        .bind(last.row.at)
        .fetch_all(&mut *connection)
        .await?;
        add_consents(&mut attempts, &consents)?;
    }
    Ok(attempts)
}

/// A row by its id.
pub(in crate::ledger) async fn by_id(
    connection: &mut AnyConnection,
    id: &str,
) -> sqlx::Result<Option<Written>> {
    let row = sqlx::query(select_attempts!("WHERE id = $1"))
        .bind(id.to_owned())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let consents =
        sqlx::query("SELECT attempt, document, version FROM consents WHERE attempt = $1")
            .bind(id.to_owned())
            .fetch_all(&mut *connection)
            .await?;
    let mut attempts = [written(&row)?];
    add_consents(&mut attempts, &consents)?;
    let [written] = attempts;
    Ok(Some(written))
}

/// The chains after an id, in the order of their ids; at most so many.
pub(in crate::ledger) async fn chains(
    connection: &mut AnyConnection,
    after: &str,
    most: i64,
) -> sqlx::Result<Vec<ChainRow>> {
    let rows = sqlx::query(
        "SELECT id, kind, started_at, pepper, length, link, signature FROM chains
         WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after.to_owned())
    .bind(most)
    .fetch_all(&mut *connection)
    .await?;
    let mut chains = Vec::with_capacity(rows.len());
    for row in &rows {
        chains.push(with_noted(connection, row).await?);
    }
    Ok(chains)
}

/// A chain by its id.
pub(in crate::ledger) async fn chain(
    connection: &mut AnyConnection,
    id: &str,
) -> sqlx::Result<Option<ChainRow>> {
    let row = sqlx::query(
        "SELECT id, kind, started_at, pepper, length, link, signature FROM chains WHERE id = $1",
    )
    .bind(id.to_owned())
    .fetch_optional(&mut *connection)
    .await?;
    match row {
        Some(row) => with_noted(connection, &row).await.map(Some),
        None => Ok(None),
    }
}

/// Up to where a chain has aged out, if it has.
pub(in crate::ledger) async fn checkpoint(
    connection: &mut AnyConnection,
    chain: &str,
) -> sqlx::Result<Option<Checkpoint>> {
    let row = sqlx::query(
        "SELECT chain, sequence, link, at, signature FROM checkpoints WHERE chain = $1",
    )
    .bind(chain.to_owned())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let place = Place { chain: row.try_get(0)?, sequence: row.try_get(1)?, link: row.try_get(2)? };
    Ok(Some(Checkpoint { place, at: row.try_get(3)?, signature: row.try_get(4)? }))
}

async fn with_noted(connection: &mut AnyConnection, row: &AnyRow) -> sqlx::Result<ChainRow> {
    let id: String = row.try_get(0)?;
    let noted = sqlx::query("SELECT noted_chain, length, link FROM noted_ends WHERE chain = $1")
        .bind(id.clone())
        .fetch_all(&mut *connection)
        .await?;
    let end = |row: &AnyRow| {
        Ok(End { chain: row.try_get(0)?, length: row.try_get(1)?, link: row.try_get(2)? })
    };
    Ok(ChainRow {
        id,
        kind: row.try_get(1)?,
        started_at: row.try_get(2)?,
        key_id: row.try_get(3)?,
        length: row.try_get(4)?,
        link: row.try_get(5)?,
        signature: row.try_get(6)?,
        noted: noted.iter().map(end).collect::<sqlx::Result<_>>()?,
    })
}

fn written(row: &AnyRow) -> sqlx::Result<Written> {
    Ok(Written {
        row: AttemptRow {
            id: row.try_get(0)?,
            at: row.try_get(1)?,
            request_id: row.try_get(2)?,
            operation: row.try_get(3)?,
            outcome: row.try_get(4)?,
            code: row.try_get(5)?,
            user_sub: row.try_get(6)?,
            cognito_request_id: row.try_get(7)?,
            recipient: row.try_get(8)?,
            username: row.try_get(9)?,
            address: row.try_get(10)?,
            locale: row.try_get(11)?,
            consents: Vec::new(),
        },
        key_id: row.try_get(12)?,
        place: Place {
            chain: row.try_get(13)?,
            sequence: row.try_get(14)?,
            link: row.try_get(16)?,
        },
        digest: row.try_get(15)?,
    })
}

fn tombstone(row: &AnyRow) -> sqlx::Result<Tombstone> {
    Ok(Tombstone {
        place: Place { chain: row.try_get(0)?, sequence: row.try_get(1)?, link: row.try_get(3)? },
        digest: row.try_get(2)?,
        deleted_at: row.try_get(4)?,
        signature: row.try_get(5)?,
    })
}

/// Puts consents to their attempts, in the order of the documents' bytes, as they were digested:
/// databases sort as the language has it.
fn add_consents(attempts: &mut [Written], consents: &[AnyRow]) -> sqlx::Result<()> {
    let mut of: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in consents {
        let consent = (row.try_get(1)?, row.try_get(2)?);
        of.entry(row.try_get(0)?).or_default().push(consent);
    }
    for Written { row, .. } in attempts {
        if let Some(mut consents) = of.remove(&row.id) {
            consents.sort_unstable();
            row.consents = consents;
        }
    }
    Ok(())
}
