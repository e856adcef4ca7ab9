use std::{slice, sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{
    local::Local,
    rate::Rate,
    rule::{Decision, Rules, TokenRequest},
    shared::Server,
    sliding_window::Slot,
};
use crate::{
    config::{self, LimitsMode, LimitsStore},
    metrics::Metrics,
};

pub(super) struct Store {
    /// All budgets, or this replica's shares while the server is unavailable.
    local: Local,
    /// The number of replicas that share the server. Without a server, the number is 1.
    pub(super) replicas: u32,
    shared: Option<Shared>,
}

struct Shared {
    server: Arc<Server>,
    connecting: JoinHandle<()>,
}

impl Store {
    /// Opens the store that the settings name. Does not contact Redis if no rule needs Redis.
    pub(super) async fn open(
        rules: &Rules,
        settings: &config::Limits,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        let LimitsStore::Redis(redis) = &settings.store else { return Self::new(rules, 1, None) };
        if settings.mode == LimitsMode::Off && !rules.has_proofs() {
            return Self::new(rules, 1, None);
        }
        let server = Arc::new(Server::new(settings, redis, key, metrics));
        let connecting = tokio::spawn(Arc::clone(&server).stay_connected());
        server.wait_at_start().await;
        Self::new(rules, settings.replicas, Some(Shared { server, connecting }))
    }

    fn new(rules: &Rules, replicas: u32, shared: Option<Shared>) -> Self {
        Self { local: Local::new(rules, replicas), replicas, shared }
    }

    /// Takes from each budget in order, up to the first budget that rejects.
    pub(super) async fn take(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        let decisions = match self.server(requests) {
            Some(server) => server.take(requests).await,
            None => None,
        };
        decisions.unwrap_or_else(|| self.local.take(requests))
    }

    /// Decides as [`Self::take`] does, and takes nothing.
    pub(super) async fn look(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        let decisions = match self.server(requests) {
            Some(server) => server.look(requests).await,
            None => None,
        };
        decisions.unwrap_or_else(|| self.local.look(requests))
    }

    /// Takes from this process's budget. If that budget had a token and the server is available,
    /// also takes from the server's budget. Returns `true` if each budget had a token. This process
    /// remembers the token even if the server loses it.
    pub(super) async fn take_in_both(&self, request: &TokenRequest) -> bool {
        let request = slice::from_ref(request);
        let is_within = |decisions: Vec<Decision>| decisions.iter().all(Decision::is_within);
        if !is_within(self.local.take(request)) {
            return false;
        }
        match self.server(request) {
            Some(server) => server.take(request).await.is_none_or(is_within),
            None => true,
        }
    }

    pub(super) async fn refund(&self, requests: &[TokenRequest]) {
        let refunded = match self.server(requests) {
            Some(server) => server.refund(requests).await,
            None => None,
        };
        if refunded.is_none() {
            self.local.refund(requests);
        }
    }

    /// Takes the next slot for a call to Cognito. Returns `None` if no server is available.
    pub(super) async fn slot(&self, name: &str, rate: Rate, longest: Duration) -> Option<Slot> {
        self.shared.as_ref()?.server.slot(name, rate, longest).await
    }

    /// Deletes the budgets that are full again from this process's memory.
    pub(super) fn delete_full_budgets(&self) {
        self.local.delete_full_budgets();
    }

    fn server(&self, requests: &[TokenRequest]) -> Option<&Server> {
        let shared = self.shared.as_ref().filter(|_| !requests.is_empty())?;
        Some(&shared.server)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.connecting.abort();
    }
}
