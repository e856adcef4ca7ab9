//! Reads the values that handlers need from a request.

mod body;
pub(super) mod client_info;
pub(super) mod client_ip;
pub(super) mod form;
mod forwarding_header;
pub(super) mod idempotency_key;
pub(super) mod json;
mod json_errors;
