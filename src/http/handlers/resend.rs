//! `POST /register/resend`: sends another code.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::detached::run_detached;
use crate::{
    http::{State, error::Error, extract::form::checked_form, response::stored},
    registration::Resend,
    store::Operation,
};

pub(in crate::http) async fn resend(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let parse = |form| Resend::parse(form, &state.rules);
    let form = checked_form(&state, Operation::Resend, &request, payload, parse).await?;
    let language = state.languages.number_of(request.headers());
    let use_case = Box::pin(async move {
        let id = form.request_id.clone();
        let texts = state.languages.get(language);
        state.use_cases.resend(form, &|result| stored::render(result, texts, &id)).await
    });
    run_detached(&request, use_case).await
}
