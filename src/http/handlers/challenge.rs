//! `GET /register/challenge`: a proof-of-work challenge, if that bot check is configured.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};

use crate::http::{State, error::Error, problem::ProblemType};

pub(in crate::http) async fn challenge(state: Data<State>) -> Result<HttpResponse, Error> {
    let challenge = state.use_cases.bot_check.challenge();
    let challenge = challenge.ok_or(Error::Problem(ProblemType::NotFound))?;
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(HttpResponse::Ok().insert_header(no_store).json(challenge))
}
