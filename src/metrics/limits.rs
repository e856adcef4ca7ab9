use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::{Metrics, add, new};

#[derive(Clone, Debug)]
pub(crate) struct Limits {
    rate_limited: Family<LimitLabels, Counter>,
    queue_waits: Family<BudgetLabels, Histogram>,
    pub(crate) store_up: Gauge,
    pub(crate) fallbacks: Counter,
    sms_cost_multipliers: Family<CallingCodeLabels, Gauge>,
    unknown_addresses: Family<ReasonLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    limit: &'static str,
    enforced: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BudgetLabels {
    budget: &'static str,
}

/// One of about 240 calling codes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallingCodeLabels {
    calling_code: u16,
}

impl Limits {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let queue_waits: Family<BudgetLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 4.0, 8)));
        Self {
            rate_limited: new(
                registry,
                "rate_limited",
                "Requests that exceeded a limit, rejected or only observed",
            ),
            queue_waits: add(
                registry,
                "cognito_queue_wait_seconds",
                "Time that calls to Cognito waited for their slot",
                queue_waits,
            ),
            store_up: new(
                registry,
                "rate_limit_store_up",
                "1 if the shared store of limits.store is available, otherwise 0",
            ),
            fallbacks: new(
                registry,
                "rate_limit_fallbacks",
                "Calls that used local limits because limits.store was unavailable",
            ),
            sms_cost_multipliers: new(
                registry,
                "sms_cost_multiplier",
                "Tokens that a code costs in the budget of its calling code, more than 1 while few codes are confirmed",
            ),
            unknown_addresses: new(
                registry,
                "client_address_unknown",
                "Requests of a trusted proxy whose header does not name the client",
            ),
        }
    }
}

impl Metrics {
    /// Counts a request that exceeded a limit.
    pub fn rate_limited(&self, limit: &'static str, enforced: bool) {
        let enforced = if enforced { "true" } else { "false" };
        self.limits.rate_limited.get_or_create(&LimitLabels { limit, enforced }).inc();
    }

    /// Records the time that a call to Cognito waited for its slot.
    pub fn cognito_queue_wait(&self, budget: &'static str, wait: Duration) {
        let labels = BudgetLabels { budget };
        self.limits.queue_waits.get_or_create(&labels).observe(wait.as_secs_f64());
    }

    /// Counts a request of a trusted proxy whose header does not name the client.
    pub fn client_address_unknown(&self, reason: &'static str) {
        self.limits.unknown_addresses.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Sets the cost of a code to this calling code.
    pub fn sms_cost_multiplier(&self, calling_code: u16, cost: u32) {
        let labels = CallingCodeLabels { calling_code };
        self.limits.sms_cost_multipliers.get_or_create(&labels).set(cost.into());
    }
}
