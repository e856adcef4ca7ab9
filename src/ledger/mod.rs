//! What is remembered of sign-ups: what became of each Idempotency-Key, which calls may have
//! created an account, and one row for each attempt.
//!
//! A request *begins* before anything is sent and *ends* before it is answered; each is one
//! job for the writers, which do what has come together in one transaction. What was written
//! lies in the *books*, which the commands read.

mod audit;
mod clock;
mod database;
mod handle;
mod keys;
mod requests;
mod stored_key;
mod writers;

#[cfg(test)]
mod tests;

pub use self::{
    audit::{
        attempts::{Attempt, Operation},
        books::Books,
        erase::Erased,
        export::ExportFormat,
        person::{Found, Whose},
        show::ShowFormat,
        verdict::Verdict,
        verify::ExpectedEnds,
    },
    database::LedgerError,
    handle::{Ledger, Migrate, migrate},
    keys::Keys,
    requests::{
        confirmations::{ConfirmationEnd, EarlierConfirmation},
        messages::{CallingCodeCount, MessageRecipients},
        recent::PriorAttempt,
        request::{
            Claim, ClaimResult, Completion, IdempotentRequest, Known, StoredResponse, Subject,
            SubjectEnd,
        },
    },
};
