//! Requests and responses of the wire protocol.

pub(crate) mod call;
pub(crate) mod operation;
pub(crate) mod response;
