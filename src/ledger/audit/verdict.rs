//! The findings of `vestibule audit verify`.

use std::io::Write;

use crate::ledger::{database::LedgerError, keys::Keys};

/// The result of a verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Chains.
    pub chains: u64,
    /// Attempts whose place and content hold.
    pub attempts: u64,
    /// Tombstones that hold.
    pub tombstones: u64,
    /// Findings: each is something that is not as it was written.
    pub findings: u64,
    /// Chains that were written with another key.
    pub unverifiable: u64,
}

/// A verification in progress.
pub(in crate::ledger) struct Audit<'a> {
    pub(in crate::ledger) keys: &'a Keys,
    pub(in crate::ledger) verdict: Verdict,
    pub(in crate::ledger) out: &'a mut dyn Write,
}

impl<'a> Audit<'a> {
    pub(in crate::ledger) fn new(keys: &'a Keys, out: &'a mut dyn Write) -> Self {
        Self { keys, verdict: Verdict::default(), out }
    }

    /// Reports something that is not as it was written.
    pub(in crate::ledger) fn find(&mut self, sentence: &str) -> Result<(), LedgerError> {
        self.verdict.findings += 1;
        Ok(writeln!(self.out, "{}", one_line(sentence))?)
    }

    /// Reports a chain that cannot be verified.
    pub(in crate::ledger) fn pass_over(&mut self, sentence: &str) -> Result<(), LedgerError> {
        self.verdict.unverifiable += 1;
        Ok(writeln!(self.out, "{}", one_line(sentence))?)
    }
}

/// Replaces control characters, so that altered rows write no lines of their own.
pub(in crate::ledger) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
