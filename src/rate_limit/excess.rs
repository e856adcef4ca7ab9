//! Requests and connections over a limit.

use std::time::Duration;

use crate::{config::LimitsMode, metrics::Metrics};

/// The reason for a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client exceeded one of its own limits.
    OverLimit(Exceeded),
    /// All clients together have too many requests in progress.
    Busy,
}

/// An exceeded limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The time until the limit allows the request.
    pub retry_after: Duration,
    /// The owner of the budget.
    pub owner: Owner,
}

/// The owner of a budget. The recipients of a form sort before the user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The email address of the form.
    Email,
    /// The phone number of the form.
    PhoneNumber,
    /// The user name of the form.
    Username,
    /// The client's address.
    Client,
    /// Many clients, which share the budget.
    ManyClients,
}

/// Counts a request or a connection over a limit. Logs an exceeded limit only in observe mode,
/// because the access log has a line for each rejected request.
pub(super) fn count_excess(metrics: &Metrics, limit: &'static str, mode: LimitsMode) {
    let is_enforced = mode == LimitsMode::Enforce;
    metrics.rate_limited(limit, is_enforced);
    if !is_enforced {
        tracing::info!(limit, "limit exceeded in observe mode");
    }
}
