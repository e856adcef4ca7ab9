//! What the handlers of one worker work with.

use std::sync::Arc;

use super::{ClientAddress, EvenTime, Health, PolicyPage, RefusedLately, Texts};
use crate::{
    breaches::Breaches,
    cognito::Cognito,
    config::{self, AddressLogging, DatabaseFailure, ExistingAccounts, UsernameMode},
    humanity::Humanity,
    ledger::Ledger,
    limits::Limits,
    metrics::Metrics,
    registration::{Rules, UsernameKey},
};

/// What the handlers of one worker work with: its own client of Cognito, the rest shared.
#[derive(Clone)]
#[expect(missing_docs, reason = "the types say it")]
pub struct State {
    pub server: Arc<config::Server>,
    pub address_logging: AddressLogging,
    pub existing_accounts: ExistingAccounts,
    pub even_time: EvenTime,
    pub hidden_resend: bool,
    pub username_mode: UsernameMode,
    pub rules: Arc<Rules>,
    pub policy: Arc<PolicyPage>,
    pub username_key: UsernameKey,
    pub client_address: Arc<ClientAddress>,
    pub limits: Arc<Limits>,
    pub refused_lately: RefusedLately,
    pub cognito: Cognito,
    pub humanity: Humanity,
    pub breaches: Option<Breaches>,
    pub ledger: Arc<Ledger>,
    pub ledger_failure: DatabaseFailure,
    pub texts: Arc<Texts>,
    pub metrics: Metrics,
    pub health: Arc<Health>,
}
