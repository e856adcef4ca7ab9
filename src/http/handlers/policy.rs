//! `GET /register/policy`: the form as data.

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::http::State;

pub(in crate::http) async fn policy(state: Data<State>, request: HttpRequest) -> HttpResponse {
    state.policy.0.answer(&request)
}
