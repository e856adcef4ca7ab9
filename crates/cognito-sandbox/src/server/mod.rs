//! The HTTP server.

mod dispatch;
pub(crate) mod pool;
mod reset;
