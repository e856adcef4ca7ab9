//! `POST /register/confirm`: checks the code of an account.

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
    registration::{Confirmation, ConfirmationForm},
};

pub(in crate::http) async fn confirm(
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let context = RequestContext::of(&request)?;
    let read = json::read::<ConfirmationForm>(&request, payload, &state.server).await?;
    let mut form = read
        .checked(|form| Confirmation::parse(form, &state.rules))
        .map_err(|violations| context.invalid_form(&state, Operation::Confirm, violations))?;
    let body = form.identity();
    form.fill(&state.rules, &context.trigger_context());
    let checked = context.with(form, "/register/confirm", body);
    let use_case = async move {
        let id = checked.request_id.clone();
        state.use_cases.confirm(checked, &|result| stored::action(result, &state.texts, &id)).await
    };
    run_detached(&request, use_case).await
}
