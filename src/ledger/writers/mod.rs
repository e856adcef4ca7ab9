//! The writers: commands, batches and transactions.

pub(super) mod expired;
pub(super) mod housekeeping;
pub(super) mod job;
pub(super) mod perform;
pub(super) mod shared;
pub(super) mod transaction;
pub(super) mod writer;
