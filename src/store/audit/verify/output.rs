//! The output of `vestibule audit verify`.

use std::io::Write;

use serde::Serialize;

use super::Verification;
use crate::store::{
    audit::record::{counted, printable},
    error::StoreError,
};

/// Output format of `verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyFormat {
    /// Lines for a reader.
    Text,
    /// One JSON object.
    Json,
}

/// An alteration, or a note.
#[derive(Serialize)]
pub(super) struct Finding {
    code: &'static str,
    seal: Option<i64>,
    /// The end of a range that begins with `seal`.
    last_seal: Option<i64>,
    attempt: Option<String>,
    detail: String,
}

/// Writes findings, and then the result. In JSON, both are parts of one object.
pub(in crate::store) struct Output<'a> {
    format: VerifyFormat,
    out: &'a mut dyn Write,
    is_begun: bool,
}

#[derive(Serialize)]
struct JsonFinding {
    kind: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

#[derive(Serialize)]
struct JsonResult<'a> {
    result: &'static str,
    attempts: u64,
    erased: u64,
    sealed: u64,
    unsealed: u64,
    unverifiable: u64,
    unverifiable_seals: u64,
    alterations: u64,
    seals: &'a [String],
}

impl Finding {
    pub(super) fn new(code: &'static str, sentence: String) -> Self {
        Self { code, seal: None, last_seal: None, attempt: None, detail: sentence }
    }

    pub(super) fn seal(self, id: i64) -> Self {
        Self { seal: Some(id), ..self }
    }

    pub(super) fn last_seal(self, id: i64) -> Self {
        Self { last_seal: Some(id), ..self }
    }

    pub(super) fn attempt(self, id: i64) -> Self {
        Self { attempt: Some(id.to_string()), ..self }
    }
}

impl<'a> Output<'a> {
    pub(in crate::store) fn new(format: VerifyFormat, out: &'a mut dyn Write) -> Self {
        Self { format, out, is_begun: false }
    }

    pub(super) fn finding(
        &mut self,
        kind: &'static str,
        finding: Finding,
    ) -> Result<(), StoreError> {
        if self.format == VerifyFormat::Text {
            return Ok(writeln!(self.out, "{}", printable(&finding.detail))?);
        }
        let before = if self.is_begun { ",\n" } else { "{\"findings\":[\n" };
        self.is_begun = true;
        self.out.write_all(before.as_bytes())?;
        serde_json::to_writer(&mut *self.out, &JsonFinding { kind, finding })
            .map_err(std::io::Error::from)?;
        Ok(())
    }

    pub(super) fn conclude(
        &mut self,
        result: Verification,
        seals: &[String],
    ) -> Result<(), StoreError> {
        let Verification { attempts, erased, sealed, unsealed, unverifiable, findings } = result;
        let (unverifiable, unverifiable_seals) = unverifiable;
        if self.format == VerifyFormat::Text {
            let conclusion = match (findings, unverifiable_seals) {
                (0, 0) => "The audit log is intact".to_owned(),
                (0, _) => "This database.key shows no alteration".to_owned(),
                _ => format!("The audit log is not intact ({})", counted(findings, "finding")),
            };
            let attempts = counted(attempts, "attempt");
            writeln!(
                self.out,
                "{conclusion}: {attempts}, {erased} erased, {sealed} sealed, {unsealed} not sealed yet, {unverifiable} unverifiable."
            )?;
            return Ok(seals.iter().try_for_each(|line| writeln!(self.out, "{line}"))?);
        }
        let result = match (findings, unverifiable_seals) {
            (0, 0) => "intact",
            (0, _) => "unverifiable",
            _ => "altered",
        };
        let result = JsonResult {
            result,
            attempts,
            erased,
            sealed,
            unsealed,
            unverifiable,
            unverifiable_seals,
            alterations: findings,
            seals,
        };
        let fields = serde_json::to_string(&result).map_err(std::io::Error::from)?;
        let before = if self.is_begun { "\n]" } else { "{\"findings\":[]" };
        Ok(writeln!(self.out, "{before},{}", fields.trim_start_matches('{'))?)
    }
}
