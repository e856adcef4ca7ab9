//! Finds the attempts of a user.

use std::{collections::BTreeSet, fmt};

use crate::store::{
    audit::{
        log::AuditLog, record::summary, search_index, short_id, stored_attempt::StoredAttempt,
    },
    database::{Access, Connection, Digest, Value},
    error::StoreError,
    id,
};

/// The subject of a search.
#[derive(Clone, Debug)]
pub enum SubjectQuery {
    /// A normalised email address, phone number or user name.
    Name(String),
    /// The `sub` of an account.
    Account(String),
    /// The id of a request.
    Request(String),
}

/// The result of a search. `Display` shows `2 attempts and 1 sign-up of the last 15 minutes`.
#[derive(Clone, Debug, Default)]
pub struct SearchResult {
    pub(super) ids: BTreeSet<i64>,
    /// Digests of the requested name, and of the names of its accounts.
    pub(super) names: BTreeSet<Digest>,
    sign_ups: u64,
}

impl fmt::Display for SearchResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&summary(self.ids.len() as u64, self.sign_ups))
    }
}

impl AuditLog {
    /// Finds the attempts of a user since a time, in milliseconds since 1970.
    ///
    /// The attempts with the requested name or `sub` may belong to accounts. The search adds the
    /// other attempts of these accounts, by their `sub` and by the names in rows about the user's
    /// own account.
    ///
    /// The search leaves out attempts of other accounts. A sign-up with a taken name does not show
    /// the owner of that name. A row with a `sub` belongs to that account alone. The search finds
    /// rows of another `database.key` by `sub` and request id only.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn find(&mut self, query: &SubjectQuery, since: i64) -> Result<SearchResult, StoreError> {
        let Self { keys, connection } = self;
        connection.transaction(Access::Read, |connection| {
            let mut search = Search::new(connection, since)?;
            let mut result = SearchResult::default();
            let direct = match query {
                SubjectQuery::Request(id) => {
                    search.by_id("request_id", &short_id::to_column(id))?
                }
                SubjectQuery::Account(sub) => {
                    search.by_id("user_sub", &short_id::to_column(sub))?
                }
                SubjectQuery::Name(name) => {
                    let name = keys.name(name);
                    result.names.insert(name);
                    search.by_name(name)?
                }
            };
            result.ids.extend(direct.iter().map(|attempt| attempt.id));
            if let SubjectQuery::Request(_) = query {
                return Ok(result);
            }
            let subs: BTreeSet<&Vec<u8>> =
                direct.iter().filter_map(|attempt| attempt.user_sub.as_ref()).collect();
            for sub in &subs {
                let attempts = search.by_id("user_sub", sub)?;
                result.ids.extend(attempts.iter().map(|attempt| attempt.id));
            }
            let own = direct.iter().filter(|attempt| is_about_own_account(attempt));
            for name in own.flat_map(|attempt| [attempt.recipient, attempt.username]).flatten() {
                if result.names.insert(name) {
                    let mut attempts = search.by_name(name)?;
                    attempts.retain(|other| {
                        other.user_sub.as_ref().is_none_or(|sub| subs.contains(sub))
                    });
                    result.ids.extend(attempts.iter().map(|attempt| attempt.id));
                }
            }
            for name in &result.names {
                let sql = "SELECT COUNT(*) FROM sign_ups WHERE name = $1";
                let row = search.connection.query_one(sql, &[(*name).into()])?;
                result.sign_ups += row.map_or(0, |row| row.int(0).unsigned_abs());
            }
            Ok(result)
        })
    }

    /// Returns `true` if an attempt since a time, in milliseconds since 1970, sent a code to an
    /// account, or may have. The account has this `sub` and these names. Rejected attempts do not
    /// count, because any client can cause rejections.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn has_code(
        &mut self,
        names: &[String],
        sub: &str,
        since: i64,
    ) -> Result<bool, StoreError> {
        let Self { keys, connection } = self;
        connection.transaction(Access::Read, |connection| {
            let mut search = Search::new(connection, since)?;
            let sub = short_id::to_column(sub);
            let mut attempts = search.by_id("user_sub", &sub)?;
            for name in names {
                attempts.extend(search.by_name(keys.name(name))?);
            }
            let is_of_account = |attempt: &StoredAttempt| {
                attempt.user_sub.as_ref().is_none_or(|other| *other == sub)
            };
            Ok(attempts.iter().any(|attempt| {
                is_of_account(attempt)
                    && matches!(&*attempt.outcome, "created" | "sent" | "unknown")
            }))
        })
    }
}

struct Search<'a> {
    connection: &'a mut Connection,
    since: i64,
    /// The last id in the index.
    last_run: i64,
}

impl<'a> Search<'a> {
    fn new(connection: &'a mut Connection, since: i64) -> Result<Self, StoreError> {
        let last_run = search_index::last_run(connection)?;
        Ok(Self { connection, since: id::first_at(since), last_run })
    }

    fn by_name(&mut self, name: Digest) -> Result<Vec<StoredAttempt>, StoreError> {
        self.select("(recipient = $2 OR username = $2)", name, &name.into())
    }

    fn by_id(&mut self, column: &str, id: &[u8]) -> Result<Vec<StoredAttempt>, StoreError> {
        self.select(&format!("{column} = $2"), search_index::of_id(id), &id.to_vec().into())
    }

    /// Selects attempts: those in the index, and those after it.
    fn select(
        &mut self,
        condition: &str,
        fingerprint: Digest,
        value: &Value,
    ) -> Result<Vec<StoredAttempt>, StoreError> {
        let after = self.last_run.max(self.since - 1);
        let later = format!("id > $1 AND {condition} ORDER BY id");
        let params = [after.into(), value.clone()];
        let mut attempts = StoredAttempt::query(self.connection, &later, &params)?;
        let indexed = format!("id = $1 AND {condition}");
        for id in search_index::candidates(self.connection, fingerprint, self.since)? {
            if id >= self.since {
                let params = [id.into(), value.clone()];
                attempts.extend(StoredAttempt::query(self.connection, &indexed, &params)?);
            }
        }
        Ok(attempts)
    }
}

/// Returns `true` if the names of an attempt are those of its own account.
fn is_about_own_account(attempt: &StoredAttempt) -> bool {
    let is_own_sign_up =
        attempt.operation == "register" && matches!(&*attempt.outcome, "created" | "existing");
    is_own_sign_up || attempt.user_sub.is_some()
}
