//! Requests: look-up, claim and end.

use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use tokio::{sync::oneshot, time::sleep};
use tracing::Instrument;

use super::{Store, measure, wait};
use crate::store::{
    audit::attempts::{Attempt, Kind},
    database::Digest,
    error::StoreError,
    requests::{
        encryption,
        idempotency::KeyState,
        request::{Claim, ClaimResult, ClaimedKey, Completion, IdempotentRequest, Subject},
    },
    writer::{Begin, Begun, Command, End},
};

/// Pause between two tries to add a command to a full queue.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(10);

impl Store {
    /// Reads the state of an Idempotency-Key. Writes nothing.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable.
    pub async fn look_up(&self, request: &IdempotentRequest) -> Result<KeyState, StoreError> {
        let claim = request.claim(&self.keys, &self.client_id);
        let state = self.ask(|reply| Command::LookUp(claim, reply)).await?;
        Ok(self.decrypt(request, claim.key, state))
    }

    /// Stores the intent of a request. If the request has a key, claims the key in the same
    /// transaction. The service may call Cognito only after that.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable.
    pub async fn claim(
        &self,
        request: Option<&IdempotentRequest>,
        subject: Subject<'_>,
    ) -> Result<ClaimResult, StoreError> {
        let claim = Claim::new(&self.keys, subject);
        let key = request.map(|request| request.claim(&self.keys, &self.client_id));
        if key.is_none() && claim.intent.is_none() {
            // Without an intent, the request still needs the database for its outcome.
            return match self.failure() {
                Some(error) => Err(error),
                None => Ok(ClaimResult::Claimed(claim)),
            };
        }
        let begin = Begin { key, intent: claim.intent, id: 0 };
        let Begun { id, state } = self.ask(|reply| Command::Begin(begin, reply)).await?;
        let claim = Claim { id: Some(id), ..claim };
        let (Some(request), Some(key), Some(state)) = (request, key, state) else {
            return Ok(ClaimResult::Claimed(claim));
        };
        if !state.is_claimable() {
            return Ok(ClaimResult::Lost(self.decrypt(request, key.key, state)));
        }
        let key = ClaimedKey {
            key: key.key,
            encryption: self.keys.response(request.key.expose_secret()),
            is_takeover: state == KeyState::Takeover,
        };
        Ok(ClaimResult::Claimed(Claim { key: Some(key), ..claim }))
    }

    /// Returns the claim of a request that proceeds without a stored intent.
    #[must_use]
    pub fn proceed_without(&self, subject: Subject<'_>) -> Claim {
        Claim::new(&self.keys, subject)
    }

    /// Stores the outcome of a call that had no intent. Does not wait until the outcome is stored.
    pub async fn record(&self, attempt: Attempt) {
        let kind = attempt.kind();
        let end = End { key: None, intent: None, kind, attempt: attempt.row(&self.keys, 0, None) };
        let deadline = Instant::now() + self.commit_timeout;
        // A metric counts failures.
        let _ = self.push(Command::End(Box::new(end), None), deadline).await;
    }

    /// Stores the outcome of a request and the state of its key. Returns `false` if another request
    /// has taken the key over. Then only the response of the other request is valid.
    ///
    /// Waits until the outcome is stored if the intent is stored and the request has a key or
    /// changed an account.
    ///
    /// # Errors
    /// Returns an error if the outcome is not stored within `database.commit_timeout`. Unless the
    /// queue was full, the store writes the outcome when the database is available again.
    pub async fn end(&self, claim: Claim, completion: Completion) -> Result<bool, StoreError> {
        let Completion { key, memory, attempt } = completion;
        let (key, kind) = (claim.key_end(key), attempt.kind());
        // A request whose intent is not stored does not wait for the database at its end either.
        let is_awaited = claim.id.is_some() && (key.is_some() || kind == Kind::Accounts);
        let end = End {
            key,
            // The next request of the user needs the intent, even if the database stores it late.
            intent: claim.intent.filter(|_| claim.id.is_none() && memory.is_some()),
            kind,
            attempt: attempt.row(&self.keys, claim.id.unwrap_or_default(), memory),
        };
        let (reply, result) = oneshot::channel();
        let deadline = Instant::now() + self.commit_timeout;
        self.push(Command::End(Box::new(end), is_awaited.then_some(reply)), deadline).await?;
        if !is_awaited {
            return Ok(true);
        }
        let limit = deadline.saturating_duration_since(Instant::now());
        let (span, started) = (self.span("end"), Instant::now());
        let result = wait(limit, result).instrument(span.clone()).await;
        measure(&span, started, &result);
        result
    }

    fn decrypt(&self, request: &IdempotentRequest, key: Digest, state: KeyState) -> KeyState {
        let KeyState::Stored(response) = state else { return state };
        let encryption = self.keys.response(request.key.expose_secret());
        // An altered response must not cause a second call.
        encryption::decrypt(&encryption, &key, &response)
            .map_or(KeyState::InProgress(self.lease), KeyState::Stored)
    }

    /// Adds a command, and waits while the queue is full. Outcomes therefore survive a load peak.
    async fn push(&self, mut command: Command, deadline: Instant) -> Result<(), StoreError> {
        while let Err(returned) = self.queue.push(command) {
            if Instant::now() > deadline || self.queue.is_closed() {
                self.metrics.database.rows_lost.inc();
                return Err(self.not_queued());
            }
            sleep(FULL_QUEUE_PAUSE).await;
            command = returned;
        }
        Ok(())
    }
}
