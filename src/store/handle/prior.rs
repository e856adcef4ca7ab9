//! Look-ups of earlier requests of the same user.

use std::time::Duration;

use tokio::time::sleep;

use super::Store;
use crate::store::{
    error::StoreError,
    id,
    requests::{
        confirmations::{self, EarlierConfirmation},
        prior::PriorLookup,
        recent_sign_ups::{self, AccountOwner},
        request::Claim,
    },
    writer::{Intent, Session},
};

/// First and longest pause before the store looks up requests in progress again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

impl Store {
    /// Returns the owner of the account after Cognito responded to a sign-up with `UsernameExists`,
    /// or the pre-sign-up trigger rejected it. Returns `None` if no recent sign-up shows the owner.
    /// Waits for the other sign-ups of the user in progress. One may have created the account.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable, or the intent is not stored. Without stored
    /// intents, a client could guess passwords without limit.
    pub async fn existing(&self, claim: &Claim) -> Result<Option<AccountOwner>, StoreError> {
        let Some(id) = claim.id else { return Err(StoreError::NotStored) };
        let Some(Intent::SignUp(intent)) = claim.intent else { return Ok(None) };
        self.prior(move |session, awaited| {
            let Session { connection, names, keys, lease, .. } = session;
            let abandoned = id::now() - *lease;
            recent_sign_ups::look_up(connection, names, keys, id, &intent, awaited, abandoned)
        })
        .await
    }

    /// Returns `true` if an earlier sign-up of the same user passed the pre-sign-up trigger, after
    /// the trigger rejected this sign-up. The result does not depend on the creator of the account.
    ///
    /// # Errors
    /// Returns the errors of [`existing`](Self::existing).
    pub async fn accepted_before(&self, claim: &Claim) -> Result<bool, StoreError> {
        let Some(id) = claim.id else { return Err(StoreError::NotStored) };
        let Some(Intent::SignUp(intent)) = claim.intent else { return Ok(false) };
        let prior = self.prior(move |session, awaited| {
            let Session { connection, names, lease, .. } = session;
            let abandoned = id::now() - *lease;
            recent_sign_ups::look_up_accepted(connection, names, id, &intent, awaited, abandoned)
        });
        Ok(prior.await?.is_some())
    }

    /// Returns the outcome of an earlier confirm with the same user name and code, after Cognito
    /// reported the account as confirmed. Returns `None` if there is no such confirm. Waits for
    /// such confirms in progress.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable, or the intent is not stored.
    pub async fn confirmed_before(
        &self,
        claim: &Claim,
    ) -> Result<Option<EarlierConfirmation>, StoreError> {
        let Some(id) = claim.id else { return Err(StoreError::NotStored) };
        let Some(Intent::Confirm(intent)) = claim.intent else { return Ok(None) };
        self.prior(move |session, awaited| {
            let Session { connection, lease, .. } = session;
            confirmations::look_up(connection, id, &intent, awaited, *lease, id::now())
        })
        .await
    }

    /// Repeats a look-up until it finds an earlier request, or until no earlier request is in
    /// progress.
    async fn prior<T: Send + 'static>(
        &self,
        look_up: impl Fn(&mut Session, Option<&[i64]>) -> Result<PriorLookup<T>, StoreError>
        + Clone
        + Send
        + 'static,
    ) -> Result<Option<T>, StoreError> {
        let mut awaited: Option<Vec<i64>> = None;
        let (mut pause, longest) = PAUSES;
        loop {
            let look_up = look_up.clone();
            match self.run(move |session| look_up(session, awaited.as_deref())).await? {
                PriorLookup::Found(prior) => return Ok(Some(prior)),
                PriorLookup::NotFound => return Ok(None),
                PriorLookup::InFlight(requests) => awaited = Some(requests),
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }
}
