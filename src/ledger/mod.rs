//! What is remembered of sign-ups: what became of each Idempotency-Key, which calls may have
//! created an account, and one row for each attempt.
//!
//! A request *begins* before anything is sent and *ends* before it is answered; each is one
//! job for the writers, which do what has come together in one transaction.

mod attempts;
mod chain;
mod clock;
mod confirmations;
mod database;
mod handle;
mod housekeeping;
mod idempotency;
mod job;
mod keys;
mod recent;
mod request;
mod seal;
mod writer;

#[cfg(test)]
mod testing;

pub use self::{
    attempts::{Attempt, Operation},
    confirmations::{ConfirmationEnd, EarlierConfirmation},
    database::LedgerError,
    handle::{Ledger, Migrate, migrate},
    keys::Keys,
    recent::Earlier,
    request::{Begun, Ending, Held, KeptAnswer, Keyed, Subject, SubjectEnd},
};
