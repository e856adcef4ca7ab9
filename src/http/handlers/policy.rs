//! `GET /register/policy`: the description of the form as JSON.

use actix_web::{HttpRequest, HttpResponse, http::header::ACCEPT_LANGUAGE, web::Data};

use crate::http::State;

pub(in crate::http) async fn policy(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let language = state.languages.number_of(request.headers().get(ACCEPT_LANGUAGE));
    state.policy.in_language(language).respond(&request)
}
