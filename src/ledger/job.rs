//! What the ledger is asked to do, and how it is done within a transaction.

use std::collections::BTreeSet;

use sqlx::AnyConnection;
use tokio::sync::oneshot;

use super::{
    attempts::{self, AttemptRow},
    chain::{Chain, Kind},
    confirmations::{self, Confirmation, ConfirmationEnd, Confirmed, EarlierConfirmation},
    database::LedgerError,
    idempotency::{self, Claim, Claimed, KeyEnd},
    keys::Pepper,
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
    pub(super) earlier: Option<EarlierConfirmation>,
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
    SignUp { call: Call, earlier: Option<Earlier>, was_begun: bool },
    Confirmation { confirmation: Confirmation, end: ConfirmationEnd },
    Nothing,
}

/// What a job is told once the transaction is committed.
pub(super) enum Told {
    Begun(Begun),
    Existing(Existing),
    Confirmed(Confirmed),
    Ended(bool),
    Nothing,
}

/// The chains of one writer; each begins with its first row.
#[derive(Clone, Debug, Default)]
pub(super) struct Chains {
    accounts: Option<Chain>,
    refusals: Option<Chain>,
}

impl Job {
    /// Does it. Nothing is told before the transaction is committed; until then it may all be
    /// done again.
    pub(super) async fn perform(
        &self,
        connection: &mut AnyConnection,
        chains: &mut Chains,
        pepper: &Pepper,
        now: i64,
    ) -> sqlx::Result<Told> {
        Ok(match self {
            Self::Begin(begin, _) => Told::Begun(begin.perform(connection, now).await?),
            Self::Exists { call, waited_for, .. } => {
                Told::Existing(recent::exists(connection, call, waited_for.as_ref(), now).await?)
            }
            Self::Confirmed { confirmation, waited_for, .. } => {
                let waited_for = waited_for.as_ref();
                let told = confirmations::confirmed(connection, confirmation, waited_for, now);
                Told::Confirmed(told.await?)
            }
            Self::End(end, _) => Told::Ended(end.perform(connection, chains, pepper, now).await?),
            Self::Undo(begin) => {
                begin.undo(connection, now).await?;
                Told::Nothing
            }
            Self::Refusals(rows) => {
                for row in rows {
                    chains.write(connection, row, Kind::Refusals, pepper, now).await?;
                }
                Told::Nothing
            }
        })
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
            (Self::End(_, Some(reply)), Told::Ended(is_kept)) => {
                let _ = reply.send(Ok(is_kept));
                None
            }
            _ => None,
        }
    }

    /// Tells whoever waits that it was not done, and gives back what has to be done still: the
    /// end of a request, or the undoing of a beginning that may have been written after all.
    pub(super) fn fail(self, reason: &str) -> Option<Self> {
        let away = || LedgerError::Away(reason.to_owned());
        match self {
            Self::Begin(begin, reply) => {
                let _ = reply.send(Err(away()));
                Some(Self::Undo(begin))
            }
            Self::Exists { reply, .. } => {
                let _ = reply.send(Err(away()));
                None
            }
            Self::Confirmed { reply, .. } => {
                let _ = reply.send(Err(away()));
                None
            }
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

    /// What transactions lock, so that two of them do it in the same order.
    pub(super) fn order(&self) -> &str {
        match self {
            Self::Begin(Begin { claim: Some(claim), .. }, _)
            | Self::Undo(Begin { claim: Some(claim), .. }) => &claim.id,
            Self::End(end, _) => end.key.as_ref().map_or("", |(id, ..)| id),
            _ => "",
        }
    }
}

impl Begin {
    async fn perform(&self, connection: &mut AnyConnection, now: i64) -> sqlx::Result<Begun> {
        let claimed = match &self.claim {
            Some(claim) => Some(idempotency::claim(connection, claim, now).await?),
            None => None,
        };
        if claimed.as_ref().is_some_and(|claimed| !matches!(claimed, Claimed::Held { .. })) {
            return Ok(Begun { claimed, earlier: None });
        }
        let earlier = match &self.subject {
            Subject::SignUp(call) => {
                recent::begin(connection, call, now).await?;
                None
            }
            Subject::Confirmation(confirmation) => {
                confirmations::begin(connection, confirmation, now).await?
            }
            Subject::Resend => None,
        };
        Ok(Begun { claimed, earlier })
    }

    /// Nothing was sent.
    async fn undo(&self, connection: &mut AnyConnection, now: i64) -> sqlx::Result<()> {
        if let Some(Claim { id, previous, holder, .. }) = &self.claim {
            // It may hold its key under either pepper.
            for id in std::iter::once(id).chain(previous.iter().map(|(id, _)| id)) {
                idempotency::end(connection, id, holder, &KeyEnd::Free, now).await?;
            }
        }
        match &self.subject {
            Subject::SignUp(call) => recent::end(connection, call, None, true, now).await,
            Subject::Confirmation(confirmation) => {
                let end = ConfirmationEnd::NotConfirmed;
                confirmations::end(connection, confirmation, end, now).await
            }
            Subject::Resend => Ok(()),
        }
    }
}

impl End {
    async fn perform(
        &self,
        connection: &mut AnyConnection,
        chains: &mut Chains,
        pepper: &Pepper,
        now: i64,
    ) -> sqlx::Result<bool> {
        let is_kept = match &self.key {
            Some((id, holder, end)) => idempotency::end(connection, id, holder, end, now).await?,
            None => true,
        };
        match &self.subject {
            SubjectEnd::SignUp { call, earlier, was_begun } => {
                recent::end(connection, call, *earlier, *was_begun, now).await?;
            }
            SubjectEnd::Confirmation { confirmation, end } => {
                confirmations::end(connection, confirmation, *end, now).await?;
            }
            SubjectEnd::Nothing => {}
        }
        if let Some(row) = &self.attempt {
            chains.write(connection, row, Kind::Accounts, pepper, now).await?;
        }
        Ok(is_kept)
    }
}

impl Chains {
    async fn write(
        &mut self,
        connection: &mut AnyConnection,
        row: &AttemptRow,
        kind: Kind,
        pepper: &Pepper,
        now: i64,
    ) -> sqlx::Result<()> {
        let chain = match kind {
            Kind::Accounts => &mut self.accounts,
            Kind::Refusals => &mut self.refusals,
        };
        let mut begun = match chain.take() {
            Some(chain) => chain,
            None => Chain::begin(connection, pepper, kind, now).await?,
        };
        attempts::write(connection, row, &mut begun, pepper).await?;
        *chain = Some(begun);
        Ok(())
    }

    /// Writes where they end now.
    pub(super) async fn save(
        &mut self,
        connection: &mut AnyConnection,
        pepper: &Pepper,
    ) -> sqlx::Result<()> {
        for chain in [&mut self.accounts, &mut self.refusals].into_iter().flatten() {
            chain.save(connection, pepper).await?;
        }
        Ok(())
    }
}
