//! Requests begin, end, or are refused.

use tokio::{
    sync::{mpsc::error::TrySendError, oneshot},
    time::timeout,
};

use super::{
    super::{clock, database::LedgerError},
    Ledger,
};
use crate::ledger::{
    audit::attempts::Attempt,
    requests::request::{self, Claim, ClaimResult, Completion, IdempotentRequest, Known, Subject},
    writers::job::{End, Job},
};

impl Ledger {
    /// Reads what the database knows of an Idempotency-Key. Nothing is written.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn look_up(&self, request: &IdempotentRequest) -> Result<Known, LedgerError> {
        let key = request::look_up(&self.keys, &self.client_id, request);
        let asked = key.clone();
        let state = self.ask(self.patience, |reply| Job::LookUp(asked, reply)).await?;
        Ok(request::known(&self.keys, request, &key, state, self.lease))
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
    ) -> Result<ClaimResult, LedgerError> {
        let begin = request::begin(&self.keys, &self.client_id, request, subject, self.lease);
        if request.is_none() && matches!(subject, Subject::Resend) {
            // There is no intent to store, but the outcome will have to be.
            return match self.away() {
                Some(reason) => Err(LedgerError::Away(reason)),
                None => Ok(ClaimResult::Claimed(Claim::unwritten(begin))),
            };
        }
        let asked = begin.clone();
        let told = self.ask(self.patience, |reply| Job::Begin(asked, reply)).await?;
        Ok(request::claimed(&self.keys, request, begin, told.state, self.lease))
    }

    /// Returns the claim of a request that goes on although its intent could not be stored.
    #[must_use]
    pub fn proceed_without(&self, subject: Subject<'_>) -> Claim {
        Claim::unwritten(request::begin(&self.keys, &self.client_id, None, subject, self.lease))
    }

    /// Stores the outcome of a request and, with a key, its response. Returns `false` if another
    /// request has taken the key over in the meantime: its response counts.
    ///
    /// # Errors
    /// If it is not stored yet. It will be when the database is available again.
    pub async fn end(&self, claim: Claim, completion: Completion) -> Result<bool, LedgerError> {
        let Completion { response, subject, attempt } = completion;
        let is_buffered = !attempt.carries_an_account_or_a_consent();
        let was_begun = claim.was_begun();
        let (key, subject) = claim.end(&response, subject);
        // Whoever waits for a final answer waits for its being kept. What began without the
        // ledger does not wait for it at its end.
        let is_waited_for = was_begun && (key.is_some() || !is_buffered);
        let attempt = if is_buffered {
            self.refused(attempt);
            None
        } else {
            Some(attempt.row(&self.keys, clock::now()))
        };
        let end = End { key, subject, attempt };
        if end.is_empty() {
            return Ok(true);
        }
        let (reply, told) = oneshot::channel();
        let job = Job::End(Box::new(end), is_waited_for.then_some(reply));
        let rows = job.rows();
        // Nothing that has happened is dropped because too much waits.
        if let Err(TrySendError::Full(job) | TrySendError::Closed(job)) = self.queue.try_send(job)
            && !matches!(timeout(self.commit_timeout, self.queue.send(job)).await, Ok(Ok(())))
        {
            self.metrics.ledger_rows_lost(rows);
            return Err(LedgerError::Away("too much waits for it already".to_owned()));
        }
        if is_waited_for { self.told(self.commit_timeout, told).await } else { Ok(true) }
    }

    /// Takes note of a refusal. Nobody waits for it, and where too many come at once, some are
    /// lost, and counted.
    pub fn refused(&self, attempt: Attempt) {
        if self.refusals.try_send((clock::now(), attempt)).is_err() {
            self.metrics.ledger_refusals_lost(1);
        }
    }
}
