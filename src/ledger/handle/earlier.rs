//! What is known of an earlier request of the same person.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::sleep;

use super::{
    super::{
        confirmations::EarlierConfirmation,
        database::LedgerError,
        job::{Begin, Job, Reply, Subject},
        precedent::Precedent,
        recent::Earlier,
        request::Held,
    },
    Ledger,
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
    pub async fn existing(&self, held: &Held) -> Result<Option<Earlier>, LedgerError> {
        let Some(call) = held.call() else { return Ok(None) };
        // A guess that was never written could be made again and again.
        must_have_begun(held)?;
        let job = |waited_for, reply| Job::Exists { call: call.clone(), waited_for, reply };
        self.precedent(job).await
    }

    /// As [`Self::existing`], before anything is sent: where something is known, the request goes
    /// on, and is remembered like any other.
    ///
    /// # Errors
    /// Where the ledger is away: then nobody knows.
    pub async fn tried_before(&self, held: &Held) -> Result<Option<Earlier>, LedgerError> {
        let earlier = self.existing(held).await?;
        if let (Some(_), Some(call)) = (earlier, held.call()) {
            // To ask has ended the memory of this one.
            let begin = Begin { claim: None, subject: Subject::SignUp(call.clone()) };
            self.ask(self.patience, |reply| Job::Begin(begin, reply)).await?;
        }
        Ok(earlier)
    }

    /// A confirm was told that the account is confirmed: what is known of an earlier one with
    /// the same user name and code. Waits for those that are still under way, since one of them
    /// may be what confirmed it.
    ///
    /// # Errors
    /// Where the ledger is away: then nobody knows.
    pub async fn confirmed_before(
        &self,
        held: &Held,
    ) -> Result<Option<EarlierConfirmation>, LedgerError> {
        let Some(confirmation) = held.confirmation() else { return Ok(None) };
        must_have_begun(held)?;
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

fn must_have_begun(held: &Held) -> Result<(), LedgerError> {
    if held.was_begun() {
        return Ok(());
    }
    Err(LedgerError::Away("it was away when this began".to_owned()))
}
