//! Commands to the writer.

use tokio::sync::oneshot;

use super::Session;
use crate::store::{
    audit::{attempts::Kind, stored_attempt::StoredAttempt},
    error::StoreError,
    requests::{
        confirmations::ConfirmIntent,
        idempotency::{KeyClaim, KeyEnd, KeyState},
        recent_sign_ups::SignUpIntent,
    },
};

/// The sender of a command's result.
pub(in crate::store) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A function that runs its own statements, or gets an error if the database is unavailable.
pub(in crate::store) type Task = Box<dyn FnOnce(Result<&mut Session, StoreError>) + Send>;

/// A command to the writer. Commands that wait share a transaction, except [`Command::Run`].
pub(in crate::store) enum Command {
    /// Reads the state of an Idempotency-Key.
    LookUp(KeyClaim, Reply<KeyState>),
    /// Stores the intent of a request and claims its Idempotency-Key.
    Begin(Begin, Reply<Begun>),
    /// Stores the end of a request. The writer repeats this command during an outage.
    End(Box<End>, Option<Reply<bool>>),
    /// Removes the intent and the claim of a request that makes no call, because its
    /// [`Command::Begin`] failed or timed out.
    Undo(Begin),
    /// Runs a rare command in a transaction of its own.
    Run(Task),
}

#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Intent {
    SignUp(SignUpIntent),
    Confirm(ConfirmIntent),
}

#[derive(Clone, Debug)]
pub(in crate::store) struct Begin {
    pub(in crate::store) key: Option<KeyClaim>,
    pub(in crate::store) intent: Option<Intent>,
    /// The id that the writer assigns.
    pub(in crate::store) id: i64,
}

/// The result of [`Command::Begin`].
#[derive(Clone, Debug)]
pub(in crate::store) struct Begun {
    pub(in crate::store) id: i64,
    /// State of the request's key before the command. `None` if the request has no key.
    pub(in crate::store) state: Option<KeyState>,
}

#[derive(Clone, Debug)]
pub(in crate::store) struct End {
    pub(in crate::store) key: Option<KeyEnd>,
    /// The intent. `None` if it is stored already.
    pub(in crate::store) intent: Option<Intent>,
    /// The kind of the seal that covers the attempt.
    pub(in crate::store) kind: Kind,
    pub(in crate::store) attempt: StoredAttempt,
}

/// The result of a command after its transaction.
pub(in crate::store) enum Done {
    LookedUp(KeyState),
    Begun(Begun),
    /// `true` if the request still held its key.
    Ended(bool),
    Nothing,
}

impl Begun {
    /// Returns `true` if the intent is stored, and the key is claimed if the request has a key.
    pub(in crate::store) fn is_claimed(&self) -> bool {
        self.state.as_ref().is_none_or(KeyState::is_claimable)
    }
}

impl Command {
    pub(in crate::store) fn name(&self) -> &'static str {
        match self {
            Self::LookUp(..) => "look_up",
            Self::Begin(..) => "begin",
            Self::End(..) => "end",
            Self::Undo(_) => "undo",
            Self::Run(_) => "run",
        }
    }

    /// Sends the result. Returns a command that undoes the work if the request timed out.
    pub(in crate::store) fn finish(self, done: Done) -> Option<Self> {
        match (self, done) {
            (Self::LookUp(_, reply), Done::LookedUp(state)) => {
                let _ = reply.send(Ok(state));
                None
            }
            (Self::Begin(begin, reply), Done::Begun(result)) => {
                let is_claimed = result.is_claimed();
                let has_timed_out = reply.send(Ok(result)).is_err();
                (has_timed_out && is_claimed).then_some(Self::Undo(begin))
            }
            (Self::End(_, Some(reply)), Done::Ended(is_held)) => {
                let _ = reply.send(Ok(is_held));
                None
            }
            _ => None,
        }
    }

    /// Sends a failure. Returns a command that the writer must repeat: the end of a request, or the
    /// removal of a claim that the database may have.
    pub(in crate::store) fn fail(self, error: StoreError, may_be_committed: bool) -> Option<Self> {
        match self {
            Self::LookUp(_, reply) => {
                let _ = reply.send(Err(error));
                None
            }
            Self::Begin(begin, reply) => {
                let _ = reply.send(Err(error));
                may_be_committed.then_some(Self::Undo(begin))
            }
            Self::Run(task) => {
                task(Err(error));
                None
            }
            Self::End(..) | Self::Undo(_) => Some(self),
        }
    }
}
