//! `POST /register/confirm`: confirms an account with its code.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ACCEPT_LANGUAGE,
    web::{Data, Payload},
};

use super::detached::run_detached;
use crate::{
    http::{State, error::Error, extract::form::checked_form, response::stored},
    registration::Confirmation,
    store::Operation,
};

pub(in crate::http) async fn confirm(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let parse = |form| Confirmation::parse(form, &state.rules);
    let form = checked_form(&state, Operation::Confirm, &request, payload, parse).await?;
    let accepted = request.headers().get(ACCEPT_LANGUAGE).cloned();
    let use_case = Box::pin(async move {
        let id = form.request_id.clone();
        let texts = || state.languages.of(accepted.as_ref());
        state.use_cases.confirm(form, &|result| stored::render(result, texts, &id)).await
    });
    run_detached(&request, use_case).await
}
