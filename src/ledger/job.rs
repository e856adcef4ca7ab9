//! What the ledger is asked to do, and how it is done within a transaction.

use std::collections::BTreeSet;

use sqlx::AnyConnection;
use tokio::sync::oneshot;

use super::{
    attempts::AttemptRow,
    chain::Kind,
    chains::Chains,
    confirmations::{self, Confirmation, ConfirmationEnd, Confirmed},
    database::LedgerError,
    idempotency::{self, Claim, Claimed, KeyEnd},
    keys::Pepper,
    messages::{self, CallingCodeCount, Message, MessageRecipients},
    recent::{self, Call, Earlier, Existing},
};

/// Where the answer to a job goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, LedgerError>>;

/// What the ledger is asked to do.
pub(super) enum Job {
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
    /// Whom the messages of a user name go to, by its digests.
    Recipients(Vec<String>, Reply<Option<MessageRecipients>>),
    /// What came of the codes of the last hour, but for those as young as so many milliseconds.
    CallingCodes(i64, Reply<Vec<CallingCodeCount>>),
}

/// A request begins.
#[derive(Clone, Debug)]
pub(super) struct Begin {
    pub(super) claim: Option<Claim>,
    pub(super) subject: Subject,
}

/// What a request is about.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    SignUp(Call),
    Confirmation(Confirmation),
    Resend,
}

/// What a request that begins is told.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    /// Nothing where it has no key.
    pub(super) claimed: Option<Claimed>,
}

/// A request ends.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// The digest of the key, the request that holds it, and where it goes.
    pub(super) key: Option<(String, String, KeyEnd)>,
    pub(super) subject: SubjectEnd,
    pub(super) attempt: Option<AttemptRow>,
}

/// What became of what a request was about.
#[derive(Clone, Debug)]
pub(super) enum SubjectEnd {
    SignUp {
        call: Call,
        earlier: Option<Earlier>,
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
pub(super) enum Told {
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
pub(super) enum KeyStep {
    /// It has none, or needs nothing of it.
    Nothing,
    Claimed(Claimed),
    /// Whether its end was taken.
    Ended(bool),
}

impl Job {
    /// Does what concerns its key. Nothing is told before the transaction is committed; until
    /// then it may all be done again.
    pub(super) async fn perform_on_key(
        &self,
        connection: &mut AnyConnection,
        now: i64,
    ) -> sqlx::Result<KeyStep> {
        match self {
            Self::Begin(Begin { claim: Some(claim), .. }, _) => {
                Ok(KeyStep::Claimed(idempotency::claim(connection, claim, now).await?))
            }
            Self::Undo(Begin { claim: Some(claim), .. }) => {
                // It may hold its key under either pepper.
                let Claim { id, previous, holder, .. } = claim;
                for id in std::iter::once(id).chain(previous.iter().map(|(id, _)| id)) {
                    idempotency::end(connection, id, holder, &KeyEnd::Free, now).await?;
                }
                Ok(KeyStep::Nothing)
            }
            Self::End(end, _) => match &end.key {
                Some((id, holder, end)) => {
                    Ok(KeyStep::Ended(idempotency::end(connection, id, holder, end, now).await?))
                }
                None => Ok(KeyStep::Nothing),
            },
            _ => Ok(KeyStep::Nothing),
        }
    }

    /// Does the rest.
    pub(super) async fn perform(
        &self,
        on_key: KeyStep,
        connection: &mut AnyConnection,
        chains: &mut Chains,
        pepper: &Pepper,
        now: i64,
    ) -> sqlx::Result<Told> {
        Ok(match self {
            Self::Begin(begin, _) => {
                let claimed = match on_key {
                    KeyStep::Claimed(claimed) => Some(claimed),
                    _ => None,
                };
                if claimed.as_ref().is_none_or(|claimed| matches!(claimed, Claimed::Held { .. })) {
                    begin.subject.begin(connection, now).await?;
                }
                Told::Begun(Begun { claimed })
            }
            Self::Exists { call, waited_for, .. } => {
                Told::Existing(recent::exists(connection, call, waited_for.as_ref(), now).await?)
            }
            Self::Confirmed { confirmation, waited_for, .. } => {
                let waited_for = waited_for.as_ref();
                let told = confirmations::confirmed(connection, confirmation, waited_for, now);
                Told::Confirmed(told.await?)
            }
            Self::End(end, _) => {
                end.perform(connection, chains, pepper, now).await?;
                Told::Ended(!matches!(on_key, KeyStep::Ended(false)))
            }
            Self::Undo(begin) => {
                begin.subject.undo(connection, now).await?;
                Told::Nothing
            }
            Self::Refusals(rows) => {
                for row in rows {
                    chains.write(connection, row, Kind::Refusals, pepper, now).await?;
                }
                Told::Nothing
            }
            // All those of a batch are written together.
            Self::Message(_) => Told::Nothing,
            Self::Recipients(names, _) => {
                Told::Recipients(messages::recipients(connection, names, now).await?)
            }
            Self::CallingCodes(grace, _) => {
                Told::CallingCodes(messages::counted(connection, *grace, now).await?)
            }
        })
    }

    /// What it says of a message.
    pub(super) fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Tells it what came of it, and gives back what has to be undone because nobody waited.
    pub(super) fn tell(self, told: Told) -> Option<Self> {
        match (self, told) {
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
    pub(super) fn fail(self, reason: &str, may_be_written: bool) -> Option<Self> {
        let away = || LedgerError::Away(reason.to_owned());
        match self {
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
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::End(end, _) => end.attempt.iter().count() as u64,
            Self::Refusals(rows) => rows.len() as u64,
            _ => 0,
        }
    }

    /// How much it adds to a transaction.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Refusals(rows) => rows.len(),
            _ => 1,
        }
    }

    /// The key that it locks. All transactions lock keys first, in their order.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Begin(Begin { claim: Some(claim), .. }, _)
            | Self::Undo(Begin { claim: Some(claim), .. }) => &claim.id,
            Self::End(end, _) => end.key.as_ref().map_or("", |(id, ..)| id),
            _ => "",
        }
    }

    /// The name or the code whose memory it locks, in their order, too.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Begin(begin, _) | Self::Undo(begin) => match &begin.subject {
                Subject::SignUp(call) => call.name(),
                Subject::Confirmation(confirmation) => &confirmation.code,
                Subject::Resend => "",
            },
            Self::Exists { call, .. } => call.name(),
            Self::Confirmed { confirmation, .. } => &confirmation.code,
            Self::End(end, _) => match &end.subject {
                SubjectEnd::SignUp { call, .. } | SubjectEnd::Duplicate(call) => call.name(),
                SubjectEnd::Confirmation { confirmation, .. } => &confirmation.code,
                SubjectEnd::Nothing => "",
            },
            Self::Refusals(_)
            | Self::Message(_)
            | Self::Recipients(..)
            | Self::CallingCodes(..) => "",
        }
    }
}

impl Subject {
    async fn begin(&self, connection: &mut AnyConnection, now: i64) -> sqlx::Result<()> {
        match self {
            Self::SignUp(call) => recent::begin(connection, call, now).await,
            Self::Confirmation(confirmation) => {
                confirmations::begin(connection, confirmation, now).await
            }
            Self::Resend => Ok(()),
        }
    }

    /// Nothing was sent.
    async fn undo(&self, connection: &mut AnyConnection, now: i64) -> sqlx::Result<()> {
        match self {
            Self::SignUp(call) => recent::end(connection, call, None, true, now).await,
            Self::Confirmation(confirmation) => {
                let end = ConfirmationEnd::NotConfirmed;
                confirmations::end(connection, confirmation, end, now).await
            }
            Self::Resend => Ok(()),
        }
    }
}

impl End {
    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.key.is_none() && self.attempt.is_none() && matches!(self.subject, SubjectEnd::Nothing)
    }

    async fn perform(
        &self,
        connection: &mut AnyConnection,
        chains: &mut Chains,
        pepper: &Pepper,
        now: i64,
    ) -> sqlx::Result<()> {
        match &self.subject {
            SubjectEnd::SignUp { call, earlier, was_begun } => {
                recent::end(connection, call, *earlier, *was_begun, now).await?;
            }
            SubjectEnd::Duplicate(call) => {
                // Asked later alone, a guess would not be remembered, and could be made for ever.
                recent::exists(connection, call, None, now).await?;
                recent::end(connection, call, None, true, now).await?;
            }
            SubjectEnd::Confirmation { confirmation, end } => {
                confirmations::end(connection, confirmation, *end, now).await?;
            }
            SubjectEnd::Nothing => {}
        }
        if let Some(row) = &self.attempt {
            chains.write(connection, row, Kind::Accounts, pepper, now).await?;
        }
        Ok(())
    }
}
