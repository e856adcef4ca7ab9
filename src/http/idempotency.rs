//! A request happens once: it begins in the ledger before anything is sent, and ends there
//! before it is answered.

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, HeaderValue},
};
use secrecy::SecretString;

use super::{State, failures::Refusal, kept::Kept, problem::ProblemType, to_its_end::Ended};
use crate::{
    config::LedgerFailure,
    ledger::{Attempt, Begun, Ending, Held, KeptAnswer, Keyed, Subject, SubjectEnd},
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key.
const MAX_KEY: usize = 255;

/// Whether a request goes on.
pub(super) enum Start {
    /// It does.
    Go(Held),
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

/// The request begins, unless it was answered before, is under way, or its key belongs to
/// another.
pub(super) async fn begin(state: &State, keyed: Option<&Keyed>, subject: Subject<'_>) -> Start {
    let refused = |refusal| Start::Over(Ended { outcome: "not_sent", answer: Err(refusal) });
    match state.ledger.begin(keyed, subject).await {
        Ok(Begun::Held(held)) => Start::Go(held),
        Ok(Begun::Answered(text)) => match Kept::replayed(&text) {
            Some(kept) => Start::Over(Ended { outcome: "replayed", answer: Ok(kept) }),
            None => refused(Refusal::Plain(ProblemType::Internal)),
        },
        Ok(Begun::UnderWay) => refused(Refusal::InProgress),
        Ok(Begun::OtherBody) => refused(Refusal::Plain(ProblemType::IdempotencyKeyReused)),
        Err(_) if keyed.is_none() && state.ledger_failure == LedgerFailure::Proceed => {
            Start::Go(state.ledger.proceed_without(subject))
        }
        Err(_) => refused(Refusal::LedgerAway),
    }
}

/// The request ends. What is final is kept where it has a key, and a success is told only once
/// it is written.
pub(super) async fn end(
    state: &State,
    held: Held,
    answer: Result<Kept, Refusal>,
    subject: SubjectEnd,
    attempt: Attempt,
) -> Ended {
    let has_key = held.has_key();
    let outcome = attempt.outcome;
    let answer = match answer {
        Err(refusal) if has_key && refusal.is_final(held.taken_over()) => {
            Ok(Kept::problem(&refusal.problem(), &state.texts, &attempt.request_id))
        }
        answer => answer,
    };
    let kept = match &answer {
        // Whoever was told a success is told the same again, also where the code was not
        // delivered: in conceal mode nothing may tell one account from another.
        Ok(kept) if has_key => KeptAnswer::Final(kept.text()),
        Err(refusal) if refusal.leaves_the_outcome_unknown() => KeptAnswer::Unknown,
        Ok(_) | Err(_) => KeptAnswer::Nothing,
    };
    let ended = state.ledger.end(held, Ending { answer: kept, subject, attempt }).await;
    let may_proceed = !has_key && state.ledger_failure == LedgerFailure::Proceed;
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
