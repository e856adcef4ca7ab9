//! `vestibule audit verify`: compares the audit log with its seals.
//!
//! The command finds all alterations of rows under a closed seal by an attacker without the key. It
//! does not find rows that were missing before the cleanup closed their seal, but notes such a
//! seal. It finds an older copy of the whole database only with the output of an earlier run.

pub(in crate::store) mod expected_seals;
pub(in crate::store) mod output;

use std::collections::{BTreeMap, HashMap, HashSet};

use self::{
    expected_seals::{ExpectedSeals, SealChain},
    output::{Finding, Output},
};
use crate::store::{
    audit::{
        position::{Position, Report},
        record::{counted, time},
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Attempts, erased attempts included.
    pub attempts: u64,
    /// Erased attempts.
    pub erased: u64,
    /// Attempts whose seal is closed.
    pub sealed: u64,
    /// Attempts whose seal is open.
    pub unsealed: u64,
    /// Attempts and seals of another `database.key`.
    pub unverifiable: (u64, u64),
    /// Alterations.
    pub findings: u64,
}

/// Verifies one snapshot.
pub(super) fn verify(
    connection: &mut Connection,
    keys: &Keys,
    expected: &ExpectedSeals,
    now: i64,
    out: &mut Output<'_>,
    report: &mut Report<'_>,
) -> Result<Verification, StoreError> {
    connection.transaction(Access::Read, |connection| {
        let foreign = "SELECT id FROM seals WHERE key <> $1";
        let foreign = connection.query(foreign, &[keys.id.clone().into()])?;
        let mut verifier = Verifier {
            keys,
            now,
            out,
            result: Verification::default(),
            foreign: foreign.iter().map(|row| row.int(0)).collect(),
            contents: HashMap::new(),
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
            verifier.find(Finding::new("differs_from_earlier_run", sentence).seal(seal))?;
        }
        verifier.conclude()
    })
}

struct Verifier<'a, 'b> {
    keys: &'a Keys,
    now: i64,
    out: &'a mut Output<'b>,
    result: Verification,
    /// Seals of another key.
    foreign: HashSet<i64>,
    /// The rows of each seal.
    contents: HashMap<i64, Content>,
    chain: SealChain,
    /// Seals of each other key.
    other_keys: BTreeMap<String, u64>,
}

impl Verifier<'_, '_> {
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
        self.find(Finding::new(code, sentence).seal(row.seal).attempt(row.id))
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
                    let finding = Finding::new("seal_missing", format!("{seals}: missing."));
                    self.find(finding.seal(next).last_seal(last))?;
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
        let mut strays: Vec<_> = self.contents.drain().collect();
        strays.sort_unstable_by_key(|(seal, _)| *seal);
        for (seal, content) in strays {
            let attempts = counted(content.rows().unsigned_abs(), "attempt");
            let sentence = format!("Seal {seal}: missing, with {attempts} left.");
            self.find(Finding::new("seal_missing", sentence).seal(seal))?;
        }
        Ok(())
    }

    /// Returns `true` if a service may still close the seal.
    fn is_unfinished(&self, seal: &Seal) -> bool {
        seal.is_open && (seal.key == self.keys.id || self.now.saturating_sub(seal.opened_at) < DAY)
    }

    fn seal(&mut self, seal: &Seal, content: Content) -> Result<(), StoreError> {
        let rows = content.rows().unsigned_abs();
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
                self.note(Finding::new("seal_open", sentence).seal(id))?;
            }
            return Ok(());
        }
        self.result.sealed += rows;
        match closed_by {
            None => {
                let sentence = format!("Seal {id}: it was altered.");
                self.find(Finding::new("seal_altered", sentence).seal(id))?;
            }
            Some(ClosedBy::Cleanup) => {
                let sentence = format!(
                    "Note: the cleanup closed seal {id}, opened {}, instead of its writer. No verification finds rows that were missing then.",
                    time(opened_at)
                );
                self.note(Finding::new("seal_closed_late", sentence).seal(id))?;
            }
            Some(ClosedBy::Writer) => {}
        }
        if let Some(expired_at) = seal.expired_at {
            if seal.expired_mac != Some(seal.expiry_mac(self.keys, Some(expired_at))) {
                let sentence = format!("Seal {id}: its expiry has no MAC of this database.key.");
                self.find(Finding::new("expiry_mac_invalid", sentence).seal(id))?;
            }
            if rows > 0 {
                let attempts = counted(rows, "attempt");
                let sentence = format!("Seal {id}: expired, with {attempts} left.");
                self.find(Finding::new("attempts_added", sentence).seal(id))?;
            }
        } else if content != seal.content && !seal.is_expiring(self.keys) {
            let missing = seal.content.rows().saturating_sub(content.rows());
            let number = counted(missing.unsigned_abs(), "attempt");
            let (code, difference) = match missing {
                1.. => ("attempts_missing", format!("{number} missing")),
                0 => {
                    ("attempts_replaced", "its attempts are not those that were sealed".to_owned())
                }
                _ => ("attempts_added", format!("{number} too many")),
            };
            self.find(Finding::new(code, format!("Seal {id}: {difference}.")).seal(id))?;
        }
        Ok(())
    }

    fn foreign(&mut self, seal: &Seal, rows: u64, is_own: bool) -> Result<(), StoreError> {
        if is_own {
            let sentence = format!("Seal {}: it names another key than its own.", seal.id);
            return self.find(Finding::new("seal_altered", sentence).seal(seal.id));
        }
        let expiry = seal.expired_at.map(|at| seal.expiry_mac(self.keys, Some(at)));
        if rows > 0 || expiry.is_none() || seal.expired_mac != expiry {
            self.result.unverifiable.0 += rows;
            self.result.unverifiable.1 += 1;
            *self.other_keys.entry(seal.key.clone()).or_default() += 1;
        }
        Ok(())
    }

    fn find(&mut self, finding: Finding) -> Result<(), StoreError> {
        self.result.findings += 1;
        self.out.finding("alteration", finding)
    }

    fn note(&mut self, finding: Finding) -> Result<(), StoreError> {
        self.out.finding("note", finding)
    }

    fn conclude(mut self) -> Result<Verification, StoreError> {
        for (key, seals) in std::mem::take(&mut self.other_keys) {
            let seals = counted(seals, "seal");
            let sentence = format!("Written with another database.key, named {key}: {seals}.");
            self.note(Finding::new("other_key", sentence))?;
        }
        self.out.conclude(self.result, &self.chain.lines())?;
        Ok(self.result)
    }
}
