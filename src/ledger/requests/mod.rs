//! The state of requests: Idempotency-Keys, recent sign-ups and confirms, recipients of messages.

pub(super) mod confirmations;
pub(super) mod idempotency;
pub(super) mod messages;
pub(super) mod precedent;
pub(super) mod recent;
pub(super) mod request;
pub(super) mod seal;
