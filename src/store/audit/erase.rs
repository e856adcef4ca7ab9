//! `vestibule audit erase`: the right to erasure (GDPR, article 17).

use std::fmt;

use crate::store::{
    audit::{
        attempts::AttemptRow,
        lookup,
        record::counted,
        search::SearchResult,
        stored_attempt::{StoredAttempt, sign_erasure},
    },
    database::{Access, Connection},
    deletion::BATCH,
    error::StoreError,
    keys::Keys,
};

/// Numbers of erased rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Attempts, with their consents.
    pub attempts: u64,
    /// Of those, attempts that had been altered before. Their erasure is not signed, so that
    /// `verify` reports them.
    pub altered: u64,
    /// Sign-ups of the last 15 minutes.
    pub sign_ups: u64,
}

/// Displays as `2 attempts and 1 sign-up of the last 15 minutes`.
impl fmt::Display for Erased {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = counted(self.attempts, "attempt");
        let sign_ups = counted(self.sign_ups, "sign-up");
        write!(formatter, "{attempts} and {sign_ups} of the last 15 minutes")
    }
}

/// Erases what was found: the personal data of the attempts, at most 500 in one transaction, their
/// entries in the search index, and the rows that remember the user's sign-ups and confirms.
///
/// Responses to Idempotency-Keys stay for a day. They are encrypted with those keys.
pub(super) fn erase(
    connection: &mut Connection,
    keys: &Keys,
    found: &SearchResult,
    now: i64,
) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    let ids: Vec<i64> = found.ids.iter().copied().collect();
    for ids in ids.chunks(usize::try_from(BATCH).unwrap_or(1)) {
        let (attempts, altered) = connection
            .transaction(Access::Write, |connection| erase_rows(connection, keys, ids, now))?;
        erased.attempts += attempts;
        erased.altered += altered;
    }
    for name in &found.names {
        erased.sign_ups += connection.transaction(Access::Write, |connection| {
            connection.execute("DELETE FROM confirms WHERE name = $1", &[(*name).into()])?;
            connection.execute("DELETE FROM recipients WHERE name = $1", &[(*name).into()])?;
            connection.execute("DELETE FROM sign_ups WHERE name = $1", &[(*name).into()])
        })?;
    }
    Ok(erased)
}

/// Returns the numbers of erased and altered attempts.
fn erase_rows(
    connection: &mut Connection,
    keys: &Keys,
    ids: &[i64],
    now: i64,
) -> Result<(u64, u64), StoreError> {
    lookup::lock(connection)?;
    let mut rows = Vec::with_capacity(ids.len());
    let (mut attempts, mut altered) = (0, 0);
    for id in ids {
        let Some(stored) = StoredAttempt::by_id(connection, *id)? else { continue };
        if stored.erased_at.is_some() {
            continue;
        }
        let is_altered =
            !stored.is_as_written(keys) && is_of_this_key(connection, keys, &stored.row)?;
        // The row of another user must not vanish lawfully because it was made to look like this
        // user's.
        let mac = (!is_altered)
            .then(|| sign_erasure(&without_personal_data(stored.row.clone()), keys, now));
        let changed = connection.execute(
            "UPDATE attempts SET request_id = NULL, user_sub = NULL, cognito_request_id = NULL,
                 recipient = NULL, username = NULL, address = NULL, locale = NULL, consents = NULL,
                 erased_at = $1, erased_mac = $2
             WHERE id = $3 AND erased_at IS NULL",
            &[now.into(), mac.into(), (*id).into()],
        )?;
        attempts += changed;
        altered += if is_altered { changed } else { 0 };
        rows.push(stored.row);
    }
    lookup::remove(connection, &rows)?;
    Ok((attempts, altered))
}

fn without_personal_data(row: AttemptRow) -> AttemptRow {
    AttemptRow {
        request_id: None,
        user_sub: None,
        cognito_request_id: None,
        recipient: None,
        username: None,
        address: None,
        locale: None,
        consents: None,
        ..row
    }
}

/// Returns whether the row can be verified: its seal is of this `database.key`.
fn is_of_this_key(
    connection: &mut Connection,
    keys: &Keys,
    row: &AttemptRow,
) -> Result<bool, StoreError> {
    let seal = connection.query_one("SELECT key FROM seals WHERE id = $1", &[row.seal.into()])?;
    Ok(seal.is_none_or(|seal| seal.text(0) == keys.id))
}
