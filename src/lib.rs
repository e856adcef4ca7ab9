//! Vestibule: the sign-up front door for Amazon Cognito.
//!
//! A registration goes down this list, and back up where something refuses it:
//!
//! 1. [`http`]: request id, root span, the size of the headers, the caller's address and its
//!    budget ([`rate_limit`]), all before the body is read; then the body, strictly.
//! 2. [`registration`]: from the form as sent to a checked registration, or every mistake at
//!    once.
//! 3. [`ledger`]: the request begins. Was it answered before? Is it under way? What may create
//!    an account is remembered, so that nobody is told that somebody else has theirs.
//! 4. [`bot_check`]: is this a person, where a bot check is on? And [`pwned_passwords`] may have a word on
//!    the password. Both only once it is known that this is no repetition.
//! 5. [`cognito`]: SecretHash, UserContextData, the call, and what came of it.
//! 6. [`ledger`] again: the request ends, and what came of it is written for good.
//! 7. back in [`http`]: the answer, or the problem.
//!
//! Confirming an account and sending a code again go the same way, with a form of their own.
//!
//! [`app`] is the only place that builds things, from [`config`]; it runs and ends them, too.
//! [`cli`] has the commands. [`doctor`] compares the settings with the pool. `vestibule sandbox`
//! needs the cargo feature `sandbox` and runs the pool of the crate `cognito-sandbox`.

pub mod app;
pub mod bot_check;
pub mod cli;
pub mod cognito;
pub mod config;
pub mod doctor;
pub mod http;
pub mod http_client;
mod json;
mod keyed_digest;
pub mod ledger;
pub mod metrics;
pub mod pwned_passwords;
pub mod rate_limit;
pub mod registration;
pub mod signup;
pub mod telemetry;
mod time;
