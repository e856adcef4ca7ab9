//! How a job is done within a transaction.

use sqlx::AnyConnection;

use crate::ledger::{
    audit::{chain::Kind, chains::Chains},
    keys::Keys,
    requests::{
        confirmations::{self, ConfirmationEnd},
        idempotency::{self, KeyClaim, KeyEnd, KeyState},
        messages, recent,
    },
    writers::job::{Begin, Begun, End, Job, KeyStep, Subject, SubjectEnd, Told},
};

impl Job {
    /// Does what concerns its key. Nothing is told before the transaction is committed; until
    /// then it may all be done again.
    pub(in crate::ledger) async fn perform_on_key(
        &self,
        connection: &mut AnyConnection,
        now: i64,
    ) -> sqlx::Result<KeyStep> {
        match self {
            Self::Begin(Begin { claim: Some(claim), .. }, _) => {
                Ok(KeyStep::Claimed(idempotency::claim(connection, claim, now).await?))
            }
            Self::Undo(Begin { claim: Some(claim), .. }) => {
                let KeyClaim { id, holder, .. } = claim;
                idempotency::end(connection, id, holder, &KeyEnd::Free, now).await?;
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
    pub(in crate::ledger) async fn perform(
        &self,
        on_key: KeyStep,
        connection: &mut AnyConnection,
        chains: &mut Chains,
        keys: &Keys,
        now: i64,
    ) -> sqlx::Result<Told> {
        Ok(match self {
            Self::LookUp(claim, _) => {
                Told::LookedUp(idempotency::look_up(connection, claim, now).await?)
            }
            Self::Begin(begin, _) => {
                let state = match on_key {
                    KeyStep::Claimed(state) => Some(state),
                    _ => None,
                };
                if state.as_ref().is_none_or(KeyState::is_claimable) {
                    begin.subject.begin(connection, now).await?;
                }
                Told::Begun(Begun { state })
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
                end.perform(connection, chains, keys, now).await?;
                Told::Ended(!matches!(on_key, KeyStep::Ended(false)))
            }
            Self::Undo(begin) => {
                begin.subject.undo(connection, now).await?;
                Told::Nothing
            }
            Self::Refusals(rows) => {
                for row in rows {
                    chains.write(connection, row, Kind::Refusals, keys, now).await?;
                }
                Told::Nothing
            }
            // All those of a batch are written together.
            Self::Message(_) => Told::Nothing,
            Self::Recipients(name, _) => {
                Told::Recipients(messages::recipients(connection, name, now).await?)
            }
            Self::CallingCodes(grace, _) => {
                Told::CallingCodes(messages::counted(connection, *grace, now).await?)
            }
        })
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
    async fn perform(
        &self,
        connection: &mut AnyConnection,
        chains: &mut Chains,
        keys: &Keys,
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
            chains.write(connection, row, Kind::Accounts, keys, now).await?;
        }
        Ok(())
    }
}
