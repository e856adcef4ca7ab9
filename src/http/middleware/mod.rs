//! The middleware of the public listener. `http::front` sets the order.

pub(super) mod access_log;
pub(super) mod cors;
pub(super) mod deny_cache;
pub(super) mod drain_body;
pub(super) mod header_limit;
pub(super) mod rate_limit;
pub(super) mod render_problem;
pub(super) mod request_id;
pub(super) mod short_circuit;
