//! What the ledger is asked to do, and what is told of it; `perform.rs` does it.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use crate::ledger::{
    audit::attempts::AttemptRow,
    database::LedgerError,
    requests::{
        confirmations::{Confirmation, ConfirmationEnd, Confirmed},
        idempotency::{KeyClaim, KeyEnd, KeyState},
        messages::{CallingCodeCount, Message, MessageRecipients},
        recent::{Call, Existing, PriorAttempt},
    },
};

/// Where the answer to a job goes.
pub(in crate::ledger) type Reply<T> = oneshot::Sender<Result<T, LedgerError>>;

/// What the ledger is asked to do.
pub(in crate::ledger) enum Job {
    /// Reads the state of an Idempotency-Key.
    LookUp(KeyClaim, Reply<KeyState>),
    /// A request begins.
    Begin(Begin, Reply<Begun>),
    /// A sign-up was told that the account exists.
    Exists { call: Call, waited_for: Option<BTreeSet<String>>, reply: Reply<Existing> },
    /// A confirm was told that the account is confirmed.
    Confirmed {
        confirmation: Confirmation,
        waited_for: Option<BTreeSet<String>>,
        reply: Reply<Confirmed>,
    },
    /// A request ends. It is tried until it is done, whether or not somebody waits.
    End(Box<End>, Option<Reply<bool>>),
    /// A request that began was never sent.
    Undo(Begin),
    /// Refusals that nobody waits for.
    Refusals(Vec<AttemptRow>),
    /// A code was sent or confirmed, which nobody waits for.
    Message(Message),
    /// Reads the recipients of messages to a user name, by its digest.
    Recipients(String, Reply<Option<MessageRecipients>>),
    /// What came of the codes of the last hour, but for those as young as so many milliseconds.
    CallingCodes(i64, Reply<Vec<CallingCodeCount>>),
}

/// A request begins.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Begin {
    pub(in crate::ledger) claim: Option<KeyClaim>,
    pub(in crate::ledger) subject: Subject,
}

/// What a request is about.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum Subject {
    SignUp(Call),
    Confirmation(Confirmation),
    Resend,
}

/// What a request that begins is told.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Begun {
    /// Nothing where it has no key.
    pub(in crate::ledger) state: Option<KeyState>,
}

/// A request ends.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct End {
    /// The digest of the key, the request that holds it, and where it goes.
    pub(in crate::ledger) key: Option<(String, String, KeyEnd)>,
    pub(in crate::ledger) subject: SubjectEnd,
    pub(in crate::ledger) attempt: Option<AttemptRow>,
}

/// What became of what a request was about.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum SubjectEnd {
    SignUp {
        call: Call,
        earlier: Option<PriorAttempt>,
        was_begun: bool,
    },
    /// It met an account that exists, and is over but for what may be asked of it later.
    Duplicate(Call),
    Confirmation {
        confirmation: Confirmation,
        end: ConfirmationEnd,
    },
    Nothing,
}

/// What a job is told once the transaction is committed.
pub(in crate::ledger) enum Told {
    LookedUp(KeyState),
    Begun(Begun),
    Existing(Existing),
    Confirmed(Confirmed),
    Ended(bool),
    Recipients(Option<MessageRecipients>),
    CallingCodes(Vec<CallingCodeCount>),
    Nothing,
}

/// What became of the key of a job.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum KeyStep {
    /// It has none, or needs nothing of it.
    Nothing,
    /// The state that the request met. It holds the key now if that is claimable.
    Claimed(KeyState),
    /// Whether its end was taken.
    Ended(bool),
}

impl Job {
    /// What it says of a message.
    pub(in crate::ledger) fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Tells it what came of it, and gives back what has to be undone because nobody waited.
    pub(in crate::ledger) fn tell(self, told: Told) -> Option<Self> {
        match (self, told) {
            (Self::LookUp(_, reply), Told::LookedUp(state)) => {
                let _ = reply.send(Ok(state));
                None
            }
            (Self::Begin(begin, reply), Told::Begun(told)) => {
                let is_lost = reply.send(Ok(told)).is_err();
                is_lost.then_some(Self::Undo(begin))
            }
            (Self::Exists { reply, .. }, Told::Existing(existing)) => {
                let _ = reply.send(Ok(existing));
                None
            }
            (Self::Confirmed { reply, .. }, Told::Confirmed(confirmed)) => {
                let _ = reply.send(Ok(confirmed));
                None
            }
            (Self::Recipients(_, reply), Told::Recipients(recipients)) => {
                let _ = reply.send(Ok(recipients));
                None
            }
            (Self::CallingCodes(_, reply), Told::CallingCodes(counted)) => {
                let _ = reply.send(Ok(counted));
                None
            }
            (Self::End(_, Some(reply)), Told::Ended(is_kept)) => {
                let _ = reply.send(Ok(is_kept));
                None
            }
            _ => None,
        }
    }

    /// Tells whoever waits that it was not done, and gives back what has to be done still: the
    /// end of a request, or the undoing of a beginning that may have been written after all.
    pub(in crate::ledger) fn fail(self, reason: &str, may_be_written: bool) -> Option<Self> {
        let away = || LedgerError::Away(reason.to_owned());
        match self {
            Self::LookUp(_, reply) => {
                let _ = reply.send(Err(away()));
                None
            }
            Self::Begin(begin, reply) => {
                let _ = reply.send(Err(away()));
                may_be_written.then_some(Self::Undo(begin))
            }
            Self::Exists { reply, .. } => {
                let _ = reply.send(Err(away()));
                None
            }
            Self::Confirmed { reply, .. } => {
                let _ = reply.send(Err(away()));
                None
            }
            Self::Recipients(_, reply) => {
                let _ = reply.send(Err(away()));
                None
            }
            Self::CallingCodes(_, reply) => {
                let _ = reply.send(Err(away()));
                None
            }
            Self::Message(_) => None,
            Self::End(..) | Self::Undo(_) | Self::Refusals(_) => Some(self),
        }
    }

    /// How many rows of `attempts` it writes.
    pub(in crate::ledger) fn rows(&self) -> u64 {
        match self {
            Self::End(end, _) => end.attempt.iter().count() as u64,
            Self::Refusals(rows) => rows.len() as u64,
            _ => 0,
        }
    }

    /// How much it adds to a transaction.
    pub(in crate::ledger) fn weight(&self) -> usize {
        match self {
            Self::Refusals(rows) => rows.len(),
            _ => 1,
        }
    }

    /// The key that it locks. All transactions lock keys first, in their order.
    pub(in crate::ledger) fn key(&self) -> &str {
        match self {
            Self::Begin(Begin { claim: Some(claim), .. }, _)
            | Self::Undo(Begin { claim: Some(claim), .. }) => &claim.id,
            Self::End(end, _) => end.key.as_ref().map_or("", |(id, ..)| id),
            _ => "",
        }
    }

    /// The name or the code whose memory it locks, in their order, too.
    pub(in crate::ledger) fn name(&self) -> &str {
        match self {
            Self::Begin(begin, _) | Self::Undo(begin) => match &begin.subject {
                Subject::SignUp(call) => &call.name,
                Subject::Confirmation(confirmation) => &confirmation.code,
                Subject::Resend => "",
            },
            Self::Exists { call, .. } => &call.name,
            Self::Confirmed { confirmation, .. } => &confirmation.code,
            Self::End(end, _) => match &end.subject {
                SubjectEnd::SignUp { call, .. } | SubjectEnd::Duplicate(call) => &call.name,
                SubjectEnd::Confirmation { confirmation, .. } => &confirmation.code,
                SubjectEnd::Nothing => "",
            },
            Self::LookUp(..)
            | Self::Refusals(_)
            | Self::Message(_)
            | Self::Recipients(..)
            | Self::CallingCodes(..) => "",
        }
    }
}

impl End {
    /// Whether there is nothing to write.
    pub(in crate::ledger) fn is_empty(&self) -> bool {
        self.key.is_none() && self.attempt.is_none() && matches!(self.subject, SubjectEnd::Nothing)
    }
}
