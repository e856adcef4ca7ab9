//! A turn for every call, so that this service never uses up a quota that all pools of the
//! account share; and fewer of them for a while where Cognito says that it was too much.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::limits::{Admission, Call, Limits, NoTurn, Part};

/// How long it takes to climb back from nothing to all of it.
const CLIMB: Duration = Duration::from_mins(1);

/// What is heard so soon after it was lowered was said of calls that were made before.
const SETTLE: Duration = Duration::from_secs(1);

/// The turns of one process, or of all replicas where they share a store.
#[derive(Debug)]
pub struct Budget {
    limits: Arc<Limits>,
    /// In the order of [`Call`].
    in_force: [Mutex<InForce>; 3],
}

/// How much of a budget is in force.
#[derive(Clone, Copy, Debug)]
struct InForce {
    /// When it was last lowered, and to what.
    lowered: Option<(Instant, Part)>,
}

impl Budget {
    /// On the stores of the limits.
    #[must_use]
    pub fn new(limits: Arc<Limits>) -> Self {
        let all = || Mutex::new(InForce { lowered: None });
        Self { limits, in_force: [all(), all(), all()] }
    }

    /// Waits for a turn, at most this long.
    pub(super) async fn turn(
        &self,
        admission: Option<&Admission>,
        call: Call,
        longest: Duration,
    ) -> Result<(), NoTurn> {
        let part = self.in_force(call, |in_force| in_force.part(Instant::now()));
        self.limits.turn(admission, call, part, longest).await
    }

    /// Cognito said that it was too much.
    pub(super) fn lower(&self, call: Call) {
        if self.limits.calls_take_turns()
            && self.in_force(call, |in_force| in_force.lower(Instant::now()))
        {
            tracing::warn!(
                budget = call.name(),
                "Cognito is called too often: this replica holds itself to half of its share, and climbs back within a minute"
            );
        }
    }

    fn in_force<T>(&self, call: Call, change: impl FnOnce(&mut InForce) -> T) -> T {
        let in_force = &self.in_force[call as usize];
        change(&mut in_force.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl InForce {
    fn part(&self, now: Instant) -> Part {
        self.lowered.map_or(Part::ALL, |(since, part)| part.grown(now - since, CLIMB))
    }

    /// Whether it is lower now.
    fn lower(&mut self, now: Instant) -> bool {
        if self.lowered.is_some_and(|(since, _)| now - since < SETTLE) {
            return false;
        }
        self.lowered = Some((now, self.part(now).halved()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_halved_once_for_what_was_under_way_and_climbs_back_within_a_minute() {
        let mut in_force = InForce { lowered: None };
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);

        assert_eq!(in_force.part(start), Part::ALL);
        assert!(in_force.lower(at(0.0)));
        assert_eq!(in_force.part(at(0.0)), Part::ALL.halved());
        assert!(!in_force.lower(at(0.9)), "of calls that were under way");
        assert!(in_force.lower(at(1.0)), "it is still too much");
        let quarter = in_force.part(at(1.0));
        assert!(quarter < Part::ALL.halved(), "{quarter:?}");
        assert!(in_force.part(at(20.0)) > quarter);
        assert_eq!(in_force.part(at(61.0)), Part::ALL);
    }

    #[test]
    fn something_is_always_left() {
        let mut in_force = InForce { lowered: None };
        let start = Instant::now();

        for second in 0..100 {
            in_force.lower(start + SETTLE * second);
        }

        assert_eq!(in_force.part(start + SETTLE * 99), Part::LEAST);
    }
}
