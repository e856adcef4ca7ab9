//! A request happens once: it begins in the ledger before anything is sent, and ends there
//! before it is answered.

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, HeaderValue},
};
use secrecy::SecretString;

use super::{State, failures::Refusal, kept::Kept, problem::ProblemType};
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
    /// It was answered before.
    Replay(Kept),
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
pub(super) async fn begin(
    state: &State,
    keyed: Option<&Keyed>,
    subject: Subject<'_>,
) -> Result<Start, Refusal> {
    match state.ledger.begin(keyed, subject).await {
        Ok(Begun::Held(held)) => Ok(Start::Go(held)),
        Ok(Begun::Answered(text)) => match Kept::replayed(&text) {
            Some(kept) => Ok(Start::Replay(kept)),
            None => Err(Refusal::Plain(ProblemType::Internal)),
        },
        Ok(Begun::UnderWay) => Err(Refusal::InProgress),
        Ok(Begun::OtherBody) => Err(Refusal::Plain(ProblemType::IdempotencyKeyReused)),
        Err(_) if keyed.is_none() && state.ledger_failure == LedgerFailure::Proceed => {
            Ok(Start::Go(state.ledger.proceed_without(subject)))
        }
        Err(_) => Err(Refusal::LedgerAway),
    }
}

/// What a request ends with.
pub(super) struct End<T> {
    /// The answer.
    pub(super) answer: Result<T, Refusal>,
    /// What became of what it was about.
    pub(super) subject: SubjectEnd,
    /// The row that is written of it.
    pub(super) attempt: Attempt,
}

/// The request ends. What is final is kept where it has a key; a success is told only once it
/// is written.
pub(super) async fn end(
    state: &State,
    held: Held,
    end: End<Kept>,
    request_id: &str,
) -> Result<Kept, Refusal> {
    let End { answer, subject, attempt } = end;
    let has_key = held.has_key();
    let answer = match answer {
        Err(refusal) if has_key && refusal.is_final() => {
            Ok(Kept::problem(&refusal.problem(), &state.texts, request_id))
        }
        answer => answer,
    };
    let kept = match &answer {
        Ok(kept) => KeptAnswer::Final(kept.text()),
        Err(refusal) if refusal.leaves_the_outcome_unknown() => KeptAnswer::Unknown,
        Err(_) => KeptAnswer::Nothing,
    };
    let ended = state.ledger.end(held, Ending { answer: kept, subject, attempt }).await;
    match (ended, answer) {
        (_, Err(refusal)) => Err(refusal),
        (Ok(true), Ok(kept)) => Ok(kept),
        // Another has taken over, and what it answers is what counts.
        (Ok(false), Ok(_)) => Err(Refusal::InProgress),
        (Err(_), Ok(kept)) if !has_key && state.ledger_failure == LedgerFailure::Proceed => {
            Ok(kept)
        }
        (Err(_), Ok(_)) => Err(Refusal::NotWritten),
    }
}
