//! The place of the budgets: this process, or a server that replicas share.

use std::slice;

use super::{
    local::Local,
    rule::{Decision, Rules, TokenRequest},
    shared::Shared,
};
use crate::{
    config::{self, LimitsMode, LimitsStore},
    metrics::Metrics,
};

/// The place of the budgets.
#[derive(Debug)]
pub(super) enum Store {
    Local(Local),
    Shared(Box<Shared>),
}

impl Store {
    /// Opens the store that the settings name. If no rule needs it, Redis is not contacted.
    pub(super) async fn open(
        rules: &Rules,
        settings: &config::Limits,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        match &settings.store {
            LimitsStore::Redis(redis) if settings.mode != LimitsMode::Off || rules.has_proofs() => {
                Self::Shared(Box::new(Shared::open(rules, settings, redis, key, metrics).await))
            }
            _ => Self::Local(Local::new(rules, 1)),
        }
    }

    /// Takes from each budget in order, up to the first one that rejects.
    pub(super) async fn take(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        match self {
            _ if requests.is_empty() => Vec::new(),
            Self::Local(local) => local.take(requests),
            Self::Shared(shared) => shared.take(requests).await,
        }
    }

    /// Decides as [`Self::take`] does, and takes nothing.
    pub(super) async fn look(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        match self {
            _ if requests.is_empty() => Vec::new(),
            Self::Local(local) => local.look(requests),
            Self::Shared(shared) => shared.look(requests).await,
        }
    }

    /// Takes from a budget that this process must remember even if the shared store loses it.
    pub(super) async fn take_in_both(&self, request: &TokenRequest) -> Vec<Decision> {
        match self {
            Self::Local(local) => local.take(slice::from_ref(request)),
            Self::Shared(shared) => shared.take_in_both(slice::from_ref(request)).await,
        }
    }

    /// Puts back what was taken from each budget.
    pub(super) async fn refund(&self, requests: &[TokenRequest]) {
        match self {
            _ if requests.is_empty() => {}
            Self::Local(local) => local.refund(requests),
            Self::Shared(shared) => shared.refund(requests).await,
        }
    }

    /// Deletes the budgets that are full again from this process's memory.
    pub(super) fn delete_full_budgets(&self) {
        match self {
            Self::Local(local) => local.delete_full_budgets(),
            Self::Shared(shared) => shared.delete_full_budgets(),
        }
    }
}
