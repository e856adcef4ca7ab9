//! Deletes the rows of the audit log whose retention is over, by whole seals. The seals stay.

use std::ops::Range;

use crate::{
    config,
    store::{
        audit::{
            attempts::{Kind, MAX_AGE},
            seals::{ABANDONED, COLUMNS, Content, Seal},
            stored_attempt::StoredAttempt,
        },
        database::{Access, BATCH, Connection},
        error::StoreError,
        id,
        keys::Keys,
        requests::recipients::MINUTE,
    },
};

/// A day in milliseconds.
pub(in crate::store) const DAY: i64 = 24 * 60 * 60 * 1000;

/// Selects the seals whose rows are due. Open seals of another key are among them, because no
/// service closes them.
const DUE: &str = "SELECT id FROM seals
         WHERE kind = $1 AND last_id < $2 AND mac IS NOT NULL AND expired_at IS NULL
     UNION ALL SELECT id FROM seals
         WHERE kind = $1 AND opened_at < $3 AND mac IS NULL AND expired_at IS NULL AND key <> $4
     ORDER BY id";

/// Deletes the rows of seals whose newest row is older than the retention. Stores a MAC of each
/// deletion.
///
/// Keeps the rows of an altered seal as evidence. A seal of another `database.key` cannot be
/// verified. Its rows expire, too.
pub(in crate::store) fn delete_expired(
    connection: &mut Connection,
    keys: &Keys,
    settings: &config::Audit,
    now: i64,
) -> Result<(), StoreError> {
    let accounts = now - id::milliseconds(settings.retention_accounts);
    let rejections = now - id::milliseconds(settings.retention_rejections);
    for (kind, before) in [(Kind::Accounts, accounts), (Kind::Rejections, rejections)] {
        let params = [
            kind.as_str().into(),
            id::first_at(before).into(),
            (before - ABANDONED).into(),
            keys.id.clone().into(),
        ];
        for row in connection.query(DUE, &params)? {
            expire(connection, keys, row.int(0), now)?;
        }
    }
    connection.delete_before(
        "rejections",
        "minute, operation, code",
        "minute",
        rejections / MINUTE,
    )?;
    connection.delete_before("recipients", "id", "id", id::first_at(accounts))?;
    let oldest = accounts.min(rejections);
    connection.delete_before("lookup", "run, bucket", "run", id::first_at(oldest - 2 * MAX_AGE))
}

/// Deletes the rejections above the daily maximum. A flood of rejections therefore cannot fill the
/// disk. Keeps the first rows of each day. Returns the number of deleted rows.
///
/// `days` are numbers of days since 1970 that have ended at least 24 hours ago. Younger rows show
/// the accounts to which the service sent a code.
pub(in crate::store) fn delete_above_maximum(
    connection: &mut Connection,
    keys: &Keys,
    settings: &config::Audit,
    days: Range<i64>,
    now: i64,
) -> Result<u64, StoreError> {
    const SEALS: &str = "SELECT id, last_id, row_count FROM seals
         WHERE kind = $1 AND last_id >= $2 AND last_id < $3 AND mac IS NOT NULL AND expired_at IS NULL
         ORDER BY last_id";
    let range = [days.start, days.end].map(|day| id::first_at(day * DAY).into());
    let [first, end] = range;
    let (mut day, mut rows_of_day, mut deleted) = (0, 0, 0);
    for seal in connection.query(SEALS, &[Kind::Rejections.as_str().into(), first, end])? {
        let rows = seal.int(2).unsigned_abs();
        if id::time(seal.int(1)) / DAY != day {
            (day, rows_of_day) = (id::time(seal.int(1)) / DAY, 0);
        }
        rows_of_day += rows;
        if rows_of_day > settings.max_rejections_per_day {
            expire(connection, keys, seal.int(0), now)?;
            deleted += rows;
        }
    }
    Ok(deleted)
}

fn expire(connection: &mut Connection, keys: &Keys, id: i64, now: i64) -> Result<(), StoreError> {
    // Reads one snapshot, because another replica may delete the same rows.
    let seal = connection.transaction(Access::Read, |connection| {
        let sql = format!("SELECT {COLUMNS} FROM seals WHERE id = $1 AND expired_at IS NULL");
        let Some(row) = connection.query_one(&sql, &[id.into()])? else { return Ok(None) };
        let seal = Seal::of_row(&row);
        let is_due = seal.key != keys.id || is_intact(connection, keys, &seal)?;
        Ok(Some(seal).filter(|_| is_due))
    })?;
    let Some(seal) = seal else { return Ok(()) };
    while !delete_some(connection, keys, &seal, now)? {}
    Ok(())
}

/// Returns `true` if a seal and its rows are unaltered, or if its expiry has begun.
fn is_intact(connection: &mut Connection, keys: &Keys, seal: &Seal) -> Result<bool, StoreError> {
    let mut is_intact = seal.closed_by(keys).is_some();
    if is_intact && !seal.is_expiring(keys) {
        let mut content = Content::default();
        let (first, last) = seal.content.range();
        StoredAttempt::for_each(connection, first - 1, last + 1, |attempt| {
            if attempt.seal == seal.id {
                content.add(attempt.id, attempt.digest);
                is_intact &= attempt.is_authentic(keys);
            }
            Ok(())
        })?;
        is_intact &= content == seal.content;
    }
    if !is_intact {
        tracing::error!(
            alarm = true,
            seal = seal.id,
            "audit rows kept beyond their retention: their seal does not match. Run `vestibule audit verify`"
        );
    }
    Ok(is_intact)
}

/// Deletes at most 500 rows of a seal. Returns `true` if no row is left.
fn delete_some(
    connection: &mut Connection,
    keys: &Keys,
    seal: &Seal,
    now: i64,
) -> Result<bool, StoreError> {
    const OF_SEAL: &str = "FROM attempts WHERE id >= $1 AND id <= $2 AND seal = $3";
    let (first, last) = if seal.is_open {
        (
            id::first_at(seal.opened_at.saturating_sub(MAX_AGE)),
            id::first_at(seal.opened_at.saturating_add(ABANDONED)),
        )
    } else {
        seal.content.range()
    };
    let range = [first.into(), last.into(), seal.id.into()];
    connection.transaction(Access::Write, |connection| {
        // The update also locks the seal on PostgreSQL.
        let begun = connection.execute(
            "UPDATE seals SET expired_mac = $1 WHERE id = $2 AND expired_at IS NULL",
            &[seal.expiry_mac(keys, None).into(), seal.id.into()],
        )?;
        if begun == 0 {
            return Ok(true);
        }
        let delete = format!(
            "DELETE FROM attempts WHERE id IN (SELECT id {OF_SEAL} ORDER BY id LIMIT {BATCH})"
        );
        connection.execute(&delete, &range)?;
        if connection.query_one(&format!("SELECT id {OF_SEAL} LIMIT 1"), &range)?.is_some() {
            return Ok(false);
        }
        connection.execute(
            "UPDATE seals SET expired_at = $1, expired_mac = $2 WHERE id = $3",
            &[now.into(), seal.expiry_mac(keys, Some(now)).into(), seal.id.into()],
        )?;
        Ok(true)
    })
}
