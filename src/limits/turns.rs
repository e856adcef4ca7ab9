//! Turns to call Cognito: so many in any second, and the others one after the other.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A second, and what a call may be late by the time it gets there: between two turns that are
/// counted as one second apart, no more calls arrive than in one.
const SECOND: Duration = Duration::from_millis(1_060);

/// How many turns there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    /// So many in each window.
    pub(super) most: u32,
    pub(super) window: Duration,
    /// So many may wait for theirs.
    pub(super) queue: u32,
    /// So many are remembered: as many as any pace of the same turns looks back.
    pub(super) kept: u32,
}

/// Whether there is a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is after this time.
    In(Duration),
    /// Too many wait for theirs; one more would have come after this time.
    None(Duration),
}

/// The turns that were taken in one process, the last one at the end.
#[derive(Debug, Default)]
pub(super) struct Turns {
    taken: Mutex<VecDeque<Instant>>,
}

impl Pace {
    /// So many in a second.
    pub(super) fn new(a_second: u32, queue: u32) -> Self {
        let most = a_second.max(1);
        Self { most, window: SECOND, queue, kept: most.max(queue) }
    }

    /// So many of so many parts of it. Less than one in a window is one in a longer window.
    pub(super) fn part(self, of: u32, parts: u32) -> Self {
        let left = self.most.saturating_mul(of).max(1);
        if left >= parts {
            return Self { most: left / parts, ..self };
        }
        Self { most: 1, window: self.window * parts / left, ..self }
    }

    /// How late the last turn can be that anybody was given.
    pub(super) fn latest(self) -> Duration {
        self.window * (self.queue / self.most.max(1) + 2)
    }

    /// The part of one of so many replicas.
    pub(super) fn share(self, replicas: u32) -> Self {
        let replicas = replicas.max(1);
        Self { queue: self.queue / replicas, ..self.part(1, replicas) }
    }
}

impl Turns {
    /// Takes the next turn, where that is within the longest time that there is.
    pub(super) fn take(&self, now: Instant, pace: Pace, longest: Duration) -> Turn {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_last = |count: u32| {
            let index = taken.len().checked_sub(count as usize)?;
            taken.get(index).copied()
        };
        let free = of_last(pace.most).map_or(now, |earlier| earlier + pace.window);
        let turn = now.max(free).max(of_last(1).unwrap_or(now));
        let wait = turn - now;
        let is_full = pace.queue == 0 || of_last(pace.queue).is_some_and(|earliest| earliest > now);
        if !wait.is_zero() && (is_full || wait > longest) {
            return Turn::None(wait);
        }
        remember(&mut taken, turn, pace);
        Turn::In(wait)
    }

    /// Remembers a turn that was taken elsewhere.
    pub(super) fn note(&self, turn: Instant, pace: Pace) {
        remember(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner), turn, pace);
    }
}

fn remember(taken: &mut VecDeque<Instant>, turn: Instant, pace: Pace) {
    let last = taken.back().copied().unwrap_or(turn);
    taken.push_back(turn.max(last));
    while taken.len() > pace.kept as usize {
        taken.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// When each of so many who come at these times (in ms) has its turn; nothing where it has
    /// none.
    fn turns(pace: Pace, longest: Duration, times: &[u64]) -> Vec<Option<u64>> {
        let (turns, start) = (Turns::default(), Instant::now());
        let turn = |ms: &u64| {
            let wait = match turns.take(start + Duration::from_millis(*ms), pace, longest) {
                Turn::In(wait) => wait,
                Turn::None(_) => return None,
            };
            Some(ms + u64::try_from(wait.as_millis()).expect("it is short"))
        };
        times.iter().map(turn).collect()
    }

    #[test]
    fn so_many_go_at_once_and_the_others_when_a_second_has_passed() {
        for (most, queue, times, expected) in [
            (
                2,
                0,
                &[0, 0, 0, 500, 1_060, 1_061][..],
                &[Some(0), Some(0), None, None, Some(1_060), Some(1_061)][..],
            ),
            (2, 2, &[0, 0, 0, 0, 0][..], &[Some(0), Some(0), Some(1_060), Some(1_060), None][..]),
            (2, 3, &[0, 0, 0, 0, 0], &[Some(0), Some(0), Some(1_060), Some(1_060), Some(2_120)]),
            (1, 1, &[0, 100, 200, 1_060, 1_060], &[Some(0), Some(1_060), None, Some(2_120), None]),
            (
                3,
                1,
                &[0, 400, 800, 900, 1_500],
                &[Some(0), Some(400), Some(800), Some(1_060), Some(1_500)],
            ),
        ] {
            let pace = Pace::new(most, queue);

            assert_eq!(turns(pace, LONG, times), expected, "{most} a second, {queue} wait");
        }
    }

    #[test]
    fn nobody_waits_longer_than_there_is_time() {
        let found = turns(Pace::new(1, 10), Duration::from_millis(1_500), &[0, 0, 0, 700]);

        assert_eq!(found, [Some(0), Some(1_060), None, Some(2_120)]);
    }

    #[test]
    fn a_part_of_less_than_one_is_one_in_a_longer_time() {
        for (most, of, parts, expected_most, expected_window) in [
            (25, 64, 64, 25, SECOND),
            (25, 32, 64, 12, SECOND),
            (25, 4, 64, 1, SECOND),
            (2, 16, 64, 1, SECOND * 2),
            (1, 1, 3, 1, SECOND * 3),
        ] {
            let part = Pace::new(most, 0).part(of, parts);

            assert_eq!(
                (part.most, part.window),
                (expected_most, expected_window),
                "{most}·{of}/{parts}"
            );
        }
    }

    #[test]
    fn whatever_comes_no_second_has_more_than_there_are_turns() {
        let (turns, start) = (Turns::default(), Instant::now());
        let pace = Pace::new(7, 3);
        let mut taken = Vec::new();

        for ms in (0..10_000).step_by(13) {
            // A slower pace now and then, as after a refusal of Cognito's.
            let pace = if ms % 3_000 < 500 { pace.part(1, 4) } else { pace };
            let now = start + Duration::from_millis(ms);
            if let Turn::In(wait) = turns.take(now, pace, LONG) {
                taken.push(now + wait);
            }
        }

        for (index, first) in taken.iter().enumerate() {
            let within = taken[index..].iter().filter(|turn| **turn < *first + SECOND);
            assert!(within.count() <= 7, "from {:?} on", *first - start);
        }
        assert!(taken.is_sorted() && taken.len() > 15, "{}", taken.len());
    }
}
