//! The doctor: compares a deployment's settings with its user pool, and says what does not fit,
//! what that does to people, and how to mend it. It changes nothing.

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
    finding::{Code, Finding, Severity},
    live::{ReadError, describe},
    offline::{FileError, describe_from},
    report::{Format, report},
    start::{PoolDiffers, at_start},
};

#[cfg(test)]
mod tests;
