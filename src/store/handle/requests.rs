//! Requests: look-up, claim and end.

use std::time::{Duration, Instant};

use tokio::{sync::oneshot, time::sleep};

use super::{Store, too_much_waits, wait};
use crate::store::{
    audit::attempts::Attempt,
    error::StoreError,
    requests::request::{self, Claim, ClaimResult, Completion, IdempotentRequest, Known, Subject},
    writer::{Begin, Command, End},
};

/// Pause before a full queue is tried again.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(10);

impl Store {
    /// Reads what the database knows of an Idempotency-Key. Writes nothing.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn look_up(&self, request: &IdempotentRequest) -> Result<Known, StoreError> {
        let digests = request::key_claim(&self.keys, &self.client_id, request);
        let state = self.ask(|reply| Command::LookUp(digests, reply)).await?;
        Ok(request::known(&self.keys, request, digests, state, self.lease))
    }

    /// Stores the intent of a request and, with a key, claims it, in one transaction. The call to
    /// Cognito may be sent only after that.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn claim(
        &self,
        request: Option<&IdempotentRequest>,
        subject: Subject<'_>,
    ) -> Result<ClaimResult, StoreError> {
        let claim = request::new_claim(&self.keys, subject);
        if request.is_none() && matches!(subject, Subject::Resend) {
            // There is no intent to store, but the outcome will have to be.
            return match self.unavailable() {
                Some(reason) => Err(StoreError::Unavailable(reason)),
                None => Ok(ClaimResult::Claimed(claim)),
            };
        }
        let key = request.map(|request| request::key_claim(&self.keys, &self.client_id, request));
        let begin = Begin { key, intent: claim.intent, id: 0 };
        let stored = self.ask(|reply| Command::Begin(begin, reply)).await?;
        let key = match (request, key, stored.state) {
            (Some(request), Some(key), Some(state)) => Some((request, key, state)),
            _ => None,
        };
        Ok(request::claimed(&self.keys, key, &claim, stored.id, self.lease))
    }

    /// Returns the claim of a request that goes on although its intent could not be stored.
    #[must_use]
    pub fn proceed_without(&self, subject: Subject<'_>) -> Claim {
        request::new_claim(&self.keys, subject)
    }

    /// Stores the outcome of a call that had no intent. Returns before it is stored.
    pub async fn record(&self, attempt: Attempt) {
        let end = End { key: None, intent: None, attempt: attempt.row(&self.keys, 0, None) };
        let deadline = Instant::now() + self.commit_timeout;
        // A failure is counted.
        let _ = self.push(Command::End(Box::new(end), None), deadline).await;
    }

    /// Stores the outcome of a request and, with a key, its response. Returns `false` if another
    /// request has taken the key over: its response counts.
    ///
    /// # Errors
    /// If it is not stored within `database.commit_timeout`. It will be when the database is
    /// available again.
    pub async fn end(&self, claim: Claim, completion: Completion) -> Result<bool, StoreError> {
        let Completion { response, subject, attempt } = completion;
        let key = claim.key_end(&response);
        // A final response waits until it is stored. A request without an intent does not wait for
        // the database at its end either.
        let is_awaited =
            claim.id.is_some() && (key.is_some() || attempt.carries_an_account_or_a_consent());
        let memory = subject.memory();
        let end = End {
            key,
            // An intent that was not stored is worth it if it is to be remembered.
            intent: claim.intent.filter(|_| claim.id.is_none() && memory.is_some()),
            attempt: attempt.row(&self.keys, claim.id.unwrap_or_default(), memory),
        };
        let (reply, result) = oneshot::channel();
        let deadline = Instant::now() + self.commit_timeout;
        self.push(Command::End(Box::new(end), is_awaited.then_some(reply)), deadline).await?;
        if !is_awaited {
            return Ok(true);
        }
        wait(deadline.saturating_duration_since(Instant::now()), result).await
    }

    /// Adds a command. No outcome is dropped because too many requests wait at the moment.
    async fn push(&self, mut command: Command, deadline: Instant) -> Result<(), StoreError> {
        while let Err(returned) = self.queue.push(command) {
            if Instant::now() > deadline || self.queue.is_closed() {
                self.metrics.database.rows_lost.inc();
                return Err(too_much_waits());
            }
            sleep(FULL_QUEUE_PAUSE).await;
            command = returned;
        }
        Ok(())
    }
}
