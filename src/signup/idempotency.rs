//! Idempotency-Keys: a read before the preconditions, a claim before the call, and the stored
//! response at the end.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use super::{Finished, Rejection, Render, UseCases};
use crate::{
    config::DatabaseFailure,
    store::{
        Attempt, Claim, ClaimResult, Completion, IdempotentRequest, KeyOutcome, KeyState, Memory,
        Subject,
    },
};

pub(super) enum Known<R> {
    /// The request is new, or has no key.
    New,
    /// An earlier request with the same key and body had an unknown outcome.
    Takeover,
    /// The request ends without a call.
    Finished(Finished<R>),
}

/// The result of a requested change, with the data to store.
pub(super) struct Completed<T> {
    pub(super) claim: Claim,
    pub(super) result: Result<T, Rejection>,
    pub(super) memory: Option<Memory>,
    pub(super) attempt: Attempt,
}

impl UseCases {
    /// Reads the stored state of the key of a request. Stores nothing.
    pub(super) async fn look_up<T, R: DeserializeOwned>(
        &self,
        request: Option<&IdempotentRequest>,
        render: Render<'_, T, R>,
    ) -> Known<R> {
        let Some(request) = request else {
            // Without this check, a request would use up its proof although the database is
            // unavailable.
            return if self.store.unavailable().is_some() && !self.proceeds_without_store() {
                Known::Finished(not_sent(Rejection::StoreUnavailable, render))
            } else {
                Known::New
            };
        };
        match self.store.look_up(request).await {
            Ok(KeyState::New) => Known::New,
            Ok(KeyState::Takeover) => Known::Takeover,
            Ok(known) => Known::Finished(self.answered(known, render)),
            Err(_) => Known::Finished(not_sent(Rejection::StoreUnavailable, render)),
        }
    }

    /// Stores the intent and claims the key, in one transaction.
    ///
    /// Returns the finished request if another request holds the key. Also returns a finished
    /// request if the database is unavailable, unless `database.on_failure` lets a request without
    /// a key proceed.
    pub(super) async fn claim<T, R: DeserializeOwned>(
        &self,
        request: Option<&IdempotentRequest>,
        subject: Subject<'_>,
        render: Render<'_, T, R>,
    ) -> Result<Claim, Finished<R>> {
        match self.store.claim(request, subject).await {
            Ok(ClaimResult::Claimed(claim)) => Ok(claim),
            Ok(ClaimResult::Lost(known)) => Err(self.answered(known, render)),
            Err(_) if request.is_none() && self.proceeds_without_store() => {
                Ok(self.store.proceed_without(subject))
            }
            Err(_) => Err(not_sent(Rejection::StoreUnavailable, render)),
        }
    }

    /// Stores the outcome and, if the request has a key, a final response. If the intent is stored
    /// and the request has a key or consents, reports a success only after the database has stored
    /// the outcome.
    pub(super) async fn finish<T, R: Serialize>(
        &self,
        completed: Completed<T>,
        render: Render<'_, T, R>,
    ) -> Finished<R> {
        let Completed { claim, result, memory, attempt } = completed;
        let has_key = claim.has_key();
        let rendered = render(&result);
        let is_final = match &result {
            // In conceal mode, the handling of a success must not depend on the account.
            Ok(_) => true,
            Err(rejection) => has_key && rejection.is_final(),
        };
        let key = match &result {
            _ if is_final && has_key => stored(&rendered.response),
            Err(rejection) if rejection.leaves_the_outcome_unknown() => KeyOutcome::Unknown,
            Ok(_) | Err(_) => KeyOutcome::Free,
        };
        let outcome = attempt.outcome;
        let has_consents = !attempt.consents.is_empty();
        let attempt = Attempt { code: rendered.code, ..attempt };
        let is_stored = self.store.end(claim, Completion { key, memory, attempt }).await;
        let instead = match is_stored {
            _ if !is_final => None,
            Ok(true) => None,
            // Another request took the key over. If the client repeats the request, the service
            // sends the response of the other request.
            Ok(false) => Some(Rejection::InProgress(Duration::ZERO)),
            // Unless the queue is full or the database rejects the row, the row waits in the writer's
            // queue. Until the writer stores the row, only the look-up for a repeated sign-up or
            // confirm lacks the row. The store counts a lost row.
            Err(_) if !has_key && !has_consents => {
                self.metrics.database.late_commits.inc();
                None
            }
            Err(_) => Some(Rejection::NotStored),
        };
        match instead {
            Some(rejection) => Finished::new(outcome, render(&Err(rejection))),
            None => Finished { is_success: result.is_ok(), ..Finished::new(outcome, rendered) },
        }
    }

    /// Finishes a request with a key, by the state of the key.
    fn answered<T, R: DeserializeOwned>(
        &self,
        state: KeyState,
        render: Render<'_, T, R>,
    ) -> Finished<R> {
        match state {
            KeyState::Stored(response) => match serde_json::from_slice(&response) {
                Ok(response) => {
                    self.metrics.replay();
                    Finished { outcome: "replayed", response, is_replayed: true, is_success: false }
                }
                Err(_) => not_sent(Rejection::UnreadableResponse, render),
            },
            KeyState::OtherBody => not_sent(Rejection::KeyReused, render),
            KeyState::InProgress(lease) => not_sent(Rejection::InProgress(lease), render),
            // The store does not return these states, because the request claims the key in both.
            KeyState::New | KeyState::Takeover => {
                not_sent(Rejection::InProgress(Duration::ZERO), render)
            }
        }
    }

    fn proceeds_without_store(&self) -> bool {
        self.on_store_failure == DatabaseFailure::Proceed
    }
}

fn not_sent<T, R>(rejection: Rejection, render: Render<'_, T, R>) -> Finished<R> {
    Finished::new("not_sent", render(&Err(rejection)))
}

fn stored<R: Serialize>(response: &R) -> KeyOutcome {
    // If the service cannot serialize the response, a later request takes the key over.
    serde_json::to_vec(response).map_or(KeyOutcome::Unknown, KeyOutcome::Stored)
}
