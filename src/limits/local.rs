//! Budgets in the process, kept by governor (GCRA).

use std::{num::NonZeroU32, time::Duration};

use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use crate::config::AddressLimit;

pub(super) struct Local {
    limiter: RateLimiter<u128, DashMapStateStore<u128>, DefaultClock, StateInformationMiddleware>,
    clock: DefaultClock,
}

impl Local {
    pub(super) fn new(limit: AddressLimit) -> Self {
        // The settings are checked to be more than nothing; one a second stands in otherwise.
        let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::with_period(limit.refill).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
        let clock = DefaultClock::default();
        let limiter = RateLimiter::dashmap_with_clock(quota.allow_burst(burst), clock.clone())
            .with_middleware::<StateInformationMiddleware>();
        Self { limiter, clock }
    }

    /// What is left, or the time until one more is allowed.
    pub(super) fn take(&self, key: u128) -> Result<u32, Duration> {
        self.limiter
            .check_key(&key)
            .map(|state| state.remaining_burst_capacity())
            .map_err(|refused: NotUntil<_>| refused.wait_time_from(self.clock.now()))
    }

    pub(super) fn forget_idle(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.len()
    }
}

impl std::fmt::Debug for Local {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Local(..)")
    }
}
