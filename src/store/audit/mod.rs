//! The audit log: one row for each call to Cognito, sealed against tampering.

pub(super) mod attempts;
pub(super) mod rejections;
pub(super) mod retention;
pub(super) mod seals;
pub(super) mod short_id;
