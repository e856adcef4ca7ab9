//! The operations of the pool.

mod attributes;
pub(crate) mod authorization;
pub(crate) mod clients;
pub(crate) mod confirm;
mod delivery;
pub(crate) mod describe;
pub(crate) mod initiate_auth;
mod password;
pub(crate) mod resend;
pub(crate) mod sign_up;
mod tokens;
pub(crate) mod users;
