//! Budgets that replicas share in Redis or Valkey, and this replica's share of them while the
//! server is unavailable.

mod connection;
mod gcra;
mod names;
mod server;
mod slot;

use std::{fmt, sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{
    local::Local,
    rate::Rate,
    rule::{Decision, Rules, TokenRequest},
    sliding_window::Slot,
};
use crate::{
    config::{self, Redis},
    metrics::Metrics,
};
use connection::Connection;
use server::Server;
use slot::SlotScript;

/// The budgets on the server, or this replica's share of them.
pub(super) struct Shared {
    server: Arc<Server>,
    slot: SlotScript,
    share: Local,
    connecting: JoinHandle<()>,
}

impl Shared {
    /// Connects to the server, and reconnects whenever it was unavailable.
    pub(super) async fn open(
        rules: &Rules,
        settings: &config::Limits,
        redis: &Redis,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        let server = Arc::new(Server::new(settings, redis, key, metrics));
        let connecting = tokio::spawn(Arc::clone(&server).stay_connected());
        server.wait_at_start().await;
        let share = Local::new(rules, settings.replicas);
        Self { server, slot: SlotScript::new(key), share, connecting }
    }

    /// Takes from each budget in order, up to the first one that rejects.
    pub(super) async fn take(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        let gcra = &self.server.gcra;
        let take = async |connection: &Connection| gcra.take(connection, requests).await;
        self.server.call(take).await.unwrap_or_else(|| self.share.take(requests))
    }

    /// Decides as [`Self::take`] does, and takes nothing.
    pub(super) async fn look(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        let gcra = &self.server.gcra;
        let look = async |connection: &Connection| gcra.look(connection, requests).await;
        self.server.call(look).await.unwrap_or_else(|| self.share.look(requests))
    }

    /// Takes from the budgets on the server and from this replica's own, so that this replica
    /// knows what was taken whatever happens to the server.
    pub(super) async fn take_in_both(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        let own = self.share.take(requests);
        if !own.iter().all(Decision::is_within) {
            return own;
        }
        let gcra = &self.server.gcra;
        let take = async |connection: &Connection| gcra.take(connection, requests).await;
        self.server.call(take).await.unwrap_or(own)
    }

    /// Puts back what was taken from each budget.
    pub(super) async fn refund(&self, requests: &[TokenRequest]) {
        let gcra = &self.server.gcra;
        let refund = async |connection: &Connection| gcra.refund(connection, requests).await;
        if self.server.call(refund).await.is_none() {
            self.share.refund(requests);
        }
    }

    /// Takes the next slot for a call to Cognito. `None` if the server is unavailable.
    pub(super) async fn slot(&self, name: &str, rate: Rate, longest: Duration) -> Option<Slot> {
        let take =
            async |connection: &Connection| self.slot.take(connection, name, rate, longest).await;
        self.server.call(take).await
    }

    /// Deletes the budgets that are full again from this replica's share.
    pub(super) fn delete_full_budgets(&self) {
        self.share.delete_full_budgets();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.connecting.abort();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shared(..)")
    }
}
