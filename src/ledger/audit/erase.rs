//! `vestibule audit erase`: the right to erasure (GDPR, article 17).

use std::fmt;

use sqlx::AnyConnection;

use crate::ledger::{
    audit::{chain::tombstone_signature, entries::Written, person::Found, record::counted, rows},
    keys::Keys,
};

/// So many attempts go in one transaction.
const BATCH: usize = 100;

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Attempts, with their consents.
    pub attempts: u64,
    /// Of those, the ones that were not as they were written, and left no tombstone.
    pub altered: u64,
    /// Sign-ups of the last 15 minutes.
    pub sign_ups: u64,
}

/// As `2 attempts and 1 sign-up of the last 15 minutes`.
impl fmt::Display for Erased {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = counted(self.attempts, "attempt");
        let sign_ups = counted(self.sign_ups, "sign-up");
        write!(formatter, "{attempts} and {sign_ups} of the last 15 minutes")
    }
}

/// Deletes what was found, in small transactions. Of each attempt a signed tombstone stays, which
/// holds nothing of the person.
///
/// What stays besides ages out within a week, and nobody can find it without what it was made
/// from: answers to Idempotency-Keys, which are sealed with those keys, digests of user names
/// together with codes, and digests of whom the messages of other user names go to.
pub(in crate::ledger) async fn erase(
    connection: &mut AnyConnection,
    begin: &'static str,
    keys: &Keys,
    found: &Found,
    now: i64,
) -> sqlx::Result<Erased> {
    let mut erased = Erased::default();
    let ids: Vec<&String> = found.attempts.iter().map(|(_, id)| id).collect();
    for ids in ids.chunks(BATCH) {
        let mut batch = Erased::default();
        sqlx::raw_sql(begin).execute(&mut *connection).await?;
        for id in ids {
            if let Some(written) = rows::by_id(connection, id).await? {
                bury(connection, keys, &written, now, &mut batch).await?;
            }
        }
        sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
        erased.attempts += batch.attempts;
        erased.altered += batch.altered;
    }
    if let Some(name) = &found.name {
        let deleted = sqlx::query("DELETE FROM recent_sign_ups WHERE name = $1")
            .bind(name.clone())
            .execute(&mut *connection)
            .await?;
        erased.sign_ups += deleted.rows_affected();
        sqlx::query("DELETE FROM message_recipients WHERE name = $1")
            .bind(name.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(erased)
}

async fn bury(
    connection: &mut AnyConnection,
    keys: &Keys,
    written: &Written,
    now: i64,
    erased: &mut Erased,
) -> sqlx::Result<()> {
    let Written { row, place, digest, .. } = written;
    let deleted = sqlx::query("DELETE FROM attempts WHERE id = $1")
        .bind(row.id.clone())
        .execute(&mut *connection)
        .await?;
    if deleted.rows_affected() == 0 {
        // It has aged out in the meantime, and a checkpoint says so.
        return Ok(());
    }
    sqlx::query("DELETE FROM consents WHERE attempt = $1")
        .bind(row.id.clone())
        .execute(&mut *connection)
        .await?;
    erased.attempts += 1;
    if written.is_as_written(keys) == Some(false) {
        // Somebody else's row must not vanish lawfully because it was made to look like this
        // person's.
        erased.altered += 1;
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tombstones (chain, sequence, digest, link, deleted_at, signature)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (chain, sequence) DO NOTHING",
    )
    .bind(place.chain.clone())
    .bind(place.sequence)
    .bind(digest.clone())
    .bind(place.link.clone())
    .bind(now)
    .bind(tombstone_signature(keys, place, digest, now))
    .execute(&mut *connection)
    .await?;
    Ok(())
}
