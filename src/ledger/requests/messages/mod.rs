//! The codes that were sent and confirmed in the last hour, by calling code, and whom the
//! messages of a user name go to.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row, any::AnyRow};

use crate::ledger::writers::expired;

/// How long it is remembered whom a user name's messages go to, in milliseconds: accounts that
/// nobody confirms are there for long, and codes can be asked for again and again.
const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;

/// How long it counts what was sent, and how long it is kept, in minutes.
const COUNTED: i64 = 60;
const KEPT: i64 = 2 * COUNTED;

const MINUTE: i64 = 60 * 1000;

/// What came of the codes of the last hour to the numbers of one calling code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingCodeCount {
    /// Such as 44.
    pub calling_code: u16,
    /// How many were sent, but for the youngest.
    pub sent: u64,
    /// How many were confirmed.
    pub confirmed: u64,
}

/// Whom the messages of a user name go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRecipients {
    /// Of the phone number, where codes go by SMS.
    pub calling_code: Option<u16>,
    /// Digests, as they were given.
    pub digests: Vec<String>,
}

/// A code that was sent or confirmed.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum Message {
    Sent {
        calling_code: Option<u16>,
        /// The digest of a user name, and whom its messages go to, if that is to be remembered.
        remembered: Option<(String, MessageRecipients)>,
    },
    Confirmed {
        calling_code: Option<u16>,
        /// The digest of the user name, which may tell the calling code.
        name: String,
    },
}

/// Writes what is in a batch, all names in their order and then all calling codes in theirs: so
/// two transactions never wait for each other. What is written twice, because nobody knows
/// whether a transaction was committed, counts twice.
pub(in crate::ledger) async fn write(
    connection: &mut AnyConnection,
    messages: impl Iterator<Item = &Message>,
    now: i64,
) -> sqlx::Result<()> {
    let mut names = BTreeMap::new();
    let mut counts: BTreeMap<u16, (i64, i64)> = BTreeMap::new();
    for message in messages {
        match message {
            Message::Sent { calling_code, remembered } => {
                names.extend(remembered.as_ref().map(|(name, whom)| (name, whom)));
                if let Some(code) = calling_code {
                    counts.entry(*code).or_default().0 += 1;
                }
            }
            Message::Confirmed { calling_code: Some(code), .. } => {
                counts.entry(*code).or_default().1 += 1;
            }
            Message::Confirmed { calling_code: None, name } => {
                let known = recipients(connection, name, now).await?;
                if let Some(code) = known.and_then(|known| known.calling_code) {
                    counts.entry(code).or_default().1 += 1;
                }
            }
        }
    }
    for (name, whom) in names {
        remember(connection, name, whom, now).await?;
    }
    for (code, (sent, confirmed)) in counts {
        count(connection, code, sent, confirmed, now).await?;
    }
    Ok(())
}

async fn remember(
    connection: &mut AnyConnection,
    name: &str,
    whom: &MessageRecipients,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO message_recipients (name, calling_code, recipients, expires_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET
             calling_code = excluded.calling_code,
             recipients = excluded.recipients,
             expires_at = excluded.expires_at",
    )
    .bind(name.to_owned())
    .bind(whom.calling_code.map(i64::from))
    .bind(whom.digests.join(" "))
    .bind(now + WEEK)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn count(
    connection: &mut AnyConnection,
    code: u16,
    sent: i64,
    confirmed: i64,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO calling_codes (calling_code, minute, sent, confirmed)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (calling_code, minute) DO UPDATE SET
             sent = calling_codes.sent + excluded.sent,
             confirmed = calling_codes.confirmed + excluded.confirmed",
    )
    .bind(i64::from(code))
    .bind(now / MINUTE)
    .bind(sent)
    .bind(confirmed)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Returns the recipients of messages to a user name, by its digest.
pub(in crate::ledger) async fn recipients(
    connection: &mut AnyConnection,
    name: &str,
    now: i64,
) -> sqlx::Result<Option<MessageRecipients>> {
    let row = sqlx::query(
        "SELECT calling_code, recipients FROM message_recipients
         WHERE name = $1 AND expires_at > $2",
    )
    .bind(name.to_owned())
    .bind(now)
    .fetch_optional(&mut *connection)
    .await?;
    let recipients = |row: AnyRow| MessageRecipients {
        calling_code: row.get::<Option<i64>, _>(0).and_then(|code| u16::try_from(code).ok()),
        digests: row.get::<String, _>(1).split_whitespace().map(str::to_owned).collect(),
    };
    Ok(row.map(recipients))
}

/// What was counted in the last hour. Codes that are younger than the grace, in milliseconds, do
/// not count as sent.
pub(in crate::ledger) async fn counted(
    connection: &mut AnyConnection,
    grace: i64,
    now: i64,
) -> sqlx::Result<Vec<CallingCodeCount>> {
    let rows = sqlx::query(
        "SELECT calling_code,
             CAST(SUM(CASE WHEN minute <= $1 THEN sent ELSE 0 END) AS BIGINT),
             CAST(SUM(confirmed) AS BIGINT)
         FROM calling_codes WHERE minute > $2 GROUP BY calling_code ORDER BY calling_code",
    )
    .bind((now - grace) / MINUTE)
    .bind(now / MINUTE - COUNTED)
    .fetch_all(&mut *connection)
    .await?;
    let whole = |row: &AnyRow, index| u64::try_from(row.get::<i64, _>(index)).unwrap_or(0);
    let counted = |row: &AnyRow| {
        let calling_code = u16::try_from(row.get::<i64, _>(0)).ok()?;
        Some(CallingCodeCount { calling_code, sent: whole(row, 1), confirmed: whole(row, 2) })
    };
    Ok(rows.iter().filter_map(counted).collect())
}

/// Deletes some of what no longer counts, and returns how many rows.
pub(in crate::ledger) async fn forget(
    connection: &mut AnyConnection,
    now: i64,
) -> sqlx::Result<u64> {
    let names = expired::delete(connection, "message_recipients", "name", now).await?;
    // At most a few hundred a minute.
    let minutes = sqlx::query("DELETE FROM calling_codes WHERE minute < $1")
        .bind(now / MINUTE - KEPT)
        .execute(&mut *connection)
        .await?;
    Ok(names + minutes.rows_affected())
}

#[cfg(test)]
mod tests;
