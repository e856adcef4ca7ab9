//! Commands to the store's thread.

use tokio::sync::oneshot;

use super::Session;
use crate::store::{
    audit::attempts::AttemptRow,
    database::Digest,
    error::StoreError,
    requests::{
        confirmations::ConfirmIntent,
        idempotency::{KeyClaim, KeyEnd, KeyState},
        recent_sign_ups::SignUpIntent,
    },
};

/// Receives the result of a command.
pub(in crate::store) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Runs statements of its own. It gets an error instead if the database is unavailable.
pub(in crate::store) type Task = Box<dyn FnOnce(Result<&mut Session, StoreError>) + Send>;

/// A command. Those that wait at the same time share a transaction.
pub(in crate::store) enum Command {
    /// Reads the state of an Idempotency-Key.
    LookUp(KeyClaim, Reply<KeyState>),
    /// Stores the intent of a request and claims its Idempotency-Key.
    Begin(Begin, Reply<Begun>),
    /// Stores the end of a request. It is repeated until it succeeds.
    End(Box<End>, Option<Reply<bool>>),
    /// Deletes the intent of a request that was never sent, because it timed out before its claim.
    Undo(Undo),
    /// Runs a rare command in a transaction of its own.
    Run(Task),
}

/// The intent of a request.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Intent {
    SignUp(SignUpIntent),
    Confirm(ConfirmIntent),
}

/// The beginning of a request.
#[derive(Clone, Debug)]
pub(in crate::store) struct Begin {
    pub(in crate::store) key: Option<KeyClaim>,
    pub(in crate::store) intent: Option<Intent>,
    /// The id that the writer gave to it.
    pub(in crate::store) id: i64,
}

/// The result of a beginning.
#[derive(Clone, Debug)]
pub(in crate::store) struct Begun {
    pub(in crate::store) id: i64,
    /// The state that it met, if it has a key.
    pub(in crate::store) state: Option<KeyState>,
}

/// The end of a request.
#[derive(Clone, Debug)]
pub(in crate::store) struct End {
    pub(in crate::store) key: Option<KeyEnd>,
    /// The intent, if it is not stored yet.
    pub(in crate::store) intent: Option<Intent>,
    pub(in crate::store) attempt: AttemptRow,
}

/// A beginning that is taken back.
#[derive(Clone, Debug)]
pub(in crate::store) struct Undo {
    pub(in crate::store) id: i64,
    pub(in crate::store) key: Option<Digest>,
    pub(in crate::store) intent: Option<Intent>,
}

/// The result of a command, told once its transaction is committed.
pub(in crate::store) enum Done {
    LookedUp(KeyState),
    Begun(Begun),
    /// `true` if the request still held its key.
    Ended(bool),
    Nothing,
}

impl Command {
    /// Tells the result. Returns a command that undoes the work if the request timed out.
    pub(in crate::store) fn finish(self, done: Done) -> Option<Self> {
        match (self, done) {
            (Self::LookUp(_, reply), Done::LookedUp(state)) => {
                let _ = reply.send(Ok(state));
                None
            }
            (Self::Begin(begin, reply), Done::Begun(stored)) => {
                let was_claimed = stored.state.as_ref().is_none_or(KeyState::is_claimable);
                let is_lost = reply.send(Ok(stored)).is_err();
                (is_lost && was_claimed).then(|| Self::Undo(begin.undo()))
            }
            (Self::End(_, Some(reply)), Done::Ended(is_held)) => {
                let _ = reply.send(Ok(is_held));
                None
            }
            _ => None,
        }
    }

    /// Tells a failure. Returns a command that must still be carried out: the end of a request, or
    /// the undoing of a beginning that may have been committed.
    pub(in crate::store) fn fail(self, reason: &str, may_be_committed: bool) -> Option<Self> {
        let error = || StoreError::Unavailable(reason.to_owned());
        match self {
            Self::LookUp(_, reply) => {
                let _ = reply.send(Err(error()));
                None
            }
            Self::Begin(begin, reply) => {
                let _ = reply.send(Err(error()));
                may_be_committed.then(|| Self::Undo(begin.undo()))
            }
            Self::Run(task) => {
                task(Err(error()));
                None
            }
            Self::End(..) | Self::Undo(_) => Some(self),
        }
    }
}

impl Begin {
    fn undo(self) -> Undo {
        Undo { id: self.id, key: self.key.map(|key| key.key), intent: self.intent }
    }
}
