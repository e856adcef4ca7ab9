//! The part of a request that all three forms share.

use actix_web::{HttpMessage, HttpRequest};
use secrecy::SecretString;

use super::{caller::caller, idempotency_key::idempotency_key};
use crate::{
    cognito::Caller,
    http::{State, error::Error, middleware::request_id::request_id, problem::ProblemType},
    ledger::{IdempotentRequest, Operation},
    rate_limit::Admission,
    registration::{TriggerContext, Violation},
    signup::Request,
};

/// The Idempotency-Key, the client, and what the request was admitted with.
pub(in crate::http) struct RequestContext {
    client: Caller,
    request_id: String,
    idempotency_key: Option<SecretString>,
    admission: Option<Admission>,
}

impl RequestContext {
    /// Reads a request.
    ///
    /// # Errors
    /// If its Idempotency-Key is malformed.
    pub(in crate::http) fn of(request: &HttpRequest) -> Result<Self, Error> {
        Ok(Self {
            client: caller(request),
            request_id: request_id(request),
            idempotency_key: idempotency_key(request)?,
            admission: request.extensions_mut().remove(),
        })
    }

    /// Returns the facts that Lambda triggers are told, if the settings name them.
    pub(in crate::http) fn trigger_context(&self) -> TriggerContext<'_> {
        TriggerContext {
            locale: self.client.language.as_deref(),
            user_agent: self.client.user_agent.as_deref(),
        }
    }

    /// Records a form that broke rules, and returns the error.
    pub(in crate::http) fn invalid_form(
        &self,
        state: &State,
        operation: Operation,
        violations: Vec<Violation>,
    ) -> Error {
        let code = ProblemType::InvalidRegistration.code();
        let (client, id) = (&self.client, &self.request_id);
        state.use_cases.record_invalid_form(operation, client, id, &violations, code);
        Error::Invalid(violations)
    }

    /// Returns the request of a use case. `body` is what makes two requests the same.
    pub(in crate::http) fn with<T>(
        self,
        form: T,
        route: &'static str,
        body: SecretString,
    ) -> Request<T> {
        let idempotency = self.idempotency_key.map(|key| IdempotentRequest { key, route, body });
        let Self { client, request_id, admission, .. } = self;
        Request { form, client, request_id, idempotency, admission }
    }
}
