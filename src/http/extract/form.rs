//! Reads a form, checks its values, and completes them with the properties of the request.

use actix_web::{HttpMessage, HttpRequest, web::Payload};
use serde::de::DeserializeOwned;

use super::{
    client_info::{client_address, client_info},
    idempotency_key::idempotency_key,
    json,
};
use crate::{
    http::{State, error::Error, middleware::request_id::request_id, problem::ProblemType},
    rate_limit::Admission,
    registration::{Submission, TriggerContext, Violation},
    signup::Request,
    store::{IdempotentRequest, Operation},
};

/// Reads the form of an operation and checks it with `parse`.
pub(in crate::http) async fn checked_form<Sent: DeserializeOwned, Checked: Submission>(
    state: &State,
    operation: Operation,
    request: &HttpRequest,
    payload: Payload,
    parse: impl FnOnce(Sent) -> Result<Checked, Vec<Violation>>,
) -> Result<Request<Checked>, Error> {
    let key = idempotency_key(request)?;
    let read = json::read::<Sent>(request, payload, state).await?;
    let mut admission: Option<Admission> = request.extensions_mut().remove();
    if let Some(admission) = &mut admission {
        admission.hold(state.rate_limits.enter(client_address(request))?);
    }
    let (client, request_id) = (client_info(request), request_id(request));
    let mut form = read.checked(parse).map_err(|violations| {
        let code = ProblemType::InvalidRegistration.code();
        state.use_cases.count_invalid_form(operation, &violations, code);
        Error::Invalid(violations)
    })?;
    let idempotency = key.map(|key| {
        let (route, body) = (operation.as_str(), form.identity());
        IdempotentRequest { key, route, body }
    });
    let context = TriggerContext {
        locale: client.language.as_deref(),
        user_agent: client.user_agent.as_deref(),
    };
    form.fill(&state.rules, &context);
    Ok(Request { form, client, request_id, idempotency, admission })
}
