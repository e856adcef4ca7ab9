//! Budgets in the process, kept by governor (GCRA).

mod table;

use std::{
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    time::{Duration, Instant},
};

use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
};

use super::{
    calls::Ask,
    rule::{Draw, Drawn, Rule, Rules},
    turns::{Turn, Turns},
};
use table::Table;

/// The budgets of one process.
pub(super) struct Local {
    /// In the order of the rules.
    limiters: Vec<Limiter>,
    /// In the order of [`Call`](super::Call).
    turns: [Turns; 3],
    replicas: u32,
    /// Keyed at random, so that nobody outside can make two keys meet.
    hasher: RandomState,
    clock: DefaultClock,
}

type Limiter = RateLimiter<u64, Table, DefaultClock, StateInformationMiddleware>;

impl Local {
    /// One of so many replicas' share of each budget.
    pub(super) fn new(rules: &Rules, replicas: u32) -> Self {
        let clock = DefaultClock::default();
        let limiters = rules.iter().map(|rule| limiter(rule.share(replicas), &clock)).collect();
        Self { limiters, turns: Default::default(), replicas, hasher: RandomState::new(), clock }
    }

    /// Takes one from each budget in turn, up to the first that refuses.
    pub(super) fn take(&self, draws: &[Draw]) -> Vec<Drawn> {
        let mut all = Vec::with_capacity(draws.len());
        for draw in draws {
            let result = self.take_one(draw);
            all.push(result);
            if matches!(result, Drawn::Over(_)) && draw.rule.is_enforced() {
                break;
            }
        }
        all
    }

    fn take_one(&self, draw: &Draw) -> Drawn {
        let limiter = &self.limiters[draw.rule.which as usize];
        match limiter.check_key(&self.hasher.hash_one(&draw.key)) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                Drawn::Within { left, used: state.quota().burst_size().get().saturating_sub(left) }
            }
            Err(refused) => Drawn::Over(wait(&refused, &self.clock)),
        }
    }

    /// Takes the next turn of this share.
    pub(super) fn turn(&self, ask: Ask) -> Turn {
        let pace = ask.pace.share(self.replicas);
        self.turns[ask.call as usize].take(Instant::now(), pace, ask.longest)
    }

    /// Remembers a turn that this process took of all.
    pub(super) fn note_turn(&self, ask: Ask, wait: Duration) {
        self.turns[ask.call as usize].note(Instant::now() + wait, ask.pace);
    }

    /// Forgets the budgets that are full again.
    pub(super) fn forget_idle(&self) {
        for limiter in &self.limiters {
            limiter.retain_recent();
        }
    }
}

fn wait(refused: &NotUntil<<DefaultClock as Clock>::Instant>, clock: &DefaultClock) -> Duration {
    refused.wait_time_from(clock.now())
}

fn limiter(rule: Rule, clock: &DefaultClock) -> Limiter {
    // The settings are checked to be more than nothing; one a second stands in otherwise.
    let burst = NonZeroU32::new(rule.burst).unwrap_or(NonZeroU32::MIN);
    let quota =
        Quota::with_period(rule.refill).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
    let refill = u64::try_from(rule.refill.as_nanos()).unwrap_or(u64::MAX);
    let table = Table::new(rule.most_kept, refill);
    RateLimiter::new(quota.allow_burst(burst), table, clock.clone())
}

impl std::fmt::Debug for Local {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Local(..)")
    }
}
