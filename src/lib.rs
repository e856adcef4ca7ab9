//! Vestibule: the sign-up service for Amazon Cognito.
//!
//! A request passes through these modules:
//!
//! 1. [`http`] gives the request an id, determines the client's address, applies the limits on
//!    clients ([`rate_limit`]), and reads the body.
//! 2. [`registration`] turns the form into checked values, or into all of its violations.
//! 3. [`signup`] has the use cases. A use case looks up the Idempotency-Key in the database
//!    ([`store`]). It checks the limits of the recipients, the bot check ([`bot_check`]) and the
//!    password ([`pwned_passwords`]). It stores the intent, calls Cognito, and stores the outcome.
//! 4. [`cognito`] makes the call with SecretHash and UserContextData, and classifies its errors.
//! 5. [`http`] renders the result as a response or a problem.
//!
//! [`connection`] is the layer below [`http`] and enforces the deadlines of connections. [`app`]
//! builds, runs and stops the service, with the settings of [`config`]. [`cli`] has the commands.
//! [`doctor`] compares the settings with the user pool. The crate `cognito-sandbox` is a user pool
//! for development, behind the cargo feature `sandbox`.

pub mod app;
pub mod bot_check;
pub mod cli;
pub mod cognito;
pub mod config;
pub mod connection;
mod current_request;
pub mod doctor;
pub mod http;
pub mod http_client;
mod json;
mod keyed_digest;
pub mod metrics;
pub mod pwned_passwords;
pub mod rate_limit;
pub mod registration;
pub mod signup;
pub mod store;
pub mod telemetry;
mod time;
mod trace;

/// The revision of the source of this program.
pub const REVISION: &str = match option_env!("VESTIBULE_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};
