//! Requests begin, end, or are refused.

use tokio::{
    sync::{mpsc::error::TrySendError, oneshot},
    time::timeout,
};

use super::{
    super::{
        attempts::Attempt,
        clock,
        database::LedgerError,
        job::{End, Job},
        request::{self, Begun, Ending, Held, Keyed, Subject},
    },
    Ledger,
};

impl Ledger {
    /// A request begins: nothing of it has been sent yet.
    ///
    /// # Errors
    /// Where the ledger is away.
    pub async fn begin(
        &self,
        keyed: Option<&Keyed>,
        subject: Subject<'_>,
    ) -> Result<Begun, LedgerError> {
        let begin = request::begin(&self.keys, &self.client_id, keyed, subject, self.lease);
        if keyed.is_none() && matches!(subject, Subject::Resend) {
            // Nothing is to be written, but what comes of it will be.
            return match self.away() {
                Some(reason) => Err(LedgerError::Away(reason)),
                None => Ok(Begun::Held(Held::unwritten(begin))),
            };
        }
        let asked = begin.clone();
        let told = self.ask(self.patience, |reply| Job::Begin(asked, reply)).await?;
        Ok(request::begun(&self.keys, keyed, begin, told))
    }

    /// A request goes on although its beginning could not be written.
    #[must_use]
    pub fn proceed_without(&self, subject: Subject<'_>) -> Held {
        Held::unwritten(request::begin(&self.keys, &self.client_id, None, subject, self.lease))
    }

    /// A request ends, before it is answered. `false` where another has taken its key in the
    /// meantime, whose answer counts.
    ///
    /// # Errors
    /// Where it is not written yet. It will be, if the ledger comes back.
    pub async fn end(&self, held: Held, ending: Ending) -> Result<bool, LedgerError> {
        let Ending { answer, subject, attempt } = ending;
        let is_buffered = !attempt.carries_an_account_or_a_consent();
        let was_begun = held.was_begun();
        let (key, subject) = held.end(&answer, subject);
        // Whoever waits for a final answer waits for its being kept. What began without the
        // ledger does not wait for it at its end.
        let is_waited_for = was_begun && (key.is_some() || !is_buffered);
        let attempt = if is_buffered {
            self.refused(attempt);
            None
        } else {
            Some(attempt.row(&self.keys.current, clock::now()))
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
            && !matches!(timeout(self.answer_timeout, self.queue.send(job)).await, Ok(Ok(())))
        {
            self.metrics.ledger_rows_lost(rows);
            return Err(LedgerError::Away("too much waits for it already".to_owned()));
        }
        if is_waited_for { self.told(self.answer_timeout, told).await } else { Ok(true) }
    }

    /// Takes note of a refusal. Nobody waits for it, and where too many come at once, some are
    /// lost, and counted.
    pub fn refused(&self, attempt: Attempt) {
        if self.refusals.try_send((clock::now(), attempt)).is_err() {
            self.metrics.ledger_refusals_lost(1);
        }
    }
}
