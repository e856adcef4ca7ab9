//! The memory of governor's limiters, which no attack makes larger than it may get.
//!
//! It grows with the budgets that are in use, by halves of a shard, and shrinks again. Where it
//! may grow no more, a new budget takes the place of the one among eight that is nearest to
//! being full again. That one's holder gains what little was missing; whoever is over a limit
//! is forgotten last. To be forgotten on purpose, one would have to use up eight other
//! budgets, and could have used those.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use governor::{
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};

/// So many budgets stand together, of which one makes room.
const WAYS: usize = 8;

/// So many locks, where there are many budgets.
const SHARDS: usize = 64;

/// Budgets by a keyed hash of whose they are. Nobody can choose where it stands, so nobody can
/// choose a neighbour.
/// A clone is another handle.
#[derive(Clone)]
pub(super) struct Table {
    shards: Arc<[Mutex<Shard>]>,
    most_buckets: usize,
    /// Nanoseconds until one more is allowed.
    refill: u64,
    forgotten: Arc<AtomicUsize>,
}

/// Buckets, as many as a power of two, or none.
#[derive(Default)]
struct Shard {
    buckets: Vec<[Slot; WAYS]>,
}

/// One budget: the time when it is full again, in nanoseconds (the theoretical arrival time of
/// GCRA). From then on the slot is as good as empty.
#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    full_at: u64,
}

impl Table {
    /// For so many budgets at most (a power of two).
    pub(super) fn new(most_kept: usize, refill: u64) -> Self {
        let shards = if most_kept >= SHARDS * SHARDS { SHARDS } else { 1 };
        let most_buckets = (most_kept / shards / WAYS).next_power_of_two();
        let shards = (0..shards).map(|_| Mutex::default()).collect();
        Self { shards, most_buckets, refill, forgotten: Arc::default() }
    }

    /// How many budgets were forgotten before they were full again.
    #[cfg(test)]
    pub(super) fn forgotten(&self) -> usize {
        self.forgotten.load(Ordering::Relaxed)
    }

    /// Lets a budget be full again this many nanoseconds earlier, but no fuller than full: what
    /// lies in the past is as good as now.
    pub(super) fn give_back(&self, key: u64, time: u64) {
        if let Some(slot) = self.shard(key).find(key) {
            slot.full_at = slot.full_at.saturating_sub(time);
        }
    }

    /// The upper bits choose the shard, the lower ones the bucket.
    fn shard(&self, key: u64) -> MutexGuard<'_, Shard> {
        let bits = self.shards.len().trailing_zeros();
        let index = key.checked_shr(u64::BITS - bits).unwrap_or(0);
        lock(&self.shards[usize::try_from(index).unwrap_or(0)])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StateStore for Table {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shard = self.shard(*key);
        if let Some(slot) = shard.find(*key) {
            let (told, full_at) = f(Some(slot.full_at.into()))?;
            slot.full_at = full_at.as_u64();
            return Ok(told);
        }
        let (told, full_at) = f(None)?;
        let full_at = full_at.as_u64();
        // Of a budget that was full, one was taken just now.
        let now = full_at.saturating_sub(self.refill);
        if shard.keep(Slot { key: *key, full_at }, now, self.most_buckets) {
            self.forgotten.fetch_add(1, Ordering::Relaxed);
        }
        Ok(told)
    }
}

impl ShrinkableKeyedStateStore<u64> for Table {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in self.shards.iter() {
            lock(shard).shrink(drop_below.as_u64(), self.most_buckets);
        }
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).used().count()).sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shard {
    fn index(&self, key: u64) -> Option<usize> {
        let mask = self.buckets.len().checked_sub(1)?;
        // What is cut off here is masked anyway.
        Some(usize::try_from(key & mask as u64).unwrap_or(0))
    }

    fn find(&mut self, key: u64) -> Option<&mut Slot> {
        let index = self.index(key)?;
        self.buckets[index].iter_mut().find(|slot| slot.key == key && slot.full_at != 0)
    }

    /// Keeps a budget that was not kept before, and says whether another is forgotten for it.
    fn keep(&mut self, new: Slot, now: u64, most_buckets: usize) -> bool {
        loop {
            let may_grow = self.buckets.len() < most_buckets;
            let Some(index) = self.index(new.key) else {
                self.buckets = vec![<[Slot; WAYS]>::default()];
                continue;
            };
            let nearest = self.buckets[index].iter_mut().min_by_key(|slot| slot.full_at);
            let Some(slot) = nearest else { return false };
            let is_forgotten = slot.full_at > now;
            if !is_forgotten || !may_grow {
                *slot = new;
                return is_forgotten;
            }
            self.double();
        }
    }

    /// One more bit of the hash counts, which parts each bucket in two.
    fn double(&mut self) {
        let mut buckets = vec![<[Slot; WAYS]>::default(); self.buckets.len() * 2];
        let mask = buckets.len() as u64 - 1;
        for slot in self.used() {
            let index = usize::try_from(slot.key & mask).unwrap_or(0);
            if let Some(empty) = buckets[index].iter_mut().find(|slot| slot.full_at == 0) {
                *empty = slot;
            }
        }
        self.buckets = buckets;
    }

    /// Forgets the budgets that were full by then, and the room that nobody needs.
    fn shrink(&mut self, full_by: u64, most_buckets: usize) {
        for slot in self.buckets.iter_mut().flatten() {
            if slot.full_at <= full_by {
                *slot = Slot::default();
            }
        }
        if self.used().count() * 4 > self.buckets.len() * WAYS {
            return;
        }
        let mut smaller = Self::default();
        for slot in self.used() {
            // It takes no more room than before, where all of them fitted.
            smaller.keep(slot, full_by, most_buckets);
        }
        *self = smaller;
    }

    fn used(&self) -> impl Iterator<Item = Slot> {
        self.buckets.iter().flatten().copied().filter(|slot| slot.full_at != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFILL: u64 = 10;

    /// Takes one at a time, as a budget of any size does.
    fn take(table: &Table, key: u64, now: u64) -> u64 {
        let taken = table.measure_and_replace(&key, |full_at| {
            let full_at = full_at.map_or(now, Nanos::as_u64).max(now) + REFILL;
            Ok::<_, ()>((full_at, full_at.into()))
        });
        taken.unwrap()
    }

    /// What looks like a hash, another for each number.
    fn key(number: u64) -> u64 {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn a_budget_of_which_many_were_taken_at_once_takes_no_place_that_is_in_use() {
        const HEAVIEST: u64 = 20;
        let table = Table::new(1 << 10, REFILL * HEAVIEST);

        for number in 0..9 {
            let now = 1_000 + number * 2 * REFILL;
            let taken = table.measure_and_replace(&number, |full_at| {
                let full_at = full_at.map_or(now, Nanos::as_u64).max(now) + HEAVIEST * REFILL;
                Ok::<_, ()>((full_at, full_at.into()))
            });
            taken.unwrap();
        }

        assert_eq!((table.len(), table.forgotten()), (9, 0));
    }

    #[test]
    fn keeps_as_many_as_it_may_and_no_more() {
        let table = Table::new(1 << 12, REFILL);

        for number in 0..100_000 {
            take(&table, key(number), 1000);
        }

        assert!(table.len() <= 1 << 12, "{}", table.len());
        assert!(table.len() > 1 << 11, "{}", table.len());
        assert_eq!(table.len() + table.forgotten(), 100_000);
    }

    #[test]
    fn whoever_has_used_most_is_forgotten_last() {
        let table = Table::new(1 << 12, REFILL);
        let victims: Vec<u64> = (0..200).map(|number| key(1 << 40 | number)).collect();
        for _ in 0..20 {
            for victim in &victims {
                take(&table, *victim, 1000);
            }
        }

        for number in 0..100_000 {
            take(&table, key(number), 1000);
        }

        for victim in victims {
            assert_eq!(take(&table, victim, 1000), 1000 + 21 * REFILL);
        }
    }

    #[test]
    fn gives_back_what_was_taken_and_no_more() {
        let table = Table::new(1 << 12, REFILL);
        for _ in 0..3 {
            take(&table, key(1), 1000);
        }

        table.give_back(key(1), REFILL);
        table.give_back(key(2), REFILL);
        assert_eq!(take(&table, key(1), 1000), 1000 + 3 * REFILL);
        table.give_back(key(1), 100 * REFILL);

        assert_eq!(take(&table, key(1), 1000), 1000 + REFILL, "full, and no fuller");
        assert_eq!(take(&table, key(2), 1000), 1000 + REFILL, "nothing was taken");
        table.give_back(key(1), u64::MAX);
        assert_eq!(take(&table, key(1), 1000), 1000 + REFILL);
    }

    #[test]
    fn takes_no_room_from_the_living_while_others_are_full_again() {
        let table = Table::new(1 << 12, REFILL);
        take(&table, key(1), 1000);

        // Whole tables full of others, each full again before the next comes.
        for number in 2..50_000 {
            take(&table, key(number), 1000 + number * REFILL);
        }

        assert_eq!(table.forgotten(), 0);
    }

    #[test]
    fn gives_back_the_room_of_budgets_that_are_full_again() {
        let table = Table::new(1 << 16, REFILL);
        for number in 0..50_000 {
            take(&table, key(number), 1000);
        }
        take(&table, key(7), 2000);

        table.retain_recent((1000 + REFILL).into());
        table.shrink_to_fit();

        assert_eq!(table.len(), 1);
        assert_eq!(take(&table, key(7), 2000), 2000 + 2 * REFILL);
        let buckets: usize = table.shards.iter().map(|shard| lock(shard).buckets.len()).sum();
        assert_eq!(buckets, 1);
    }
}
