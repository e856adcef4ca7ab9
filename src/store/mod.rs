//! The database: the state of requests and their Idempotency-Keys, recent sign-ups and confirms,
//! and the audit log.
//!
//! A request stores its *intent* before the call to Cognito and its *end* before the response. Each
//! is a command to the writer's thread. The writer executes the commands that wait at the same time
//! in one transaction.

mod audit;
mod cleanup;
mod database;
mod error;
mod handle;
mod id;
mod keys;
mod requests;
mod stored_key;
#[cfg(test)]
mod tests;
mod writer;

pub use self::{
    audit::{
        attempts::{Attempt, Operation},
        erase::Erased,
        export::{ExportFormat, resume::read_export},
        log::{AuditLog, Position, Report},
        record::OutputFormat,
        search::{SearchResult, SubjectQuery},
        verify::{Verification, expected_seals::ExpectedSeals},
    },
    error::StoreError,
    handle::{Migrate, Store, migrate},
    keys::Keys,
    requests::{
        confirmations::EarlierConfirmation,
        idempotency::{KeyOutcome, KeyState},
        prior::Memory,
        recent_sign_ups::{AccountOwner, PriorAttempt},
        recipients::{CallingCodeCount, MessageRecipients},
        request::{Claim, ClaimResult, Completion, IdempotentRequest, Subject},
    },
};
