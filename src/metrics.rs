//! What is counted, for `GET /metrics`. No label holds anything that a caller writes.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// Handles to the service's metrics; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    sign_ups: Family<OutcomeLabels, Counter>,
    sign_up_retries: Counter,
    trigger_refusals: Family<KindLabels, Counter>,
    confirmations: Family<OutcomeLabels, Counter>,
    confirmation_retries: Counter,
    resends: Family<OutcomeLabels, Counter>,
    resend_retries: Counter,
    secret_fallovers: Counter,
    client_secret_reads: Family<ResultLabels, Counter>,
    client_secret_changed: Gauge,
    device_data_dropped: Counter,
    breach_checks: Family<OutcomeLabels, Counter>,
    human_checks: Family<OutcomeLabels, Counter>,
    over_limit: Family<LimitLabels, Counter>,
    turns: Family<BudgetLabels, Histogram>,
    limits_store_here: Gauge,
    limits_fallbacks: Counter,
    ledger_jobs: Counter,
    ledger_batches: Histogram,
    ledger_here: Gauge,
    ledger_refusals_lost: Counter,
    ledger_rows_lost: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
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

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        let inner = Inner {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 2.0, 15))
            }),
            sign_ups: Family::default(),
            sign_up_retries: Counter::default(),
            trigger_refusals: Family::default(),
            confirmations: Family::default(),
            confirmation_retries: Counter::default(),
            resends: Family::default(),
            resend_retries: Counter::default(),
            secret_fallovers: Counter::default(),
            client_secret_reads: Family::default(),
            client_secret_changed: Gauge::default(),
            device_data_dropped: Counter::default(),
            breach_checks: Family::default(),
            human_checks: Family::default(),
            over_limit: Family::default(),
            turns: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 4.0, 8))
            }),
            limits_store_here: Gauge::default(),
            limits_fallbacks: Counter::default(),
            ledger_jobs: Counter::default(),
            ledger_batches: Histogram::new(exponential_buckets(0.0005, 2.0, 14)),
            ledger_here: Gauge::default(),
            ledger_refusals_lost: Counter::default(),
            ledger_rows_lost: Counter::default(),
            registry: Registry::default(),
        };
        registry.register("http_requests", "Requests answered", inner.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time to an answer",
            inner.durations.clone(),
        );
        registry.register(
            "sign_ups",
            "Calls of SignUp by what they did to the account",
            inner.sign_ups.clone(),
        );
        registry.register(
            "sign_up_retries",
            "Calls of SignUp that were repeated",
            inner.sign_up_retries.clone(),
        );
        registry.register(
            "trigger_refusals",
            "Refusals of the pre-sign-up trigger by the marker in its text",
            inner.trigger_refusals.clone(),
        );
        registry.register(
            "confirmations",
            "Calls of ConfirmSignUp by what they did to the account",
            inner.confirmations.clone(),
        );
        registry.register(
            "confirmation_retries",
            "Calls of ConfirmSignUp that were repeated",
            inner.confirmation_retries.clone(),
        );
        registry.register(
            "resends",
            "Calls of ResendConfirmationCode by whether a code went out",
            inner.resends.clone(),
        );
        registry.register(
            "resend_retries",
            "Calls of ResendConfirmationCode that were repeated",
            inner.resend_retries.clone(),
        );
        register_secrets(&mut registry, &inner);
        registry.register(
            "device_data_dropped",
            "Device data that Cognito could make nothing of",
            inner.device_data_dropped.clone(),
        );
        registry.register(
            "breach_checks",
            "Passwords that were looked for in data breaches",
            inner.breach_checks.clone(),
        );
        registry.register(
            "human_checks",
            "Sign-ups that met the bot check, by what came of it",
            inner.human_checks.clone(),
        );
        register_limits(&mut registry, &inner);
        register_ledger(&mut registry, &inner);
        Self { inner: Arc::new(Inner { registry, ..inner }) }
    }
}

fn register_secrets(registry: &mut Registry, inner: &Inner) {
    registry.register(
        "secret_fallovers",
        "Times the other client secret had to be taken",
        inner.secret_fallovers.clone(),
    );
    registry.register(
        "client_secret_reads",
        "Times the client secret was read again, by whether it was another one",
        inner.client_secret_reads.clone(),
    );
    registry.register(
        "client_secret_changed_timestamp_seconds",
        "When the client secret that is held was first held",
        inner.client_secret_changed.clone(),
    );
}

fn register_limits(registry: &mut Registry, inner: &Inner) {
    registry.register("over_limit", "Requests over a limit", inner.over_limit.clone());
    registry.register(
        "cognito_turn_seconds",
        "How long calls to Cognito waited for their turn",
        inner.turns.clone(),
    );
    registry.register(
        "limits_store_here",
        "1 while replicas share their budgets in limits.store",
        inner.limits_store_here.clone(),
    );
    registry.register(
        "limits_fallbacks",
        "Times this replica's own share of the budgets was asked because limits.store was away",
        inner.limits_fallbacks.clone(),
    );
}

fn register_ledger(registry: &mut Registry, inner: &Inner) {
    registry.register(
        "ledger_jobs",
        "Beginnings and ends of requests that were written",
        inner.ledger_jobs.clone(),
    );
    registry.register(
        "ledger_transaction_duration_seconds",
        "Time of a transaction, which many requests share",
        inner.ledger_batches.clone(),
    );
    registry.register("ledger_here", "1 while it can be written to", inner.ledger_here.clone());
    registry.register(
        "ledger_refusals_lost",
        "Rows of refusals that were lost because too many came at once",
        inner.ledger_refusals_lost.clone(),
    );
    registry.register(
        "ledger_rows_lost",
        "Rows that were lost because the ledger was away for too long",
        inner.ledger_rows_lost.clone(),
    );
}

impl Metrics {
    /// Counts a request that was answered.
    pub fn request(&self, route: &'static str, status: u16, code: &'static str, seconds: f64) {
        self.inner.requests.get_or_create(&RequestLabels { route, status, code }).inc();
        self.inner.durations.get_or_create(&RouteLabels { route }).observe(seconds);
    }

    /// Counts a call of SignUp.
    pub fn sign_up(&self, outcome: &'static str) {
        self.inner.sign_ups.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a call of SignUp that is repeated.
    pub fn sign_up_retry(&self) {
        self.inner.sign_up_retries.inc();
    }

    /// Counts a refusal of the pre-sign-up trigger.
    pub fn trigger_refusal(&self, kind: &'static str) {
        self.inner.trigger_refusals.get_or_create(&KindLabels { kind }).inc();
    }

    /// Counts a call of ConfirmSignUp.
    pub fn confirmation(&self, outcome: &'static str) {
        self.inner.confirmations.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a call of ConfirmSignUp that is repeated.
    pub fn confirmation_retry(&self) {
        self.inner.confirmation_retries.inc();
    }

    /// Counts a call of ResendConfirmationCode.
    pub fn resend(&self, outcome: &'static str) {
        self.inner.resends.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a call of ResendConfirmationCode that is repeated.
    pub fn resend_retry(&self) {
        self.inner.resend_retries.inc();
    }

    /// Counts a refused client secret whose other was taken.
    pub fn secret_fallover(&self) {
        self.inner.secret_fallovers.inc();
    }

    /// Counts that the client secret was read again: "unchanged", "changed" or "failed".
    pub fn client_secret_read(&self, result: &'static str) {
        self.inner.client_secret_reads.get_or_create(&ResultLabels { result }).inc();
    }

    /// Remembers that another client secret is held from now on.
    pub fn client_secret_changed(&self) {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        self.inner.client_secret_changed.set(i64::try_from(now).unwrap_or(i64::MAX));
    }

    /// Counts device data that was dropped.
    pub fn device_data_dropped(&self) {
        self.inner.device_data_dropped.inc();
    }

    /// Counts a password that was looked for in data breaches.
    pub fn breach_check(&self, outcome: &'static str) {
        self.inner.breach_checks.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a sign-up that met the bot check.
    pub fn human_check(&self, outcome: &'static str) {
        self.inner.human_checks.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a request over a limit, refused or not.
    pub fn over_limit(&self, limit: &'static str, enforced: bool) {
        let enforced = if enforced { "true" } else { "false" };
        self.inner.over_limit.get_or_create(&LimitLabels { limit, enforced }).inc();
    }

    /// Counts a call to Cognito that had its turn after this time.
    pub fn turn(&self, budget: &'static str, wait: Duration) {
        self.inner.turns.get_or_create(&BudgetLabels { budget }).observe(wait.as_secs_f64());
    }

    /// Says whether the store that replicas share answers.
    pub fn limits_store_is_here(&self, is_here: bool) {
        self.inner.limits_store_here.set(i64::from(is_here));
    }

    /// Counts a request that the store did not decide.
    pub fn limits_fallback(&self) {
        self.inner.limits_fallbacks.inc();
    }

    /// Counts a transaction of the ledger.
    pub fn ledger_batch(&self, jobs: usize, took: Duration) {
        self.inner.ledger_jobs.inc_by(jobs as u64);
        self.inner.ledger_batches.observe(took.as_secs_f64());
    }

    /// Says whether the ledger can be written to.
    pub fn ledger_is_here(&self, is_here: bool) {
        self.inner.ledger_here.set(i64::from(is_here));
    }

    /// Counts refusals that the ledger does not hold.
    pub fn ledger_refusals_lost(&self, count: u64) {
        self.inner.ledger_refusals_lost.inc_by(count);
    }

    /// Counts rows that the ledger does not hold.
    pub fn ledger_rows_lost(&self, count: u64) {
        self.inner.ledger_rows_lost.inc_by(count);
    }

    /// All of them in the `OpenMetrics` text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.inner.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "metrics could not be written");
                String::new()
            }
        }
    }
}
