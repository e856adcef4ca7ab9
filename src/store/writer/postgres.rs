//! Executes a batch on PostgreSQL: one statement for each kind of row, in one round trip.

use std::collections::{HashMap, HashSet};

use tokio_postgres::types::ToSql;

use super::{
    Session,
    command::{Begun, Command, Done, Intent},
};
use crate::store::{
    database::{Access, Connection, Digest, Query, Row, Value},
    error::StoreError,
    requests::{
        confirmations::ConfirmIntent,
        idempotency::{self, KeyRow, KeyState},
        recent_sign_ups::SignUpIntent,
    },
};

const LOOK_UP: &str = "SELECT k.key, k.claim, k.fingerprint, r.id, r.response
    FROM idempotency_keys k LEFT JOIN responses r ON r.id = k.claim WHERE k.key = ANY($1)";

/// Skips keys that another request has used. [`apply`] claims such keys in their own transactions.
const CLAIM: &str = "INSERT INTO idempotency_keys (key, claim, fingerprint, is_takeover)
    SELECT u.key, u.claim, u.fingerprint, 0
    FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) AS u (key, claim, fingerprint)
    ON CONFLICT (key) DO NOTHING RETURNING claim";

/// Stores an intent with a key only if its request claimed the key.
const SIGN_UPS: &str = "INSERT INTO sign_ups (id, name, pair, network)
    SELECT u.id, u.name, u.pair, u.network
    FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
        AS u (id, name, pair, network, key)
    LEFT JOIN idempotency_keys k ON k.key = u.key AND k.claim = u.id
    WHERE u.key IS NULL OR k.key IS NOT NULL
    ON CONFLICT (id) DO NOTHING";

/// Stores an intent with a key only if its request claimed the key.
const CONFIRMS: &str = "INSERT INTO confirms (id, name, code)
    SELECT u.id, u.name, u.code
    FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[]) AS u (id, name, code, key)
    LEFT JOIN idempotency_keys k ON k.key = u.key AND k.claim = u.id
    WHERE u.key IS NULL OR k.key IS NOT NULL
    ON CONFLICT (id) DO NOTHING";

const ATTEMPTS: &str = "INSERT INTO attempts (id, seal, operation, outcome, code, memory,
        request_id, user_sub, cognito_request_id, recipient, username, address, locale, consents,
        digest)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
        $6::bigint[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[],
        $12::bytea[], $13::text[], $14::text[], $15::bytea[])
    ON CONFLICT (id) DO NOTHING RETURNING id";

/// The lock delays a request that takes the key over until this response is stored.
const RESPONSES: &str = "WITH held AS (
        SELECT k.claim, u.response
        FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) AS u (key, claim, response)
        JOIN idempotency_keys k ON k.key = u.key AND k.claim = u.claim
        ORDER BY k.key FOR UPDATE OF k
    ), stored AS (
        INSERT INTO responses (id, response) SELECT claim, response FROM held
        ON CONFLICT (id) DO NOTHING
    )
    SELECT claim FROM held";

/// The parameters of a statement: one array per column.
struct Columns<'a, const N: usize>([Vec<Value<'a>>; N]);

impl<const N: usize> Default for Columns<'_, N> {
    fn default() -> Self {
        Self([const { Vec::new() }; N])
    }
}

impl<'a, const N: usize> Columns<'a, N> {
    fn push(&mut self, row: [Value<'a>; N]) {
        for (column, value) in self.0.iter_mut().zip(row) {
            column.push(value);
        }
    }

    fn query(&self, sql: &'static str) -> Option<Query<'_>> {
        let params = || self.0.iter().map(|column| column as &(dyn ToSql + Sync)).collect();
        (!self.0[0].is_empty()).then(|| (sql, params()))
    }
}

#[derive(Default)]
struct Tables<'a> {
    look_ups: Columns<'a, 1>,
    claims: Columns<'a, 3>,
    sign_ups: Columns<'a, 5>,
    confirms: Columns<'a, 4>,
    attempts: Columns<'a, 15>,
    responses: Columns<'a, 3>,
}

/// Executes a batch. Sets `is_sent` to `true` if the server may have committed a part of the batch.
pub(super) fn apply(
    session: &mut Session,
    batch: &[Command],
    now: i64,
    is_sent: &mut bool,
) -> Result<Vec<Done>, StoreError> {
    let Connection::Postgres(postgres) = &mut session.connection else { return Ok(Vec::new()) };
    let tables = Tables::new(batch);
    let [look_ups, claims, _, _, attempts, responses] =
        postgres.pipeline(&tables.queries(), is_sent)?;
    let ids = |rows: Vec<Row>| rows.iter().map(|row| row.int(0)).collect();
    let key = |row: &Row| Some((row.digest(0)?, KeyRow::new(row)));
    let results = Results {
        keys: look_ups.iter().filter_map(key).collect(),
        claimed: ids(claims),
        new_rows: ids(attempts),
        ended: ids(responses),
    };
    let mut done = Vec::with_capacity(batch.len());
    for command in batch {
        let of_command = results.done(command, session.lease, now);
        // The database has a new row, even if the end of its key needs another transaction.
        let is_new_row =
            matches!(command, Command::End(end, _) if results.new_rows.contains(&end.attempt.id));
        session.note(command, of_command.as_ref().unwrap_or(&Done::Nothing), is_new_row);
        done.push(of_command);
    }
    // Some commands need their own transaction: a claim of a used key, the release of a key, and an
    // undo.
    for (command, done) in batch.iter().zip(&mut done).filter(|(_, done)| done.is_none()) {
        let lease = session.lease;
        let of_command =
            session.connection.transaction(Access::Write, |connection| match command {
                Command::Begin(begin, _) => begin.apply(connection, lease, now).map(Done::Begun),
                Command::End(end, _) => match &end.key {
                    Some(end) => idempotency::end(connection, end).map(Done::Ended),
                    None => Ok(Done::Ended(true)),
                },
                Command::Undo(begin) => begin.undo(connection).map(|()| Done::Nothing),
                Command::LookUp(..) | Command::Run(_) => Ok(Done::Nothing),
            })?;
        *is_sent = true;
        *done = Some(of_command);
    }
    Ok(done.into_iter().flatten().collect())
}

impl<'a> Tables<'a> {
    fn new(batch: &'a [Command]) -> Self {
        let mut tables = Self::default();
        let mut claims = Vec::new();
        for command in batch {
            match command {
                Command::LookUp(claim, _) => tables.look_ups.push([(&claim.key).into()]),
                Command::Begin(begin, _) => {
                    if let Some(claim) = &begin.key {
                        claims.push((&claim.key, begin.id, &claim.fingerprint));
                    }
                    let key = begin.key.as_ref().map(|claim| &claim.key);
                    if let Some(intent) = &begin.intent {
                        tables.push_intent(begin.id, intent, key);
                    }
                }
                Command::End(end, _) => {
                    if let Some(intent) = &end.intent {
                        tables.push_intent(end.attempt.id, intent, None);
                    }
                    tables.attempts.push(end.attempt.values());
                    if let Some(end) = &end.key
                        && let Some(response) = end.outcome.column()
                    {
                        tables.responses.push([(&end.key).into(), end.claim.into(), response]);
                    }
                }
                Command::Undo(_) | Command::Run(_) => {}
            }
        }
        // Sorts the claims, because two replicas with the same keys in different orders could
        // deadlock.
        claims.sort_unstable();
        for (key, claim, fingerprint) in claims {
            tables.claims.push([key.into(), claim.into(), fingerprint.into()]);
        }
        tables
    }

    fn push_intent(&mut self, id: i64, intent: &'a Intent, key: Option<&'a Digest>) {
        match intent {
            Intent::SignUp(SignUpIntent { name, pair, network, .. }) => {
                let row = [id.into(), name.into(), pair.into(), network.into(), key.into()];
                self.sign_ups.push(row);
            }
            Intent::Confirm(ConfirmIntent { name, code }) => {
                self.confirms.push([id.into(), name.into(), code.into(), key.into()]);
            }
        }
    }

    /// Returns the statements. A statement without rows is `None`.
    fn queries(&self) -> [Option<Query<'_>>; 6] {
        [
            self.look_ups.query(LOOK_UP),
            self.claims.query(CLAIM),
            self.sign_ups.query(SIGN_UPS),
            self.confirms.query(CONFIRMS),
            self.attempts.query(ATTEMPTS),
            self.responses.query(RESPONSES),
        ]
    }
}

/// Rows that the statements of a batch returned.
struct Results {
    keys: HashMap<Digest, KeyRow>,
    claimed: HashSet<i64>,
    new_rows: HashSet<i64>,
    ended: HashSet<i64>,
}

impl Results {
    /// Returns the result of a command, or `None` if the command needs its own transaction.
    fn done(&self, command: &Command, lease: i64, now: i64) -> Option<Done> {
        match command {
            Command::LookUp(claim, _) => {
                let row = self.keys.get(&claim.key).cloned();
                Some(Done::LookedUp(KeyState::of(row, claim.fingerprint, lease, now)))
            }
            Command::Begin(begin, _) => {
                let state = begin.key.map(|_| KeyState::New);
                let is_claimed = state.is_none() || self.claimed.contains(&begin.id);
                is_claimed.then_some(Done::Begun(Begun { id: begin.id, state }))
            }
            Command::End(end, _) => match &end.key {
                None => Some(Done::Ended(true)),
                Some(end) if end.outcome.column().is_some() => {
                    Some(Done::Ended(self.ended.contains(&end.claim)))
                }
                Some(_) => None,
            },
            Command::Undo(_) => None,
            Command::Run(_) => Some(Done::Nothing),
        }
    }
}
