//! `vestibule audit erase`: the right to erasure (GDPR, article 17).

use std::fmt;

use crate::store::{
    audit::{
        log::AuditLog, record::summary, search::SearchResult, search_index,
        stored_attempt::StoredAttempt,
    },
    database::{Access, BATCH, Connection},
    error::StoreError,
    keys::Keys,
};

/// Numbers of erased rows, displayed as `2 attempts and 1 sign-up of the last 15 minutes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Attempts, with their consents.
    pub attempts: u64,
    /// Erased attempts that had an alteration before the erasure. `verify` reports them, because
    /// their erasure has no MAC.
    pub altered: u64,
    /// Sign-ups of the last 15 minutes.
    pub sign_ups: u64,
}

impl fmt::Display for Erased {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&summary(self.attempts, self.sign_ups))
    }
}

impl AuditLog {
    /// Erases the personal data of the found attempts, at most 500 in one transaction. Also deletes
    /// their entries in the search index, and the rows about the user's recent sign-ups, confirms
    /// and messages.
    ///
    /// Responses to Idempotency-Keys remain for a day. They are encrypted with those keys.
    ///
    /// # Errors
    /// Returns an error if the database fails. Rows that the command erased before the error stay
    /// erased.
    pub fn erase(&mut self, found: &SearchResult, now: i64) -> Result<Erased, StoreError> {
        let Self { keys, connection } = self;
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
}

/// Returns the numbers of erased and of altered attempts.
fn erase_rows(
    connection: &mut Connection,
    keys: &Keys,
    ids: &[i64],
    now: i64,
) -> Result<(u64, u64), StoreError> {
    search_index::lock(connection)?;
    let mut erased = Vec::with_capacity(ids.len());
    let (mut attempts, mut altered) = (0, 0);
    for id in ids {
        let Some(attempt) = StoredAttempt::by_id(connection, *id)? else { continue };
        if attempt.erased_at.is_some() {
            continue;
        }
        let is_altered =
            !attempt.is_authentic(keys) && is_of_this_key(connection, keys, attempt.seal)?;
        let remaining = StoredAttempt {
            request_id: None,
            user_sub: None,
            cognito_request_id: None,
            recipient: None,
            username: None,
            address: None,
            locale: None,
            consents: None,
            ..attempt.clone()
        };
        // An attacker could alter another user's row to let this search find the row. The erasure
        // of such a row must not have a MAC.
        let mac = (!is_altered).then(|| remaining.erasure_mac(keys, now));
        let changed = connection.execute(
            "UPDATE attempts SET request_id = NULL, user_sub = NULL, cognito_request_id = NULL,
                 recipient = NULL, username = NULL, address = NULL, locale = NULL, consents = NULL,
                 erased_at = $1, erased_mac = $2
             WHERE id = $3 AND erased_at IS NULL",
            &[now.into(), mac.into(), (*id).into()],
        )?;
        attempts += changed;
        altered += if is_altered { changed } else { 0 };
        erased.push(attempt);
    }
    search_index::remove(connection, &erased)?;
    Ok((attempts, altered))
}

/// Returns `true` if this `database.key` can verify the rows of the seal.
fn is_of_this_key(connection: &mut Connection, keys: &Keys, seal: i64) -> Result<bool, StoreError> {
    let key = connection.query_one("SELECT key FROM seals WHERE id = $1", &[seal.into()])?;
    Ok(key.is_none_or(|row| row.text(0) == keys.id))
}
