//! `vestibule audit verify`: compares the audit log with its seals.

pub(in crate::store) mod expected_seals;
pub(in crate::store) mod output;

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
};

use serde::Serialize;

use self::{
    expected_seals::{ExpectedSeals, SealChain},
    output::{Finding, Output},
};
use crate::store::{
    audit::{
        log::{AuditLog, Position, Report},
        record::{OutputFormat, counted, time},
        seals::{COLUMNS, ClosedBy, Content, Seal},
        stored_attempt::StoredAttempt,
    },
    database::{Access, Connection},
    error::StoreError,
    keys::Keys,
};

/// Age in milliseconds at which the writer of an open seal must have ended.
const OPEN: i64 = 15 * 60 * 1000;

/// Age in milliseconds from which no service closes a seal of another key.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The result of a verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Attempts, erased attempts included.
    pub attempts: u64,
    /// Erased attempts.
    pub erased: u64,
    /// Attempts whose seal is closed.
    pub sealed: u64,
    /// Attempts whose seal is open.
    pub unsealed: u64,
    /// Attempts of another `database.key`.
    pub unverifiable: u64,
    /// Seals of another `database.key`.
    pub unverifiable_seals: u64,
    /// Alterations.
    pub alterations: u64,
}

impl AuditLog {
    /// Compares all rows of one snapshot with their digests and seals. Writes a finding for each
    /// alteration. `now` is the time in milliseconds since 1970.
    ///
    /// # Errors
    /// Returns an error if the database or the output fails, or `report` returns an error.
    pub fn verify(
        &mut self,
        expected: &ExpectedSeals,
        format: OutputFormat,
        now: i64,
        out: &mut dyn Write,
        report: &mut Report<'_>,
    ) -> Result<Verification, StoreError> {
        let Self { keys, connection } = self;
        connection.transaction(Access::Read, |connection| {
            let foreign = "SELECT id FROM seals WHERE key <> $1";
            let foreign = connection.query(foreign, &[keys.id.clone().into()])?;
            let mut verifier = Verifier {
                keys,
                now,
                out: Output::new(format, out),
                result: Verification::default(),
                foreign: foreign.iter().map(|row| row.int(0)).collect(),
                contents: BTreeMap::new(),
                chain: SealChain::default(),
                other_keys: BTreeMap::new(),
            };
            let mut reached = Position::default();
            StoredAttempt::for_each(connection, i64::MIN, i64::MAX, |row| {
                verifier.attempt(row)?;
                reached.pass(Some(row.id));
                report(reached)
            })?;
            verifier.seals(connection)?;
            for (seal, sentence) in verifier.chain.compare(expected) {
                verifier.alteration("differs_from_earlier_run", seal, sentence)?;
            }
            verifier.conclude()
        })
    }
}

struct Verifier<'a> {
    keys: &'a Keys,
    now: i64,
    out: Output<'a>,
    result: Verification,
    /// Seals of another key.
    foreign: HashSet<i64>,
    contents: BTreeMap<i64, Content>,
    chain: SealChain,
    /// Seals of each other key.
    other_keys: BTreeMap<String, u64>,
}

impl Verifier<'_> {
    fn attempt(&mut self, row: &StoredAttempt) -> Result<(), StoreError> {
        self.result.attempts += 1;
        self.result.erased += u64::from(row.erased_at.is_some());
        self.contents.entry(row.seal).or_default().add(row.id, row.digest);
        if self.foreign.contains(&row.seal) || row.is_authentic(self.keys) {
            return Ok(());
        }
        let (code, flaw) = if row.erased_at.is_some() {
            ("erasure_mac_invalid", "its erasure has no valid MAC, or it was altered afterwards")
        } else {
            ("attempt_altered", "it was altered")
        };
        let sentence = format!("Attempt {} of seal {}: {flaw}.", row.id, row.seal);
        let attempt = Some(row.id.to_string());
        self.write(&Finding { attempt, ..Finding::alteration(code, row.seal, sentence) })
    }

    /// Compares each seal with its rows.
    fn seals(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM seals WHERE id > $1 ORDER BY id LIMIT 1000");
        let mut last = i64::MIN;
        let mut next = 1;
        loop {
            let page = connection.query(&sql, &[last.into()])?;
            for seal in page.iter().map(Seal::of_row) {
                if seal.id > next {
                    let last = seal.id - 1;
                    let seals = if last == next {
                        format!("Seal {last}")
                    } else {
                        format!("Seals {next} to {last}")
                    };
                    let sentence = format!("{seals}: missing.");
                    let finding = Finding::alteration("seal_missing", next, sentence);
                    self.write(&Finding { last_seal: Some(last), ..finding })?;
                }
                (last, next) = (seal.id, seal.id.saturating_add(1));
                let content = self.contents.remove(&seal.id).unwrap_or_default();
                self.seal(&seal, content)?;
                self.chain.push(&seal, self.is_unfinished(&seal));
            }
            if page.is_empty() {
                break;
            }
        }
        for (seal, content) in std::mem::take(&mut self.contents) {
            let attempts = counted(content.rows.unsigned_abs(), "attempt");
            let sentence = format!("Seal {seal}: missing, with {attempts} left.");
            self.alteration("seal_missing", seal, sentence)?;
        }
        Ok(())
    }

    /// Returns `true` if a service may still close the seal.
    fn is_unfinished(&self, seal: &Seal) -> bool {
        seal.is_open && (seal.key == self.keys.id || self.now.saturating_sub(seal.opened_at) < DAY)
    }

    fn seal(&mut self, seal: &Seal, content: Content) -> Result<(), StoreError> {
        let rows = content.rows.unsigned_abs();
        let closed_by = seal.closed_by(self.keys);
        if seal.key != self.keys.id {
            return self.foreign(seal, rows, closed_by.is_some() && !seal.is_open);
        }
        let Seal { id, opened_at, .. } = *seal;
        if seal.is_open {
            self.result.unsealed += rows;
            if self.now.saturating_sub(opened_at) > OPEN {
                let sentence = format!(
                    "Note: seal {id}, opened {}, is still open. A running service closes it.",
                    time(opened_at)
                );
                self.note("seal_open", Some(id), sentence)?;
            }
            return Ok(());
        }
        self.result.sealed += rows;
        match closed_by {
            None => {
                let sentence = format!("Seal {id}: it was altered.");
                self.alteration("seal_altered", id, sentence)?;
            }
            Some(ClosedBy::Cleanup) => {
                let sentence = format!(
                    "Note: the cleanup closed seal {id}, opened {}, instead of its writer. No verification finds rows that were missing then.",
                    time(opened_at)
                );
                self.note("seal_closed_late", Some(id), sentence)?;
            }
            Some(ClosedBy::Writer) => {}
        }
        if let Some(expired_at) = seal.expired_at {
            if seal.expired_mac != Some(seal.expiry_mac(self.keys, Some(expired_at))) {
                let sentence = format!("Seal {id}: its expiry has no MAC of this database.key.");
                self.alteration("expiry_mac_invalid", id, sentence)?;
            }
            if rows > 0 {
                let attempts = counted(rows, "attempt");
                let sentence = format!("Seal {id}: expired, with {attempts} left.");
                self.alteration("attempts_added", id, sentence)?;
            }
        } else if content != seal.content && !seal.is_expiring(self.keys) {
            let missing = seal.content.rows.saturating_sub(content.rows);
            let number = counted(missing.unsigned_abs(), "attempt");
            let (code, difference) = match missing {
                1.. => ("attempts_missing", format!("{number} missing")),
                0 => {
                    ("attempts_replaced", "its attempts are not those that were sealed".to_owned())
                }
                _ => ("attempts_added", format!("{number} too many")),
            };
            self.alteration(code, id, format!("Seal {id}: {difference}."))?;
        }
        Ok(())
    }

    fn foreign(&mut self, seal: &Seal, rows: u64, is_own: bool) -> Result<(), StoreError> {
        if is_own {
            let sentence = format!("Seal {}: it names another key than its own.", seal.id);
            return self.alteration("seal_altered", seal.id, sentence);
        }
        let expiry = seal.expired_at.map(|at| seal.expiry_mac(self.keys, Some(at)));
        if rows > 0 || expiry.is_none() || seal.expired_mac != expiry {
            self.result.unverifiable += rows;
            self.result.unverifiable_seals += 1;
            *self.other_keys.entry(seal.key.clone()).or_default() += 1;
        }
        Ok(())
    }

    fn alteration(
        &mut self,
        code: &'static str,
        seal: i64,
        sentence: String,
    ) -> Result<(), StoreError> {
        self.write(&Finding::alteration(code, seal, sentence))
    }

    /// Writes an alteration, and counts it.
    fn write(&mut self, alteration: &Finding) -> Result<(), StoreError> {
        self.result.alterations += 1;
        self.out.finding(alteration)
    }

    fn note(
        &mut self,
        code: &'static str,
        seal: Option<i64>,
        detail: String,
    ) -> Result<(), StoreError> {
        self.out.finding(&Finding { kind: "note", code, seal, detail, ..Finding::default() })
    }

    fn conclude(mut self) -> Result<Verification, StoreError> {
        for (key, seals) in std::mem::take(&mut self.other_keys) {
            let seals = counted(seals, "seal");
            let sentence = format!("Written with another database.key, named {key}: {seals}.");
            self.note("other_key", None, sentence)?;
        }
        self.out.conclude(&self.result, &self.chain.lines())?;
        Ok(self.result)
    }
}
