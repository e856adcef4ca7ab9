use std::{sync::atomic::AtomicU64, time::Duration};

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

use super::{Counters, Metrics, Series, new};

#[derive(Clone, Debug)]
pub(crate) struct Limits {
    rate_limited: Family<LimitLabels, Counter>,
    queue_waits: Series<Histogram>,
    budgets: Series<Gauge<f64, AtomicU64>>,
    pub(crate) store_up: Gauge,
    store_calls: Series<Histogram>,
    pub(crate) store_errors: Counters,
    pub(crate) fallbacks: Counter,
    sms_cost_multipliers: Family<CallingCodeLabels, Gauge>,
    unknown_addresses: Counters,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    limit: &'static str,
    enforced: &'static str,
}

/// The label of a calling code. There are about 240 calling codes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallingCodeLabels {
    calling_code: u16,
}

/// Values of the label `budget`.
const BUDGETS: &[&str] = &["cognito_register", "cognito_confirm", "cognito_resend"];

impl Limits {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            rate_limited: new(
                registry,
                "rate_limited",
                "Requests and connections that exceeded a limit, which the service enforces or only observes",
            ),
            queue_waits: Series::register(
                registry,
                "cognito_queue_wait_seconds",
                "Time that calls to Cognito waited for their slot",
                &[("budget", BUDGETS)],
                || Histogram::new(exponential_buckets(0.001, 4.0, 8)),
            ),
            budgets: Series::register(
                registry,
                "cognito_budget_calls_per_second",
                "Calls to Cognito per second that the budget allows now, fewer than its setting after Cognito throttled calls",
                &[("budget", BUDGETS)],
                Gauge::default,
            ),
            store_up: new(
                registry,
                "rate_limit_store_up",
                "1 if the shared store of limits.store is available, otherwise 0",
            ),
            store_calls: Series::register(
                registry,
                "rate_limit_store_duration_seconds",
                "Duration of requests to the shared store of limits.store",
                &[("operation", &["take", "look", "refund", "slot"])],
                || Histogram::new(exponential_buckets(0.0001, 2.5, 10)),
            ),
            store_errors: Counters::by(
                registry,
                "rate_limit_store_errors",
                "Requests to the shared store of limits.store that failed or were too late",
                "reason",
                &["failed", "timeout"],
            ),
            fallbacks: new(
                registry,
                "rate_limit_fallbacks",
                "Decisions with local limits, because limits.store was unavailable or too late",
            ),
            sms_cost_multipliers: new(
                registry,
                "sms_cost_multiplier",
                "Tokens that a code costs in the budget of its calling code, more than 1 while users confirm few codes",
            ),
            unknown_addresses: Counters::by(
                registry,
                "client_address_unknown",
                "Requests of a trusted proxy whose header does not name the client",
                "reason",
                &["missing", "repeated", "not_an_address"],
            ),
        }
    }
}

impl Metrics {
    /// Creates the counter of a limit with the value 0.
    pub fn expect_limit(&self, limit: &'static str, enforced: bool) {
        drop(self.limits.rate_limited.get_or_create(&LimitLabels::new(limit, enforced)));
    }

    /// Counts a request or a connection that exceeded a limit.
    pub fn rate_limited(&self, limit: &'static str, enforced: bool) {
        self.limits.rate_limited.get_or_create(&LimitLabels::new(limit, enforced)).inc();
    }

    /// Records the time that a call to Cognito waited for its slot.
    pub fn cognito_queue_wait(&self, budget: &'static str, wait: Duration) {
        if let Some(histogram) = self.limits.queue_waits.get(&[budget]) {
            histogram.observe(wait.as_secs_f64());
        }
    }

    /// Sets the number of calls per second that a budget allows now.
    pub fn set_cognito_budget(&self, budget: &'static str, calls_per_second: f64) {
        if let Some(gauge) = self.limits.budgets.get(&[budget]) {
            gauge.set(calls_per_second);
        }
    }

    /// Records a request to the shared store.
    pub fn rate_limit_store_call(&self, operation: &'static str, duration: Duration) {
        if let Some(histogram) = self.limits.store_calls.get(&[operation]) {
            histogram.observe(duration.as_secs_f64());
        }
    }

    /// Counts a request of a trusted proxy whose header does not name the client.
    pub fn client_address_unknown(&self, reason: &'static str) {
        self.limits.unknown_addresses.count(reason);
    }

    /// Sets the cost of an SMS to this calling code.
    pub fn sms_cost_multiplier(&self, calling_code: u16, cost: u32) {
        let labels = CallingCodeLabels { calling_code };
        self.limits.sms_cost_multipliers.get_or_create(&labels).set(cost.into());
    }
}

impl LimitLabels {
    fn new(limit: &'static str, enforced: bool) -> Self {
        Self { limit, enforced: if enforced { "true" } else { "false" } }
    }
}
