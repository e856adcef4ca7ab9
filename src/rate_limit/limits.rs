//! The limits of a deployment, and those that apply before the body of a request is read.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hmac::Hmac;
use sha2::Sha256;

use super::{
    admission::{Admission, Budget, Exceeded, Owner, Reason, Rejected, Used},
    concurrency::{Concurrency, Permit, TooMany},
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
    /// Computes digests of recipients.
    pub(super) digests: Hmac<Sha256>,
    pub(super) metrics: Metrics,
    concurrency: Arc<Concurrency>,
}

/// A route with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Route {
    Register,
    Confirm,
    Resend,
    Challenge,
}

impl RateLimits {
    /// Opens the budgets. Replicas with the same key share the budgets in Redis.
    /// `proof_lifetime` is the time for which [`Self::consume_once`] remembers a name, `None` if
    /// it is never called.
    pub async fn open(
        settings: &config::Limits,
        proof_lifetime: Option<Duration>,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        let rules = Rules::new(settings, proof_lifetime);
        let store = Store::open(&rules, settings, key, metrics.clone()).await;
        Self {
            rules,
            store: Arc::new(store),
            sms_costs: SmsCosts::new(settings.sms_conversion, metrics.clone()),
            digests: hmac_sha256(key),
            metrics,
            concurrency: Concurrency::new(settings),
        }
    }

    /// Admits a request by the client's address, its network, the route, and the number of
    /// requests in progress.
    ///
    /// # Errors
    /// Returns the reason and the client's budgets if a limit is exceeded.
    pub async fn admit(&self, address: IpAddr, route: Route) -> Result<Admission, Rejected> {
        let permit = self.permit(address)?;
        let by_route = match route {
            Route::Register => Some(RuleId::Register),
            Route::Confirm => Some(RuleId::Confirm),
            Route::Resend => Some(RuleId::Resend),
            Route::Challenge => None,
        };
        let requests: Vec<TokenRequest> = [
            self.rules.request(RuleId::Address, keys::client(address)),
            by_route.and_then(|id| self.rules.request(id, keys::client(address))),
            self.rules.request(RuleId::Network, keys::network(address)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let decisions = self.store.take(&requests).await;
        let enforced =
            requests.iter().zip(&decisions).filter(|(request, _)| request.rule.is_enforced());
        let budgets = enforced.map(|(request, decision)| Budget::new(request, *decision)).collect();
        if let Some(exceeded) = self.rejection(&requests, &decisions) {
            return Err(Rejected { budgets, reason: Reason::OverLimit(exceeded) });
        }
        Ok(Admission::new(budgets, Used::new(&requests, &decisions), permit))
    }

    /// Updates the cost of a message to each calling code by the conversion of the last hour.
    pub fn update_costs(&self, samples: &[ConversionSample]) {
        self.sms_costs.update(samples);
    }

    /// Returns the age from which an unconfirmed code counts against its calling code. `None` if
    /// the conversion does not matter.
    #[must_use]
    pub fn conversion_grace(&self) -> Option<Duration> {
        self.rules.is_on(RuleId::CallingCode).then(|| self.sms_costs.grace()).flatten()
    }

    /// Deletes the budgets that are full again from this process's memory.
    pub fn delete_full_budgets(&self) {
        self.store.delete_full_budgets();
    }

    fn permit(&self, address: IpAddr) -> Result<Option<Permit>, Rejected> {
        let mode = self.concurrency.mode;
        if mode == LimitsMode::Off {
            return Ok(None);
        }
        let (permit, too_many) = self.concurrency.enter(address);
        let Some(too_many) = too_many else { return Ok(Some(permit)) };
        let (name, reason) = match too_many {
            TooMany::OfAddress => {
                let retry_after = Duration::from_secs(1);
                let exceeded = Exceeded { retry_after, owner: Owner::Client };
                ("concurrency_address", Reason::OverLimit(exceeded))
            }
            TooMany::InTotal => ("concurrency_total", Reason::Busy),
        };
        count_excess(&self.metrics, name, mode);
        if mode == LimitsMode::Enforce {
            return Err(Rejected { budgets: Vec::new(), reason });
        }
        Ok(Some(permit))
    }

    /// Returns the rejection among the decisions, and counts every exceeded limit.
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

/// Counts a request over a limit. Logs it unless it is rejected, because the access log has a line
/// for each rejection.
pub(super) fn count_excess(metrics: &Metrics, limit: &'static str, mode: LimitsMode) {
    let is_enforced = mode == LimitsMode::Enforce;
    metrics.rate_limited(limit, is_enforced);
    if !is_enforced {
        tracing::info!(limit, "limit exceeded in observe mode");
    }
}
