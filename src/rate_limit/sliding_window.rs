//! Slots for calls to Cognito in one process: a limited number in any window of time.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::rate::Rate;

/// A slot, or the rejection of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The slot begins after this time.
    In(Duration),
    /// Too many calls wait, or the call would wait too long. The next slot begins after this time.
    QueueFull(Duration),
}

/// The slots of calls, the latest slot last.
#[derive(Debug, Default)]
pub(super) struct SlidingWindow(Mutex<VecDeque<Instant>>);

impl SlidingWindow {
    /// Takes the next slot, unless the queue is full or the slot begins after `longest`.
    pub(super) fn take(&self, now: Instant, rate: Rate, longest: Duration) -> Slot {
        let mut slots = self.slots();
        let of_last = |count: u32| {
            let index = slots.len().checked_sub(count as usize)?;
            slots.get(index).copied()
        };
        let free = of_last(rate.limit).map_or(now, |earlier| earlier + rate.window);
        let slot = now.max(free).max(of_last(1).unwrap_or(now));
        let wait = slot - now;
        let is_full = rate.queue == 0 || of_last(rate.queue).is_some_and(|earliest| earliest > now);
        if !wait.is_zero() && (is_full || wait > longest) {
            return Slot::QueueFull(wait);
        }
        remember(&mut slots, slot, rate);
        Slot::In(wait)
    }

    pub(super) fn record(&self, slot: Instant, rate: Rate) {
        remember(&mut self.slots(), slot, rate);
    }

    fn slots(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember(slots: &mut VecDeque<Instant>, slot: Instant, rate: Rate) {
    let last = slots.back().copied().unwrap_or(slot);
    slots.push_back(slot.max(last));
    while slots.len() > rate.history as usize {
        slots.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::rate::{Rate, SECOND},
        *,
    };

    const LONG: Duration = Duration::from_mins(1);

    /// Returns the start of each call's slot, for calls at these times in milliseconds.
    fn slots(rate: Rate, longest: Duration, times: &[u64]) -> Vec<Option<u64>> {
        let (window, start) = (SlidingWindow::default(), Instant::now());
        let slot = |ms: &u64| {
            let wait = match window.take(start + Duration::from_millis(*ms), rate, longest) {
                Slot::In(wait) => wait,
                Slot::QueueFull(_) => return None,
            };
            Some(ms + u64::try_from(wait.as_millis()).expect("the wait is short"))
        };
        times.iter().map(slot).collect()
    }

    #[test]
    fn gives_the_limit_at_once_and_further_slots_after_a_second() {
        for (limit, queue, times, expected) in [
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
            let rate = Rate::per_second(limit, queue);

            assert_eq!(slots(rate, LONG, times), expected, "{limit} a second, {queue} wait");
        }
    }

    #[test]
    fn gives_no_slot_after_the_longest_time_to_wait() {
        let found = slots(Rate::per_second(1, 10), Duration::from_millis(1_500), &[0, 0, 0, 700]);

        assert_eq!(found, [Some(0), Some(1_060), None, Some(2_120)]);
    }

    #[test]
    fn no_second_has_more_slots_than_the_limit() {
        let (window, start) = (SlidingWindow::default(), Instant::now());
        let rate = Rate::per_second(7, 3);
        let mut taken = Vec::new();

        for ms in (0..10_000).step_by(13) {
            // Some calls have a slower rate, as after throttling.
            let rate = if ms % 3_000 < 500 { rate.fraction(1, 4) } else { rate };
            let now = start + Duration::from_millis(ms);
            if let Slot::In(wait) = window.take(now, rate, LONG) {
                taken.push(now + wait);
            }
        }

        for (index, first) in taken.iter().enumerate() {
            let within = taken[index..].iter().filter(|slot| **slot < *first + SECOND);
            assert!(within.count() <= 7, "from {:?} on", *first - start);
        }
        assert!(taken.is_sorted() && taken.len() > 15, "{}", taken.len());
    }
}
