//! The data that the pool stores in memory, of a limited size.

pub(crate) mod account;
pub(crate) mod pool_state;
pub(crate) mod records;
pub(crate) mod session;
pub(crate) mod views;
