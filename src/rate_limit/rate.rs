//! The rate of calls to Cognito, and the fraction of the rate that is in force after throttling by
//! Cognito.

use std::time::{Duration, Instant};

/// One second, plus the maximum difference of the delays of two calls. With this window, Cognito
/// receives at most the number of slots of a window in each second.
pub(super) const SECOND: Duration = Duration::from_millis(1_060);

/// The time in which the fraction grows from 0 to 1.
const RECOVERY: Duration = Duration::from_mins(1);

/// The time after a reduction in which throttling concerns earlier calls.
const SETTLE: Duration = Duration::from_secs(1);

/// A number of slots in each window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub(super) limit: u32,
    pub(super) window: Duration,
    /// The number of calls that may wait for a slot.
    pub(super) queue: u32,
    /// The number of slots that a sliding window remembers, in this process or in the shared store.
    /// Rates that share a window need the same number.
    pub(super) history: u32,
}

impl Rate {
    pub(super) fn per_second(limit: u32, queue: u32) -> Self {
        let limit = limit.max(1);
        Self { limit, window: SECOND, queue, history: limit.max(queue) }
    }

    /// Returns `parts` of `of` equal parts of the rate. Less than one slot in a window becomes one
    /// slot in a longer window.
    pub(super) fn fraction(self, parts: u32, of: u32) -> Self {
        let left = self.limit.saturating_mul(parts).max(1);
        if left >= of {
            return Self { limit: left / of, ..self };
        }
        Self { limit: 1, window: self.window * of / left, ..self }
    }

    pub(super) fn share(self, replicas: u32) -> Self {
        let replicas = replicas.max(1);
        Self { queue: self.queue / replicas, ..self.fraction(1, replicas) }
    }

    /// Returns the longest time until the slot of a call.
    pub(super) fn max_wait(self) -> Duration {
        self.window * (self.queue / self.limit.max(1) + 2)
    }
}

/// The fraction of a rate that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RateFraction(u32);

impl RateFraction {
    pub(super) const ALL: Self = Self(64);

    /// The smallest fraction, after any number of reductions.
    const MIN: Self = Self(4);

    pub(super) fn of(self, rate: Rate) -> Rate {
        rate.fraction(self.0, Self::ALL.0)
    }

    pub(super) fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(Self::ALL.0)
    }

    fn halved(self) -> Self {
        Self((self.0 / 2).max(Self::MIN.0))
    }

    fn grown(self, time: Duration) -> Self {
        let growth = time.as_millis() * u128::from(Self::ALL.0) / RECOVERY.as_millis();
        let growth = u32::try_from(growth).unwrap_or(Self::ALL.0);
        Self(self.0.saturating_add(growth).min(Self::ALL.0))
    }
}

/// The last reduction of a rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reduction(Option<(Instant, RateFraction)>);

impl Reduction {
    pub(super) fn fraction(self, now: Instant) -> RateFraction {
        self.0.map_or(RateFraction::ALL, |(since, fraction)| fraction.grown(now - since))
    }

    /// Halves the fraction, unless the last reduction was less than a second ago. Returns `true` if
    /// this call halved the fraction.
    pub(super) fn reduce(&mut self, now: Instant) -> bool {
        if self.0.is_some_and(|(since, _)| now - since < SETTLE) {
            return false;
        }
        self.0 = Some((now, self.fraction(now).halved()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_less_than_one_slot_is_one_slot_in_a_longer_window() {
        for (limit, parts, of, expected_limit, expected_window) in [
            (25, 64, 64, 25, SECOND),
            (25, 32, 64, 12, SECOND),
            (25, 4, 64, 1, SECOND),
            (2, 16, 64, 1, SECOND * 2),
            (1, 1, 3, 1, SECOND * 3),
        ] {
            let rate = Rate::per_second(limit, 0).fraction(parts, of);

            assert_eq!(
                (rate.limit, rate.window),
                (expected_limit, expected_window),
                "{limit}·{parts}/{of}"
            );
        }
    }

    #[test]
    fn halves_the_fraction_once_for_calls_in_progress_and_recovers_within_a_minute() {
        let mut reduction = Reduction::default();
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);

        assert_eq!(reduction.fraction(start), RateFraction::ALL);
        assert!(reduction.reduce(at(0.0)));
        assert_eq!(reduction.fraction(at(0.0)), RateFraction::ALL.halved());
        assert!(!reduction.reduce(at(0.9)), "throttling of earlier calls");
        assert!(reduction.reduce(at(1.0)), "still throttled");
        let quarter = reduction.fraction(at(1.0));
        assert!(quarter < RateFraction::ALL.halved(), "{quarter:?}");
        assert!(reduction.fraction(at(20.0)) > quarter);
        assert_eq!(reduction.fraction(at(61.0)), RateFraction::ALL);
    }

    #[test]
    fn a_fraction_always_remains() {
        let mut reduction = Reduction::default();
        let start = Instant::now();

        for second in 0..100 {
            reduction.reduce(start + SETTLE * second);
        }

        assert_eq!(reduction.fraction(start + SETTLE * 99), RateFraction::MIN);
    }
}
