//! The memory of governor's limiters. The memory never exceeds its capacity, even under attack.
//!
//! A shard doubles if all budgets of a bucket are in use. `retain_recent` shrinks a shard if at
//! most a quarter of its entries are in use. At capacity, a new budget replaces the budget in its
//! bucket of eight that is nearest to full. The owner of the replaced budget gains the few tokens
//! that were missing. The table replaces the emptiest budget last. To replace its own empty budget,
//! an attacker must first empty the seven other budgets of the bucket.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use governor::{
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};

/// The number of budgets in a bucket.
const WAYS: usize = 8;

/// The number of locks of a large table.
const SHARDS: usize = 64;

/// Budgets by a keyed hash of their owners. No client can therefore choose its bucket. A clone
/// shares the budgets.
#[derive(Clone)]
pub(super) struct Table {
    shards: Arc<[Mutex<Shard>]>,
    max_buckets: usize,
    /// The maximum time in nanoseconds by which one token request delays the time when a budget is
    /// full.
    max_delay: u64,
    evicted: Arc<AtomicUsize>,
}

/// An access to one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Access {
    Take(u64),
    /// An access that changes nothing.
    Look(u64),
}

/// A part of the table with its own lock. The number of buckets is zero or a power of two.
#[derive(Default)]
struct Shard {
    buckets: Vec<[Entry; WAYS]>,
}

/// One budget: the time at which it is full again, in nanoseconds (GCRA's theoretical arrival
/// time). From then on the entry is vacant.
#[derive(Clone, Copy, Default)]
struct Entry {
    key: u64,
    full_at: u64,
}

impl Table {
    /// Creates a table. `capacity` must be a power of two.
    pub(super) fn new(capacity: usize, max_delay: u64) -> Self {
        let shards = if capacity >= SHARDS * SHARDS { SHARDS } else { 1 };
        let max_buckets = (capacity / shards / WAYS).next_power_of_two();
        let shards = (0..shards).map(|_| Mutex::default()).collect();
        Self { shards, max_buckets, max_delay, evicted: Arc::default() }
    }

    /// Returns the number of budgets that the table replaced before they were full again.
    #[cfg(test)]
    fn evicted(&self) -> usize {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Makes a budget full again `time` nanoseconds earlier. A budget whose time is in the past is
    /// full.
    pub(super) fn refund(&self, key: u64, time: u64) {
        if let Some(entry) = self.shard(key).find(key) {
            entry.full_at = entry.full_at.saturating_sub(time);
        }
    }

    /// Returns the shard by the upper bits of the key. The lower bits choose the bucket.
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
    type Key = Access;

    fn measure_and_replace<T, F, E>(&self, access: &Access, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let key = match *access {
            Access::Take(key) => key,
            Access::Look(key) => {
                let full_at = self.shard(key).find(key).map(|entry| entry.full_at.into());
                return f(full_at).map(|(answer, _)| answer);
            }
        };
        let mut shard = self.shard(key);
        if let Some(entry) = shard.find(key) {
            let (answer, full_at) = f(Some(entry.full_at.into()))?;
            entry.full_at = full_at.as_u64();
            return Ok(answer);
        }
        let (answer, full_at) = f(None)?;
        let full_at = full_at.as_u64();
        // `now` is the current time or earlier, because the budget was full.
        let now = full_at.saturating_sub(self.max_delay);
        if shard.insert(Entry { key, full_at }, now, self.max_buckets) {
            self.evicted.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer)
    }
}

impl ShrinkableKeyedStateStore<Access> for Table {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in self.shards.iter() {
            lock(shard).shrink(drop_below.as_u64(), self.max_buckets);
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
        // The mask drops the upper bits.
        Some(usize::try_from(key & mask as u64).unwrap_or(0))
    }

    fn find(&mut self, key: u64) -> Option<&mut Entry> {
        let index = self.index(key)?;
        self.buckets[index].iter_mut().find(|entry| entry.key == key && entry.full_at != 0)
    }

    /// Inserts a budget. Returns `true` if the new budget replaced a budget that was not full.
    fn insert(&mut self, new: Entry, now: u64, max_buckets: usize) -> bool {
        loop {
            let may_grow = self.buckets.len() < max_buckets;
            let Some(index) = self.index(new.key) else {
                self.buckets = vec![<[Entry; WAYS]>::default()];
                continue;
            };
            let nearest = self.buckets[index].iter_mut().min_by_key(|entry| entry.full_at);
            let Some(entry) = nearest else { return false };
            let is_evicted = entry.full_at > now;
            if !is_evicted || !may_grow {
                *entry = new;
                return is_evicted;
            }
            self.double();
        }
    }

    /// Splits each bucket in two by one more bit of the key.
    fn double(&mut self) {
        let mut buckets = vec![<[Entry; WAYS]>::default(); self.buckets.len() * 2];
        let mask = buckets.len() as u64 - 1;
        for entry in self.used() {
            let index = usize::try_from(entry.key & mask).unwrap_or(0);
            if let Some(empty) = buckets[index].iter_mut().find(|entry| entry.full_at == 0) {
                *empty = entry;
            }
        }
        self.buckets = buckets;
    }

    /// Deletes the budgets that are full at the time `full_by`, and frees unused memory.
    fn shrink(&mut self, full_by: u64, max_buckets: usize) {
        for entry in self.buckets.iter_mut().flatten() {
            if entry.full_at <= full_by {
                *entry = Entry::default();
            }
        }
        if self.used().count() * 4 > self.buckets.len() * WAYS {
            return;
        }
        let mut smaller = Self::default();
        for entry in self.used() {
            // All entries fitted into the larger shard. No entry therefore replaces another.
            smaller.insert(entry, full_by, max_buckets);
        }
        *self = smaller;
    }

    fn used(&self) -> impl Iterator<Item = Entry> {
        self.buckets.iter().flatten().copied().filter(|entry| entry.full_at != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFILL: u64 = 10;

    fn take(table: &Table, key: u64, now: u64) -> u64 {
        let taken = table.measure_and_replace(&Access::Take(key), |full_at| {
            let full_at = full_at.map_or(now, Nanos::as_u64).max(now) + REFILL;
            Ok::<_, ()>((full_at, full_at.into()))
        });
        taken.unwrap()
    }

    /// Returns a number that looks like a hash.
    fn key(number: u64) -> u64 {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn a_request_for_many_tokens_replaces_no_budget_in_use() {
        const HEAVIEST: u64 = 20;
        let table = Table::new(1 << 10, REFILL * HEAVIEST);

        for number in 0..9 {
            let now = 1_000 + number * 2 * REFILL;
            let taken = table.measure_and_replace(&Access::Take(number), |full_at| {
                let full_at = full_at.map_or(now, Nanos::as_u64).max(now) + HEAVIEST * REFILL;
                Ok::<_, ()>((full_at, full_at.into()))
            });
            taken.unwrap();
        }

        assert_eq!((table.len(), table.evicted()), (9, 0));
    }

    #[test]
    fn fills_its_capacity_and_never_exceeds_it() {
        let table = Table::new(1 << 12, REFILL);

        for number in 0..100_000 {
            take(&table, key(number), 1000);
        }

        assert!(table.len() <= 1 << 12, "{}", table.len());
        assert!(table.len() > 1 << 11, "{}", table.len());
        assert_eq!(table.len() + table.evicted(), 100_000);
    }

    #[test]
    fn replaces_the_emptiest_budget_last() {
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
    fn a_look_sees_taken_tokens_and_changes_nothing() {
        let table = Table::new(1 << 12, REFILL);
        let look = |key| {
            let seen = table.measure_and_replace(&Access::Look(key), |full_at| {
                Ok::<_, ()>((full_at.map(Nanos::as_u64), u64::MAX.into()))
            });
            seen.unwrap()
        };
        take(&table, key(1), 1000);

        assert_eq!([look(key(1)), look(key(2))], [Some(1000 + REFILL), None]);

        assert_eq!(table.len(), 1);
        assert_eq!(take(&table, key(1), 1000), 1000 + 2 * REFILL);
    }

    #[test]
    fn refunds_at_most_the_taken_tokens() {
        let table = Table::new(1 << 12, REFILL);
        for _ in 0..3 {
            take(&table, key(1), 1000);
        }

        table.refund(key(1), REFILL);
        table.refund(key(2), REFILL);
        assert_eq!(take(&table, key(1), 1000), 1000 + 3 * REFILL);
        table.refund(key(1), 100 * REFILL);

        assert_eq!(take(&table, key(1), 1000), 1000 + REFILL, "a refund fills a budget at most");
        assert_eq!(
            take(&table, key(2), 1000),
            1000 + REFILL,
            "a refund of a full budget has no effect"
        );
        table.refund(key(1), u64::MAX);
        assert_eq!(take(&table, key(1), 1000), 1000 + REFILL);
    }

    #[test]
    fn replaces_no_budget_in_use_while_others_are_full() {
        let table = Table::new(1 << 12, REFILL);
        take(&table, key(1), 1000);

        // There are more budgets than the capacity. Each is full again before the next begins.
        for number in 2..50_000 {
            take(&table, key(number), 1000 + number * REFILL);
        }

        assert_eq!(table.evicted(), 0);
    }

    #[test]
    fn frees_the_memory_of_full_budgets() {
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
