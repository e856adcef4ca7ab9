//! The doctor: compares a deployment's settings with its user pool and reports findings, their
//! effects and remedies. The doctor changes nothing.

mod checks;
mod commands;
mod descriptions;
mod finding;
mod form;
mod live;
mod offline;
mod report;
mod secrets;
mod start;

pub use self::{
    checks::examine,
    descriptions::Descriptions,
    finding::{Finding, FindingCode, Severity},
    live::{ReadError, describe},
    offline::{FileError, describe_from},
    report::{Format, report},
    start::{FailedAtStart, at_start},
};

#[cfg(test)]
mod tests;
