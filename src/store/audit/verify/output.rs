//! The output of `vestibule audit verify`.

use std::io::{self, Write};

use serde::Serialize;

use super::Verification;
use crate::store::{
    audit::record::{OutputFormat, counted, printable, write_json},
    error::StoreError,
};

/// An alteration, or a note.
#[derive(Default, Serialize)]
pub(super) struct Finding {
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) seal: Option<i64>,
    /// The end of a range that begins with `seal`.
    pub(super) last_seal: Option<i64>,
    pub(super) attempt: Option<String>,
    pub(super) detail: String,
}

/// Writes findings, and then the result. In JSON, both are parts of one object.
pub(super) struct Output<'a> {
    format: OutputFormat,
    out: &'a mut dyn Write,
    is_begun: bool,
}

#[derive(Serialize)]
struct JsonResult<'a> {
    result: &'static str,
    #[serde(flatten)]
    numbers: &'a Verification,
    seals: &'a [String],
}

impl Finding {
    pub(super) fn alteration(code: &'static str, seal: i64, detail: String) -> Self {
        Self { kind: "alteration", code, seal: Some(seal), detail, ..Self::default() }
    }
}

impl<'a> Output<'a> {
    pub(super) fn new(format: OutputFormat, out: &'a mut dyn Write) -> Self {
        Self { format, out, is_begun: false }
    }

    pub(super) fn finding(&mut self, finding: &Finding) -> Result<(), StoreError> {
        if self.format == OutputFormat::Text {
            return Ok(writeln!(self.out, "{}", printable(&finding.detail))?);
        }
        let before = if self.is_begun { ",\n" } else { "{\"findings\":[\n" };
        self.is_begun = true;
        self.out.write_all(before.as_bytes())?;
        write_json(self.out, finding)
    }

    pub(super) fn conclude(
        &mut self,
        numbers: &Verification,
        seals: &[String],
    ) -> Result<(), StoreError> {
        let Verification { attempts, erased, sealed, unsealed, unverifiable, .. } = numbers;
        let (result, conclusion) = match (numbers.alterations, numbers.unverifiable_seals) {
            (0, 0) => ("intact", "The audit log is intact".to_owned()),
            (0, _) => ("unverifiable", "This database.key shows no alteration".to_owned()),
            (alterations, _) => {
                let findings = counted(alterations, "finding");
                ("altered", format!("The audit log is not intact ({findings})"))
            }
        };
        if self.format == OutputFormat::Text {
            let attempts = counted(*attempts, "attempt");
            writeln!(
                self.out,
                "{conclusion}: {attempts}, {erased} erased, {sealed} sealed, {unsealed} not sealed yet, {unverifiable} unverifiable."
            )?;
            return Ok(seals.iter().try_for_each(|line| writeln!(self.out, "{line}"))?);
        }
        let fields = serde_json::to_string(&JsonResult { result, numbers, seals });
        let fields = fields.map_err(io::Error::from)?;
        let before = if self.is_begun { "\n]" } else { "{\"findings\":[]" };
        Ok(writeln!(self.out, "{before},{}", fields.trim_start_matches('{'))?)
    }
}
