//! The audit log: one row for each call to Cognito, sealed against tampering.

pub(super) mod attempts;
pub(super) mod erase;
pub(super) mod export;
pub(super) mod log;
pub(super) mod record;
pub(super) mod retention;
pub(super) mod seals;
pub(super) mod search;
pub(super) mod search_index;
pub(super) mod short_id;
pub(super) mod show;
pub(super) mod stored_attempt;
#[cfg(test)]
mod tests;
pub(super) mod verify;
