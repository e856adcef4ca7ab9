//! Budgets in the memory of this process, counted by governor (GCRA).

mod table;

use std::{
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
};

use super::rule::{Decision, Rule, Rules, TokenRequest};
use table::{Access, Table};

pub(super) struct Local {
    /// The budgets, in the order of the rules.
    budgets: Vec<Budgets>,
    /// A hasher with a random key. Clients therefore cannot construct colliding keys.
    hasher: RandomState,
    clock: DefaultClock,
}

struct Budgets {
    limiter: Limiter,
    table: Table,
    rule: Rule,
}

type Limiter = RateLimiter<Access, Table, DefaultClock, StateInformationMiddleware>;

impl Local {
    /// Creates the budgets with the share of one replica.
    pub(super) fn new(rules: &Rules, replicas: u32) -> Self {
        let clock = DefaultClock::default();
        let budgets = rules.iter().map(|rule| Budgets::new(rule.share(replicas), &clock)).collect();
        Self { budgets, hasher: RandomState::new(), clock }
    }

    pub(super) fn take(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        self.decide(requests, Access::Take)
    }

    pub(super) fn look(&self, requests: &[TokenRequest]) -> Vec<Decision> {
        self.decide(requests, Access::Look)
    }

    fn decide(&self, requests: &[TokenRequest], access: fn(u64) -> Access) -> Vec<Decision> {
        let mut decisions = Vec::with_capacity(requests.len());
        for request in requests {
            let decision = self.decide_one(request, access);
            decisions.push(decision);
            if request.rejects && !decision.is_within() {
                break;
            }
        }
        decisions
    }

    fn decide_one(&self, request: &TokenRequest, access: fn(u64) -> Access) -> Decision {
        let Budgets { limiter, rule, .. } = &self.budgets[request.rule.id as usize];
        // A share may be smaller than the token request.
        let tokens = NonZeroU32::new(request.tokens.min(rule.burst)).unwrap_or(NonZeroU32::MIN);
        match limiter.check_key_n(&access(self.hasher.hash_one(&request.key)), tokens) {
            Ok(Ok(state)) => {
                let left = state.remaining_burst_capacity();
                let used = state.quota().burst_size().get().saturating_sub(left);
                Decision::Within { left, used }
            }
            Ok(Err(not_until)) => Decision::Over(not_until.wait_time_from(self.clock.now())),
            Err(_) => Decision::Over(rule.refill),
        }
    }

    pub(super) fn refund(&self, requests: &[TokenRequest]) {
        for request in requests {
            let Budgets { table, rule, .. } = &self.budgets[request.rule.id as usize];
            let time = rule.refill_of(request.tokens).as_nanos();
            let key = self.hasher.hash_one(&request.key);
            table.refund(key, u64::try_from(time).unwrap_or(u64::MAX));
        }
    }

    pub(super) fn delete_full_budgets(&self) {
        for budgets in &self.budgets {
            budgets.limiter.retain_recent();
        }
    }
}

impl Budgets {
    fn new(rule: Rule, clock: &DefaultClock) -> Self {
        // The settings are above zero.
        let burst = NonZeroU32::new(rule.burst).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::with_period(rule.refill).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
        let refill = u64::try_from(rule.refill.as_nanos()).unwrap_or(u64::MAX);
        // The table does not know the number of tokens of each token request. It assumes the
        // largest number.
        let table = Table::new(rule.capacity, refill.saturating_mul(rule.max_tokens().into()));
        let limiter = RateLimiter::new(quota.allow_burst(burst), table.clone(), clock.clone());
        Self { limiter, table, rule }
    }
}
