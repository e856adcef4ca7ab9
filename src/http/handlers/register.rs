//! `POST /register`: creates an account.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};

use super::detached::run_detached;
use crate::{
    http::{
        State,
        error::Error,
        extract::{json, request_context::RequestContext},
        response::stored,
    },
    ledger::Operation,
    registration::{Registration, RegistrationForm},
};

pub(in crate::http) async fn register(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let context = RequestContext::of(&request)?;
    let read = json::read::<RegistrationForm>(&request, payload, &state.server).await?;
    let mut form = read
        .checked(|form| Registration::parse(form, &state.rules, &state.username_key))
        .map_err(|violations| context.invalid_form(&state, Operation::Register, violations))?;
    let body = form.identity();
    form.fill(&state.rules, &context.trigger_context());
    let checked = context.with(form, "/register", body);
    let use_case = async move {
        let id = checked.request_id.clone();
        state
            .use_cases
            .register(checked, &|result| stored::sign_up(result, &state.texts, &id))
            .await
    };
    run_detached(&request, use_case).await
}
