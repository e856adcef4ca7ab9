//! The budget for calls to Cognito, whose quota all pools of an AWS account share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use thiserror::Error;
use tokio::time::sleep;

use super::{
    excess::count_excess,
    limits::RateLimits,
    rate::{Rate, RateFraction, Reduction},
    sliding_window::{SlidingWindow, Slot},
    store::Store,
};
use crate::{
    config::{self, LimitsMode},
    metrics::Metrics,
};

/// The maximum time that a call waits for its slot, and the maximum `Retry-After`.
const LONGEST: Duration = Duration::from_mins(1);

/// A Cognito operation with its own budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names describe the variants")]
pub enum Operation {
    Register,
    Confirm,
    Resend,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 3] = [Self::Register, Self::Confirm, Self::Resend];

    /// Returns the name in metrics and logs, and in the shared store.
    fn name(self) -> &'static str {
        match self {
            Self::Register => "cognito_register",
            Self::Confirm => "cognito_confirm",
            Self::Resend => "cognito_resend",
        }
    }
}

/// The rejection of a call to Cognito, because no slot begins soon enough.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the queue for calls to Cognito is full")]
pub struct QueueFull {
    /// The time until the next slot.
    pub retry_after: Duration,
}

/// The budgets for calls to Cognito, of this process or of all replicas that share a store.
///
/// Arrays are in the order of [`Operation`].
pub struct CognitoBudget {
    mode: LimitsMode,
    rates: [Rate; 3],
    windows: [SlidingWindow; 3],
    reductions: [Mutex<Reduction>; 3],
    store: Arc<Store>,
    metrics: Metrics,
}

impl CognitoBudget {
    /// Creates the budgets in the store of `limits`.
    #[must_use]
    pub fn new(settings: &config::Limits, limits: &RateLimits) -> Self {
        let config::CallLimit { register, confirm, resend, queue, mode, .. } = settings.cognito;
        let mode = settings.effective_mode(mode);
        if mode != LimitsMode::Off {
            for operation in Operation::ALL {
                limits.metrics.expect_limit(operation.name(), mode == LimitsMode::Enforce);
            }
        }
        Self {
            mode,
            rates: [register, confirm, resend].map(|limit| Rate::per_second(limit, queue)),
            windows: Default::default(),
            reductions: Default::default(),
            store: Arc::clone(&limits.store),
            metrics: limits.metrics.clone(),
        }
    }

    /// Takes the next slot for a call, and waits until the slot begins.
    ///
    /// # Errors
    /// Returns an error if the slot would begin after `longest`, or if the queue is full.
    pub async fn wait_for_slot(
        &self,
        operation: Operation,
        longest: Duration,
    ) -> Result<(), QueueFull> {
        if self.mode == LimitsMode::Off {
            return Ok(());
        }
        let started = Instant::now();
        let longest = longest.min(LONGEST);
        let fraction = self.reduction(operation, |reduction| reduction.fraction(started));
        let is_reduced = fraction != RateFraction::ALL;
        if is_reduced {
            // A reduced replica waits for a slot of its share first. A shared slot that the replica
            // took before this wait would pass unused.
            self.wait(operation, self.own_slot(operation, fraction, longest)).await?;
        }
        let longest = longest.saturating_sub(started.elapsed());
        let rate = self.rates[operation as usize];
        match self.store.slot(operation.name(), rate, longest).await {
            Some(slot) if is_reduced => self.wait(operation, slot).await?,
            Some(slot) => self.wait(operation, self.record(operation, slot)).await?,
            None if is_reduced => {}
            None => self.wait(operation, self.own_slot(operation, fraction, longest)).await?,
        }
        if self.mode == LimitsMode::Enforce {
            self.metrics.cognito_queue_wait(operation.name(), started.elapsed());
        }
        Ok(())
    }

    /// Updates the metric of the rates in force.
    pub fn report(&self) {
        for operation in Operation::ALL {
            let now = Instant::now();
            let fraction = self.reduction(operation, |reduction| reduction.fraction(now));
            let limit = match self.mode {
                LimitsMode::Enforce => f64::from(self.rates[operation as usize].limit),
                LimitsMode::Observe | LimitsMode::Off => f64::INFINITY,
            };
            self.metrics.set_cognito_budget(operation.name(), limit * fraction.as_f64());
        }
    }

    /// Halves the share of this process, because Cognito throttled a call. The share recovers
    /// within a minute.
    pub fn reduce(&self, operation: Operation) {
        if self.mode == LimitsMode::Enforce
            && self.reduction(operation, |reduction| reduction.reduce(Instant::now()))
        {
            tracing::warn!(
                budget = operation.name(),
                "Cognito throttles calls, halving this replica's share for up to a minute"
            );
        }
    }

    fn reduction<T>(&self, operation: Operation, f: impl FnOnce(&mut Reduction) -> T) -> T {
        let reduction = &self.reductions[operation as usize];
        f(&mut reduction.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn own_slot(&self, operation: Operation, fraction: RateFraction, longest: Duration) -> Slot {
        let rate = fraction.of(self.rates[operation as usize]).share(self.store.replicas);
        self.windows[operation as usize].take(Instant::now(), rate, longest)
    }

    /// Records a slot of the shared store in this process's share. The share then counts the slot
    /// if the store becomes unavailable.
    fn record(&self, operation: Operation, slot: Slot) -> Slot {
        if let Slot::In(wait) = slot {
            let rate = self.rates[operation as usize];
            self.windows[operation as usize].record(Instant::now() + wait, rate);
        }
        slot
    }

    async fn wait(&self, operation: Operation, slot: Slot) -> Result<(), QueueFull> {
        let is_enforced = self.mode == LimitsMode::Enforce;
        match slot {
            Slot::QueueFull(wait) => {
                count_excess(&self.metrics, operation.name(), self.mode);
                // A reduced budget recovers within `LONGEST`.
                let full = QueueFull { retry_after: wait.min(LONGEST) };
                if is_enforced { Err(full) } else { Ok(()) }
            }
            Slot::In(wait) => {
                if is_enforced && !wait.is_zero() {
                    sleep(wait).await;
                }
                Ok(())
            }
        }
    }
}
