//! The limits of a deployment, and the checks that admit connections, bodies and requests.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hmac::Hmac;
use sha2::Sha256;

use super::{
    admission::{Admission, Budget, Rejected, Used},
    concurrency::{Concurrency, ConcurrencyLimit, Permit},
    excess::{Exceeded, Reason, count_excess},
    keys,
    rule::{Decision, RuleId, Rules, TokenRequest},
    sms_costs::{ConversionSample, SmsCosts},
    store::Store,
};
use crate::{
    config::{self, LimitsMode},
    keyed_digest::hmac_sha256,
    metrics::Metrics,
};

/// All limits of a deployment.
pub struct RateLimits {
    pub(super) rules: Rules,
    pub(super) store: Arc<Store>,
    pub(super) sms_costs: SmsCosts,
    /// The keyed hash for digests of recipients.
    pub(super) digests: Hmac<Sha256>,
    pub(super) metrics: Metrics,
    connections: Arc<Concurrency>,
    proxy_connections: Arc<Concurrency>,
    bodies: Arc<Concurrency>,
    requests: Arc<Concurrency>,
}

/// A route with its own limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names describe the variants")]
pub enum Route {
    Register,
    Confirm,
    Resend,
    Challenge,
    /// Every other route, and a form's route with another method than POST.
    Page,
}

impl RateLimits {
    /// Opens the budgets. Replicas with the same key share the budgets in Redis. `proof_lifetime`
    /// is the time for which [`Self::consume_once`] remembers a name. It is `None` if the service
    /// has no bot check.
    pub async fn open(
        settings: &config::Limits,
        proof_lifetime: Option<Duration>,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        let rules = Rules::new(settings, proof_lifetime);
        for rule in rules.iter().filter(|rule| rule.mode != LimitsMode::Off) {
            metrics.expect_limit(rule.name, rule.is_enforced());
        }
        let store = Store::open(&rules, settings, key, metrics.clone()).await;
        let of_connections = |name, max| {
            let limit = ConcurrencyLimit { address: (name, max), total: (name, usize::MAX) };
            Concurrency::new(limit, settings.mode, metrics.clone())
        };
        let config::Concurrency { address, bodies, total, mode } = settings.concurrency;
        let of_requests = |names: (_, _), total| {
            let limit = ConcurrencyLimit { address: (names.0, address), total: (names.1, total) };
            Concurrency::new(limit, settings.effective_mode(mode), metrics.clone())
        };
        Self {
            rules,
            store: Arc::new(store),
            sms_costs: SmsCosts::new(settings.sms_conversion, metrics.clone()),
            digests: hmac_sha256(key),
            connections: of_connections(
                "connections_per_address",
                settings.connections_per_address,
            ),
            proxy_connections: of_connections(
                "connections_per_proxy",
                settings.connections_per_proxy,
            ),
            bodies: of_requests(("bodies_address", "bodies_total"), bodies),
            requests: of_requests(("concurrency_address", "concurrency_total"), total),
            metrics,
        }
    }

    /// Admits a connection of a client or of a proxy.
    ///
    /// # Errors
    /// Returns the reason if the peer has too many connections.
    pub fn connect(&self, peer: IpAddr, is_proxy: bool) -> Result<Permit, Reason> {
        if is_proxy { self.proxy_connections.enter(peer) } else { self.connections.enter(peer) }
    }

    /// Admits a body that did not arrive together with its head.
    ///
    /// # Errors
    /// Returns the reason if the service is reading too many such bodies.
    pub fn read_body(&self, address: IpAddr) -> Result<Permit, Reason> {
        self.bodies.enter(address)
    }

    /// Admits a request whose body has arrived.
    ///
    /// # Errors
    /// Returns the reason if too many requests are in progress.
    pub fn enter(&self, address: IpAddr) -> Result<Permit, Reason> {
        self.requests.enter(address)
    }

    /// Admits a request by the client's address, its network and the route.
    ///
    /// # Errors
    /// Returns the reason and the client's budgets if the request exceeds a limit.
    pub async fn admit(&self, address: IpAddr, route: Route) -> Result<Admission, Rejected> {
        let by_route = match route {
            Route::Register => Some(RuleId::Register),
            Route::Confirm => Some(RuleId::Confirm),
            Route::Resend => Some(RuleId::Resend),
            Route::Page => Some(RuleId::Pages),
            Route::Challenge => None,
        };
        let of_client = |id| self.rules.request(id, keys::client(address));
        let mut requests = Vec::with_capacity(3);
        if route == Route::Page {
            requests.extend(by_route.and_then(of_client));
        } else {
            requests.extend(of_client(RuleId::Address));
            requests.extend(by_route.and_then(of_client));
            requests.extend(self.rules.request(RuleId::Network, keys::network(address)));
        }
        let decisions = self.store.take(&requests).await;
        let enforced =
            requests.iter().zip(&decisions).filter(|(request, _)| request.rule.is_enforced());
        let budgets = enforced.map(|(request, decision)| Budget::new(request, *decision)).collect();
        if let Some(exceeded) = self.rejection(&requests, &decisions) {
            return Err(Rejected { budgets, reason: Reason::OverLimit(exceeded) });
        }
        Ok(Admission::new(budgets, Used::new(&requests, &decisions)))
    }

    /// Updates the cost of a message to each calling code by the conversion of the last hour.
    pub fn update_costs(&self, samples: &[ConversionSample]) {
        self.sms_costs.update(samples);
    }

    /// Returns the age from which an unconfirmed code counts against its calling code. Returns
    /// `None` if no budget depends on the conversion.
    #[must_use]
    pub fn conversion_grace(&self) -> Option<Duration> {
        self.rules.is_on(RuleId::CallingCode).then(|| self.sms_costs.grace()).flatten()
    }

    /// Deletes the budgets that are full again from this process's memory.
    pub fn delete_full_budgets(&self) {
        self.store.delete_full_budgets();
    }

    /// Counts each exceeded limit that rejects the request or that the service only observes.
    /// Returns the rejection, or `None` if no decision rejects.
    pub(super) fn rejection(
        &self,
        requests: &[TokenRequest],
        decisions: &[Decision],
    ) -> Option<Exceeded> {
        let mut rejection = None;
        for (request, decision) in requests.iter().zip(decisions) {
            let Decision::Over(retry_after) = *decision else { continue };
            if request.rejects {
                rejection = Some(Exceeded { retry_after, owner: request.owner });
            }
            if request.rejects || !request.rule.is_enforced() {
                count_excess(&self.metrics, request.rule.name, request.rule.mode);
            }
        }
        rejection
    }
}
