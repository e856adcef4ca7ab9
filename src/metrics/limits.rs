//! Limits, the turns of calls to Cognito, and the store that replicas share.

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
    turns: Family<BudgetLabels, Histogram>,
    store_here: Gauge,
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
        let turns: Family<BudgetLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 4.0, 8)));
        Self {
            over: new(registry, "over_limit", "Requests over a limit"),
            turns: add(
                registry,
                "cognito_turn_seconds",
                "How long calls to Cognito waited for their turn",
                turns,
            ),
            store_here: new(
                registry,
                "limits_store_here",
                "1 while replicas share their budgets in limits.store",
            ),
            fallbacks: new(
                registry,
                "limits_fallbacks",
                "Times this replica's own share of the budgets was asked because limits.store was away",
            ),
            calling_code_costs: new(
                registry,
                "calling_code_cost",
                "How much of the budget of a calling code one message costs: more than 1 while few codes are confirmed",
            ),
        }
    }
}

impl Metrics {
    /// Counts a request over a limit, refused or not.
    pub fn over_limit(&self, limit: &'static str, enforced: bool) {
        let enforced = if enforced { "true" } else { "false" };
        self.inner.limits.over.get_or_create(&LimitLabels { limit, enforced }).inc();
    }

    /// Counts a call to Cognito that had its turn after this time.
    pub fn turn(&self, budget: &'static str, wait: Duration) {
        self.inner.limits.turns.get_or_create(&BudgetLabels { budget }).observe(wait.as_secs_f64());
    }

    /// Says what a code to this calling code costs.
    pub fn calling_code_cost(&self, calling_code: u16, cost: u32) {
        let labels = CallingCodeLabels { calling_code };
        self.inner.limits.calling_code_costs.get_or_create(&labels).set(cost.into());
    }

    /// Says whether the store that replicas share answers.
    pub fn limits_store_is_here(&self, is_here: bool) {
        self.inner.limits.store_here.set(i64::from(is_here));
    }

    /// Counts a request that the store did not decide.
    pub fn limits_fallback(&self) {
        self.inner.limits.fallbacks.inc();
    }
}
