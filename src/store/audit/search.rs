//! Finds the attempts of a user.

use std::{collections::BTreeSet, fmt};

use crate::store::{
    audit::{lookup, record::counted, short_id::ShortId},
    database::{Access, Connection, Digest, Row, Value},
    error::StoreError,
    keys::Keys,
};

/// The subject of a search.
#[derive(Clone, Debug)]
pub enum SubjectQuery {
    /// An email address, phone number or user name, in its canonical form.
    Name(String),
    /// The account with this `sub`.
    Account(String),
    /// The request with this id.
    Request(String),
}

/// The result of a search.
#[derive(Clone, Debug, Default)]
pub struct SearchResult {
    pub(super) ids: BTreeSet<i64>,
    /// Digests of the name that was searched for, and of the names of its accounts.
    pub(super) names: BTreeSet<Digest>,
    sign_ups: u64,
}

impl SearchResult {
    pub(super) fn has_attempts(&self) -> bool {
        !self.ids.is_empty()
    }
}

/// Displays as `2 attempts and 1 sign-up of the last 15 minutes`.
impl fmt::Display for SearchResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = counted(self.ids.len() as u64, "attempt");
        let sign_ups = counted(self.sign_ups, "sign-up");
        write!(formatter, "{attempts} and {sign_ups} of the last 15 minutes")
    }
}

/// Finds the attempts of a user from an id on.
///
/// Attempts with the digest or `sub` in question may name accounts. The other attempts of these
/// accounts are found, too: by `sub`, and by the names in the attempts that are about the user's
/// own account. The attempts of another user's account are not: an attempt with a name that was
/// taken does not tell the user of that name, and an attempt that names an account belongs to that
/// one alone. Attempts that were written with another `database.key` are found by `sub` and
/// request id only.
pub(super) fn find(
    connection: &mut Connection,
    keys: &Keys,
    query: &SubjectQuery,
    since: i64,
) -> Result<SearchResult, StoreError> {
    connection.transaction(Access::Read, |connection| {
        let last_run = lookup::last_run(connection)?;
        let mut search = Search { connection, since, last_run, result: SearchResult::default() };
        match query {
            SubjectQuery::Request(id) => {
                search.add(&Key::Request(ShortId::new(id.clone()).to_column()))?;
            }
            SubjectQuery::Account(sub) => {
                let sub = ShortId::new(sub.clone()).to_column();
                let direct = search.add(&Key::Account(sub.clone()))?;
                search.add_by_names(&direct, &BTreeSet::from([&sub]))?;
            }
            SubjectQuery::Name(name) => {
                let name = keys.name(name);
                search.result.names.insert(name);
                let direct = search.add(&Key::Name(name))?;
                let subs: BTreeSet<&Vec<u8>> =
                    direct.iter().filter_map(|row| row.user_sub.as_ref()).collect();
                for sub in &subs {
                    search.add(&Key::Account(Vec::clone(sub)))?;
                }
                search.add_by_names(&direct, &subs)?;
            }
        }
        search.count_sign_ups()?;
        Ok(search.result)
    })
}

/// A column to search by.
enum Key {
    Name(Digest),
    Account(Vec<u8>),
    Request(Vec<u8>),
}

/// The columns of an attempt that identify its user.
struct MatchedRow {
    id: i64,
    is_about_own_account: bool,
    user_sub: Option<Vec<u8>>,
    names: [Option<Digest>; 2],
}

struct Search<'a> {
    connection: &'a mut Connection,
    since: i64,
    last_run: i64,
    result: SearchResult,
}

impl Search<'_> {
    /// Adds the attempts with this value to the result.
    fn add(&mut self, key: &Key) -> Result<Vec<MatchedRow>, StoreError> {
        let rows = self.matches(key)?;
        self.result.ids.extend(rows.iter().map(|row| row.id));
        Ok(rows)
    }

    /// Adds the attempts with the names of the user's accounts, unless they name another account.
    fn add_by_names(
        &mut self,
        direct: &[MatchedRow],
        subs: &BTreeSet<&Vec<u8>>,
    ) -> Result<(), StoreError> {
        let own = direct.iter().filter(|row| row.is_about_own_account);
        for name in own.flat_map(|row| row.names).flatten() {
            if !self.result.names.insert(name) {
                continue;
            }
            let rows = self.matches(&Key::Name(name))?;
            let theirs = rows
                .iter()
                .filter(|row| row.user_sub.as_ref().is_none_or(|sub| subs.contains(sub)));
            self.result.ids.extend(theirs.map(|row| row.id));
        }
        Ok(())
    }

    /// Returns the attempts with this value: those that the index names, and those after it.
    fn matches(&mut self, key: &Key) -> Result<Vec<MatchedRow>, StoreError> {
        let (condition, fingerprint, value): (_, _, Value) = match key {
            Key::Name(name) => ("(recipient = $2 OR username = $2)", *name, (*name).into()),
            Key::Account(sub) => ("user_sub = $2", lookup::of_id(sub), sub.clone().into()),
            Key::Request(id) => ("request_id = $2", lookup::of_id(id), id.clone().into()),
        };
        let select = |comparison: &str| {
            format!(
                "SELECT id, operation, outcome, user_sub, recipient, username FROM attempts
                 WHERE id {comparison} $1 AND {condition} ORDER BY id"
            )
        };
        let after = self.last_run.max(self.since - 1);
        let mut rows = self.connection.query(&select(">"), &[after.into(), value.clone()])?;
        for id in lookup::candidates(self.connection, fingerprint, self.since)? {
            if id >= self.since {
                rows.extend(self.connection.query(&select("="), &[id.into(), value.clone()])?);
            }
        }
        Ok(rows.iter().map(MatchedRow::of_row).collect())
    }

    fn count_sign_ups(&mut self) -> Result<(), StoreError> {
        for name in &self.result.names {
            let sql = "SELECT COUNT(*) FROM sign_ups WHERE name = $1";
            let row = self.connection.query_one(sql, &[(*name).into()])?;
            self.result.sign_ups += row.map_or(0, |row| row.int(0).unsigned_abs());
        }
        Ok(())
    }
}

impl MatchedRow {
    fn of_row(row: &Row) -> Self {
        let user_sub = row.optional_blob(3).map(<[u8]>::to_vec);
        let is_own_sign_up =
            row.text(1) == "register" && matches!(&*row.text(2), "created" | "existing");
        Self {
            id: row.int(0),
            is_about_own_account: is_own_sign_up || user_sub.is_some(),
            user_sub,
            names: [row.digest(4), row.digest(5)],
        }
    }
}
