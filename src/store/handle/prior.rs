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

/// First and longest pause before requests in flight are looked up again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

impl Store {
    /// Returns the owner of the account, for a sign-up that Cognito answered with `UsernameExists`,
    /// or that the pre-sign-up trigger rejected. Waits for those in flight, because one of them may
    /// have created the account.
    ///
    /// # Errors
    /// If the database is unavailable, or the intent is not stored: a guess that is not stored
    /// could be repeated at will.
    pub async fn existing(&self, claim: &Claim) -> Result<Option<AccountOwner>, StoreError> {
        let Some(id) = claim.id else { return Err(not_stored()) };
        let Some(Intent::SignUp(intent)) = claim.intent else { return Ok(None) };
        self.prior(move |session, awaited| {
            let Session { connection, names, keys, lease, .. } = session;
            let abandoned = id::now() - *lease;
            recent_sign_ups::look_up(connection, names, keys, id, &intent, awaited, abandoned)
        })
        .await
    }

    /// Returns `true` if an earlier sign-up of the same user passed the pre-sign-up trigger, for one
    /// that the trigger rejected. The result does not depend on the creator of the account.
    ///
    /// # Errors
    /// As for [`existing`](Self::existing).
    pub async fn accepted_before(&self, claim: &Claim) -> Result<bool, StoreError> {
        let Some(id) = claim.id else { return Err(not_stored()) };
        let Some(Intent::SignUp(intent)) = claim.intent else { return Ok(false) };
        let prior = self.prior(move |session, awaited| {
            let Session { connection, names, lease, .. } = session;
            let abandoned = id::now() - *lease;
            recent_sign_ups::look_up_accepted(connection, names, id, &intent, awaited, abandoned)
        });
        Ok(prior.await?.is_some())
    }

    /// Returns what is known of an earlier confirm with the same user name and code, for one that
    /// Cognito answered with the account being confirmed. Waits for those in flight.
    ///
    /// # Errors
    /// If the database is unavailable, or the intent is not stored.
    pub async fn confirmed_before(
        &self,
        claim: &Claim,
    ) -> Result<Option<EarlierConfirmation>, StoreError> {
        let Some(id) = claim.id else { return Err(not_stored()) };
        let Some(Intent::Confirm(intent)) = claim.intent else { return Ok(None) };
        self.prior(move |session, awaited| {
            let Session { connection, lease, .. } = session;
            confirmations::look_up(connection, id, &intent, awaited, *lease, id::now())
        })
        .await
    }

    /// Repeats a look-up until no request is in flight that may have done the work.
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

fn not_stored() -> StoreError {
    StoreError::Unavailable("the intent is not stored".to_owned())
}
