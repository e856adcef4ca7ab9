//! Rate limits, the queue of calls to Cognito, and the store that replicas share.

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

#[derive(Debug)]
pub(super) struct Limits {
    over: Family<LimitLabels, Counter>,
    queue_waits: Family<BudgetLabels, Histogram>,
    store_up: Gauge,
    fallbacks: Counter,
    calling_code_costs: Family<CallingCodeLabels, Gauge>,
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

/// Of the number's calling code, of which there are some 240.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallingCodeLabels {
    calling_code: u16,
}

impl Limits {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let queue_waits: Family<BudgetLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 4.0, 8)));
        Self {
            over: new(registry, "over_limit", "Requests over a limit"),
            queue_waits: add(
                registry,
                "cognito_turn_seconds",
                "Time that calls to Cognito waited for their slot",
                queue_waits,
            ),
            store_up: new(
                registry,
                "limits_store_here",
                "1 if replicas share their budgets in limits.store",
            ),
            fallbacks: new(
                registry,
                "limits_fallbacks",
                "Calls that this replica's share of the budgets decided because limits.store was unavailable",
            ),
            calling_code_costs: new(
                registry,
                "calling_code_cost",
                "Tokens that a message costs the budget of its calling code: more than 1 while few codes are confirmed",
            ),
        }
    }
}

impl Metrics {
    /// Counts a request over a limit, rejected or not.
    pub fn over_limit(&self, limit: &'static str, enforced: bool) {
        let enforced = if enforced { "true" } else { "false" };
        self.inner.limits.over.get_or_create(&LimitLabels { limit, enforced }).inc();
    }

    /// Counts a call to Cognito that waited this long for its slot.
    pub fn cognito_queue_wait(&self, budget: &'static str, wait: Duration) {
        self.inner
            .limits
            .queue_waits
            .get_or_create(&BudgetLabels { budget })
            .observe(wait.as_secs_f64());
    }

    /// Sets the cost of a code to this calling code.
    pub fn sms_cost_multiplier(&self, calling_code: u16, cost: u32) {
        let labels = CallingCodeLabels { calling_code };
        self.inner.limits.calling_code_costs.get_or_create(&labels).set(cost.into());
    }

    /// Sets the state of the store that replicas share.
    pub fn rate_limit_store_up(&self, is_up: bool) {
        self.inner.limits.store_up.set(i64::from(is_up));
    }

    /// Counts a call that this replica's share decided.
    pub fn rate_limit_fallback(&self) {
        self.inner.limits.fallbacks.inc();
    }
}
