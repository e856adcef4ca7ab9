//! Whether somebody is a person: what is asked before a call, and the challenges.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};

use super::{State, failures::Refusal, problem::ProblemType};
use crate::{
    cognito::Caller, humanity::Visitor, ledger::Claim, limits::Admission,
    registration::Registration,
};

/// `GET /register/challenge`: what a caller's machine may work at before a sign-up.
pub(super) async fn challenge(state: Data<State>) -> Result<HttpResponse, Refusal> {
    let challenge = state.humanity.challenge();
    let challenge = challenge.ok_or(Refusal::Plain(ProblemType::NotFound))?;
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(HttpResponse::Ok().insert_header(no_store).json(challenge))
}

/// Whether a sign-up is a person's. Where an earlier request with the same key and body may have
/// created the account, it had a proof then, and nobody may be told that nothing was created.
pub(super) async fn check(
    state: &State,
    held: &Claim,
    admission: Option<&Admission>,
    registration: &Registration,
    caller: &Caller,
) -> Result<(), Refusal> {
    if held.is_takeover() {
        return Ok(());
    }
    let proof = registration.human_proof.as_deref();
    let visitor = Visitor { proof, address: caller.address, admission };
    state.humanity.check(visitor, &state.limits).await.map_err(Refusal::Proof)
}
