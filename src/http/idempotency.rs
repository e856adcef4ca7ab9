//! A request happens once: it begins in the ledger before anything is sent, and ends there
//! before it is answered.

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, HeaderValue},
};
use secrecy::SecretString;

use super::{State, failures::Refusal, kept::Kept, problem::ProblemType, to_its_end::Ended};
use crate::{
    config::DatabaseFailure,
    ledger::{
        Attempt, Claim, ClaimResult, Completion, IdempotentRequest, Known, StoredResponse, Subject,
        SubjectEnd,
    },
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key.
const MAX_KEY: usize = 255;

/// Whether a request goes on.
pub(super) enum Start {
    /// It does.
    Go(Claim),
    /// It was answered before, or is refused.
    Over(Ended),
}

/// The Idempotency-Key, where one is sent: visible ASCII characters, taken as they are.
pub(super) fn key(request: &HttpRequest) -> Result<Option<SecretString>, Refusal> {
    let mut sent = request.headers().get_all(&IDEMPOTENCY_KEY);
    let Some(key) = sent.next() else { return Ok(None) };
    match visible(key) {
        Some(key) if sent.next().is_none() => Ok(Some(key.into())),
        _ => Err(Refusal::Plain(ProblemType::InvalidIdempotencyKey)),
    }
}

fn visible(key: &HeaderValue) -> Option<&str> {
    let key = key.to_str().ok()?;
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=MAX_KEY).contains(&key.len()) && is_visible).then_some(key)
}

/// Looks the key up and claims it, unless the request was answered before, is in progress, or its
/// key belongs to another body.
pub(super) async fn begin(
    state: &State,
    request: Option<&IdempotentRequest>,
    subject: Subject<'_>,
) -> Start {
    if let Some(request) = request {
        match state.ledger.look_up(request).await {
            Ok(Known::New | Known::Takeover) => {}
            Ok(known) => return Start::Over(known_to_be_over(known)),
            Err(_) => return Start::Over(not_sent(Refusal::LedgerAway)),
        }
    }
    match state.ledger.claim(request, subject).await {
        Ok(ClaimResult::Claimed(claim)) => Start::Go(claim),
        Ok(ClaimResult::Lost(known)) => Start::Over(known_to_be_over(known)),
        Err(_) if request.is_none() && state.ledger_failure == DatabaseFailure::Proceed => {
            Start::Go(state.ledger.proceed_without(subject))
        }
        Err(_) => Start::Over(not_sent(Refusal::LedgerAway)),
    }
}

fn known_to_be_over(known: Known) -> Ended {
    match known {
        Known::Stored(text) => match Kept::replayed(&text) {
            Some(kept) => Ended { outcome: "replayed", answer: Ok(kept) },
            None => not_sent(Refusal::Plain(ProblemType::Internal)),
        },
        Known::OtherBody => not_sent(Refusal::Plain(ProblemType::IdempotencyKeyReused)),
        Known::InProgress { .. } | Known::New | Known::Takeover => not_sent(Refusal::InProgress),
    }
}

fn not_sent(refusal: Refusal) -> Ended {
    Ended { outcome: "not_sent", answer: Err(refusal) }
}

/// The request ends. What is final is kept where it has a key, and a success is told only once
/// it is written.
pub(super) async fn end(
    state: &State,
    held: Claim,
    answer: Result<Kept, Refusal>,
    subject: SubjectEnd,
    attempt: Attempt,
) -> Ended {
    let has_key = held.has_key();
    let outcome = attempt.outcome;
    let answer = match answer {
        Err(refusal) if has_key && refusal.is_final(held.is_takeover()) => {
            Ok(Kept::problem(&refusal.problem(), &state.texts, &attempt.request_id))
        }
        answer => answer,
    };
    let kept = match &answer {
        // Whoever was told a success is told the same again, also where the code was not
        // delivered: in conceal mode nothing may tell one account from another.
        Ok(kept) if has_key => StoredResponse::Final(kept.text()),
        Err(refusal) if refusal.leaves_the_outcome_unknown() => StoredResponse::Unknown,
        Ok(_) | Err(_) => StoredResponse::Nothing,
    };
    let ended = state.ledger.end(held, Completion { response: kept, subject, attempt }).await;
    let may_proceed = !has_key && state.ledger_failure == DatabaseFailure::Proceed;
    let answer = match (ended, answer) {
        (_, Err(refusal)) => Err(refusal),
        (Ok(true), Ok(kept)) => Ok(kept),
        // Another has taken over, and what it answers is what counts.
        (Ok(false), Ok(_)) => Err(Refusal::InProgress),
        (Err(_), Ok(kept)) if may_proceed => Ok(kept),
        (Err(_), Ok(_)) => Err(Refusal::NotWritten),
    };
    Ended { outcome, answer }
}
