//! The parts that the handlers of one worker call.

use std::sync::Arc;

use super::{
    ClientIpResolver, DenyCache, Lifecycle, PolicyPage, Texts, error::Error,
    extract::request_context::RequestContext, problem::ProblemType,
};
use crate::{
    config::{self, AddressLogging},
    ledger::Operation,
    metrics::Metrics,
    rate_limit::RateLimits,
    registration::{Rules, UsernameKey, Violation},
    signup::UseCases,
};

/// The parts that the handlers of one worker call.
#[expect(missing_docs, reason = "the types say it")]
pub struct State {
    pub server: Arc<config::Server>,
    pub address_logging: AddressLogging,
    pub rules: Arc<Rules>,
    pub policy: Arc<PolicyPage>,
    pub username_key: UsernameKey,
    pub client_address: Arc<ClientIpResolver>,
    pub rate_limits: Arc<RateLimits>,
    pub deny_cache: DenyCache,
    pub use_cases: UseCases,
    pub texts: Arc<Texts>,
    pub metrics: Metrics,
    pub lifecycle: Arc<Lifecycle>,
}

impl State {
    /// Records a form that broke rules, and returns the error.
    pub(super) fn invalid_form(
        &self,
        operation: Operation,
        context: &RequestContext,
        violations: Vec<Violation>,
    ) -> Error {
        let code = ProblemType::InvalidRegistration.code();
        let RequestContext { client, request_id, .. } = context;
        self.use_cases.record_invalid_form(operation, client, request_id, &violations, code);
        Error::Invalid(violations)
    }
}
