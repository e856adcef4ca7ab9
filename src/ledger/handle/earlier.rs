//! What is known of an earlier request of the same person.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::sleep;

use super::{super::database::LedgerError, Ledger};
use crate::ledger::{
    requests::{
        confirmations::EarlierConfirmation, precedent::Precedent, recent::PriorAttempt,
        request::Claim,
    },
    writers::job::{Job, Reply},
};

/// The pause before it is looked again whether those are over that are waited for: at first, and
/// at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

impl Ledger {
    /// A sign-up was told that the account exists: what is known of an earlier one of the same
    /// person. Waits for those that are still under way, since one of them may be what created
    /// it.
    ///
    /// # Errors
    /// Where the ledger is away: then nobody knows.
    pub async fn existing(&self, claim: &Claim) -> Result<Option<PriorAttempt>, LedgerError> {
        let Some(call) = claim.call() else { return Ok(None) };
        // A guess that was never written could be made again and again.
        must_have_begun(claim)?;
        let job = |waited_for, reply| Job::Exists { call: call.clone(), waited_for, reply };
        self.precedent(job).await
    }

    /// A confirm was told that the account is confirmed: what is known of an earlier one with
    /// the same user name and code. Waits for those that are still under way, since one of them
    /// may be what confirmed it.
    ///
    /// # Errors
    /// Where the ledger is away: then nobody knows.
    pub async fn confirmed_before(
        &self,
        claim: &Claim,
    ) -> Result<Option<EarlierConfirmation>, LedgerError> {
        let Some(confirmation) = claim.confirmation() else { return Ok(None) };
        must_have_begun(claim)?;
        let job = |waited_for, reply| {
            let confirmation = confirmation.clone();
            Job::Confirmed { confirmation, waited_for, reply }
        };
        self.precedent(job).await
    }

    /// Asks again and again, until none is under way that may be what did it.
    async fn precedent<T>(
        &self,
        job: impl Fn(Option<BTreeSet<String>>, Reply<Precedent<T>>) -> Job,
    ) -> Result<Option<T>, LedgerError> {
        let mut waited_for = None;
        let (mut pause, longest) = PAUSES;
        loop {
            let waiting = waited_for.take();
            match self.ask(self.patience, |reply| job(waiting, reply)).await? {
                Precedent::Known(earlier) => return Ok(Some(earlier)),
                Precedent::Stranger => return Ok(None),
                Precedent::UnderWay(requests) => waited_for = Some(requests),
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }
}

fn must_have_begun(claim: &Claim) -> Result<(), LedgerError> {
    if claim.was_begun() {
        return Ok(());
    }
    Err(LedgerError::Away("it was away when this began".to_owned()))
}
