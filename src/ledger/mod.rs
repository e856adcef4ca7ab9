//! What is remembered of sign-ups: what became of each Idempotency-Key, which calls may have
//! created an account, and one row for each attempt.
//!
//! A request *begins* before anything is sent and *ends* before it is answered; each is one
//! job for the writers, which do what has come together in one transaction. What was written
//! lies in the *books*, which the commands read.

mod attempts;
mod books;
mod chain;
mod chains;
mod clock;
mod confirmations;
mod database;
mod entries;
mod erase;
mod expired;
mod export;
mod handle;
mod housekeeping;
mod idempotency;
mod job;
mod keys;
mod messages;
mod perform;
mod person;
mod precedent;
mod recent;
mod record;
mod request;
mod retention;
mod rows;
mod seal;
mod shared;
mod show;
mod stored_key;
mod transaction;
mod verdict;
mod verify;
mod walk;
mod writer;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use self::{
    attempts::{Attempt, Operation},
    books::Books,
    confirmations::{ConfirmationEnd, EarlierConfirmation},
    database::LedgerError,
    erase::Erased,
    export::ExportFormat,
    handle::{Ledger, Migrate, migrate},
    keys::Keys,
    messages::{CallingCodeCount, MessageRecipients},
    person::{Found, Whose},
    recent::PriorAttempt,
    request::{
        Claim, ClaimResult, Completion, IdempotentRequest, Known, StoredResponse, Subject,
        SubjectEnd,
    },
    show::ShowFormat,
    verdict::Verdict,
    verify::ExpectedEnds,
};
