//! One module for each target.

pub(crate) mod bodies;
pub(crate) mod device_data;
pub(crate) mod forwarded;
pub(crate) mod sdk_errors;
pub(crate) mod trigger_messages;
