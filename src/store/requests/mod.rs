//! The state of requests: Idempotency-Keys, recent sign-ups and confirms, recipients of messages.

pub(super) mod confirmations;
pub(super) mod encryption;
pub(super) mod idempotency;
pub(super) mod prior;
pub(super) mod recent_sign_ups;
pub(super) mod recipients;
pub(super) mod request;
#[cfg(test)]
mod tests;
