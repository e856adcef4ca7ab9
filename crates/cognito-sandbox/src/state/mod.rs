//! Everything that the pool stores, in memory and bounded.

pub(crate) mod account;
pub(crate) mod pool_state;
pub(crate) mod records;
pub(crate) mod session;
pub(crate) mod views;
