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
    limiters: Vec<Kept>,
    /// In the order of [`Call`](super::Call).
    turns: [Turns; 3],
    replicas: u32,
    /// Keyed at random, so that nobody outside can make two keys meet.
    hasher: RandomState,
    clock: DefaultClock,
}

/// A limiter, and what it counts with.
struct Kept {
    limiter: Limiter,
    table: Table,
    rule: Rule,
}

type Limiter = RateLimiter<u64, Table, DefaultClock, StateInformationMiddleware>;

impl Local {
    /// One of so many replicas' share of each budget.
    pub(super) fn new(rules: &Rules, replicas: u32) -> Self {
        let clock = DefaultClock::default();
        let limiters = rules.iter().map(|rule| kept(rule.share(replicas), &clock)).collect();
        Self { limiters, turns: Default::default(), replicas, hasher: RandomState::new(), clock }
    }

    /// Takes from each budget in turn, up to the first that refuses.
    pub(super) fn take(&self, draws: &[Draw]) -> Vec<Drawn> {
        let mut all = Vec::with_capacity(draws.len());
        for draw in draws {
            let result = self.take_one(draw);
            all.push(result);
            if matches!(result, Drawn::Over(_)) && draw.refuses {
                break;
            }
        }
        all
    }

    fn take_one(&self, draw: &Draw) -> Drawn {
        let Kept { limiter, rule, .. } = &self.limiters[draw.rule.which as usize];
        // A share may be less than what is to be taken.
        let weight = NonZeroU32::new(draw.weight.min(rule.burst)).unwrap_or(NonZeroU32::MIN);
        match limiter.check_key_n(&self.hasher.hash_one(&draw.key), weight) {
            Ok(Ok(state)) => {
                let left = state.remaining_burst_capacity();
                Drawn::Within { left, used: state.quota().burst_size().get().saturating_sub(left) }
            }
            Ok(Err(refused)) => Drawn::Over(wait(&refused, &self.clock)),
            Err(_) => Drawn::Over(rule.refill),
        }
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&self, draws: &[Draw]) {
        for draw in draws {
            let Kept { table, rule, .. } = &self.limiters[draw.rule.which as usize];
            let time = u64::try_from(rule.time_of(draw.weight).as_nanos()).unwrap_or(u64::MAX);
            table.give_back(self.hasher.hash_one(&draw.key), time);
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
        for kept in &self.limiters {
            kept.limiter.retain_recent();
        }
    }
}

fn wait(refused: &NotUntil<<DefaultClock as Clock>::Instant>, clock: &DefaultClock) -> Duration {
    refused.wait_time_from(clock.now())
}

fn kept(rule: Rule, clock: &DefaultClock) -> Kept {
    // The settings are checked to be more than nothing; one a second stands in otherwise.
    let burst = NonZeroU32::new(rule.burst).unwrap_or(NonZeroU32::MIN);
    let quota =
        Quota::with_period(rule.refill).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
    let refill = u64::try_from(rule.refill.as_nanos()).unwrap_or(u64::MAX);
    // Of how many were taken at once the table knows nothing, and must not think it more.
    let table = Table::new(rule.most_kept, refill.saturating_mul(rule.heaviest().into()));
    let limiter = RateLimiter::new(quota.allow_burst(burst), table.clone(), clock.clone());
    Kept { limiter, table, rule }
}

impl std::fmt::Debug for Local {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Local(..)")
    }
}
