//! The numbers of sent and confirmed codes in the last hour, by calling code. Also the recipients
//! of messages to a user name that does not contain the recipients.

use std::collections::BTreeMap;

use crate::store::{
    database::{Connection, Digest, Value},
    error::StoreError,
};

/// Minutes for which codes count, and for which the store keeps their numbers.
const COUNTED: i64 = 60;
pub(in crate::store) const RETENTION_MINUTES: i64 = 2 * COUNTED;

pub(in crate::store) const MINUTE: i64 = 60 * 1000;

/// The codes of the last hour to the numbers of one calling code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingCodeCount {
    /// The calling code, such as 44.
    pub calling_code: u16,
    /// Codes that Cognito sent before the grace period.
    pub sent: u64,
    /// Codes that users confirmed.
    pub confirmed: u64,
}

/// The recipients of messages to a user name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRecipients {
    /// Calling code of the phone number. `None` if codes go by email.
    pub calling_code: Option<u16>,
    /// Digests that the rate limits computed.
    pub digests: Vec<String>,
}

/// A sent or confirmed code.
#[derive(Clone, Debug)]
pub(in crate::store) enum Message {
    Sent {
        calling_code: Option<u16>,
        /// Digest of a user name and the recipients of its messages. `None` if the store must not
        /// keep them.
        remembered: Option<(Digest, MessageRecipients)>,
        /// `true` if Cognito created the account with these recipients. `false` if Cognito may have
        /// created the account. Known recipients then stay, because they may belong to another
        /// user's account.
        is_created: bool,
    },
    Confirmed {
        calling_code: Option<u16>,
        /// Digest of the user name, whose recipients may contain the calling code.
        name: Digest,
    },
}

impl Message {
    /// Returns the digest of the user name whose recipients the message changes.
    fn name(&self) -> Option<Digest> {
        match self {
            Self::Sent { remembered, .. } => remembered.as_ref().map(|(name, _)| *name),
            Self::Confirmed { name, .. } => Some(*name),
        }
    }
}

/// Writes messages within a transaction. Changes rows in the order of names, then of calling codes.
/// With one order, two transactions never wait for each other.
pub(in crate::store) fn write(
    connection: &mut Connection,
    messages: &[Message],
    next_id: &mut impl FnMut() -> i64,
    now: i64,
) -> Result<(), StoreError> {
    let mut counts: BTreeMap<u16, (i64, i64)> = BTreeMap::new();
    let mut messages: Vec<&Message> = messages.iter().collect();
    messages.sort_by_key(|message| message.name());
    for message in messages {
        match message {
            Message::Sent { calling_code, remembered, is_created } => {
                if let Some((name, recipients)) = remembered
                    && (*is_created || look_up(connection, *name)?.is_none())
                {
                    remember(connection, next_id(), *name, recipients)?;
                }
                if let Some(code) = calling_code {
                    counts.entry(*code).or_default().0 += 1;
                }
            }
            Message::Confirmed { calling_code, name } => {
                let known = look_up(connection, *name)?;
                let code = calling_code.or(known.as_ref().and_then(|known| known.calling_code));
                if let Some(code) = code {
                    counts.entry(code).or_default().1 += 1;
                }
                if known.is_some() {
                    delete(connection, *name)?;
                }
            }
        }
    }
    for (code, (sent, confirmed)) in counts {
        connection.execute(
            "INSERT INTO calling_codes (minute, calling_code, sent, confirmed)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (minute, calling_code) DO UPDATE SET
                 sent = calling_codes.sent + excluded.sent,
                 confirmed = calling_codes.confirmed + excluded.confirmed",
            &[(now / MINUTE).into(), i64::from(code).into(), sent.into(), confirmed.into()],
        )?;
    }
    Ok(())
}

/// Returns the recipients of messages to a user name, or `None` if the store has no recipients.
pub(in crate::store) fn look_up(
    connection: &mut Connection,
    name: Digest,
) -> Result<Option<MessageRecipients>, StoreError> {
    let row = connection.query_one(
        "SELECT calling_code, recipients FROM recipients WHERE name = $1 ORDER BY id DESC LIMIT 1",
        &[name.into()],
    )?;
    Ok(row.map(|row| MessageRecipients {
        calling_code: row.optional_int(0).and_then(|code| u16::try_from(code).ok()),
        digests: row.text(1).split_whitespace().map(str::to_owned).collect(),
    }))
}

pub(in crate::store) fn delete(
    connection: &mut Connection,
    name: Digest,
) -> Result<u64, StoreError> {
    connection.execute("DELETE FROM recipients WHERE name = $1", &[name.into()])
}

/// Returns the counts of the last hour. Codes that are younger than `grace`, in milliseconds, do
/// not count as sent.
pub(in crate::store) fn count(
    connection: &mut Connection,
    grace: i64,
    now: i64,
) -> Result<Vec<CallingCodeCount>, StoreError> {
    let rows = connection.query(
        "SELECT calling_code, minute, sent, confirmed FROM calling_codes WHERE minute > $1",
        &[(now / MINUTE - COUNTED).into()],
    )?;
    let mut counts: BTreeMap<u16, CallingCodeCount> = BTreeMap::new();
    for row in &rows {
        let Ok(calling_code) = u16::try_from(row.int(0)) else { continue };
        let count = counts.entry(calling_code).or_insert(CallingCodeCount {
            calling_code,
            sent: 0,
            confirmed: 0,
        });
        if row.int(1) <= (now - grace) / MINUTE {
            count.sent += row.int(2).unsigned_abs();
        }
        count.confirmed += row.int(3).unsigned_abs();
    }
    Ok(counts.into_values().collect())
}

fn remember(
    connection: &mut Connection,
    id: i64,
    name: Digest,
    recipients: &MessageRecipients,
) -> Result<(), StoreError> {
    delete(connection, name)?;
    connection.execute(
        "INSERT INTO recipients (id, name, calling_code, recipients) VALUES ($1, $2, $3, $4)",
        &[
            id.into(),
            name.into(),
            Value::from(recipients.calling_code.map(i64::from)),
            recipients.digests.join(" ").into(),
        ],
    )?;
    Ok(())
}
