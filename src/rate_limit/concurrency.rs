//! The limits on requests in progress, in this process.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::keys;
use crate::config::{self, LimitsMode};

/// Counts the requests in progress. An address takes memory only while it has one.
#[derive(Debug)]
pub(super) struct Concurrency {
    max_of_address: usize,
    max_in_total: usize,
    pub(super) mode: LimitsMode,
    in_total: AtomicUsize,
    of_address: Mutex<HashMap<u64, usize>>,
    hasher: RandomState,
}

/// A place among the requests in progress. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct Permit {
    concurrency: Arc<Concurrency>,
    address: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    OfAddress,
    InTotal,
}

impl Concurrency {
    pub(super) fn new(settings: &config::Limits) -> Arc<Self> {
        let config::Concurrency { address, total, mode } = settings.concurrency;
        Arc::new(Self {
            max_of_address: address,
            max_in_total: total,
            mode: settings.effective_mode(mode),
            in_total: AtomicUsize::new(0),
            of_address: Mutex::default(),
            hasher: RandomState::new(),
        })
    }

    /// Takes a place, and returns the limit that it exceeds.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> (Permit, Option<TooMany>) {
        let address = self.hasher.hash_one(keys::client(address));
        let in_total = self.in_total.fetch_add(1, Ordering::Relaxed) + 1;
        let of_address = {
            let mut addresses = self.addresses();
            let count = addresses.entry(address).or_default();
            *count += 1;
            *count
        };
        let too_many = if of_address > self.max_of_address {
            Some(TooMany::OfAddress)
        } else {
            (in_total > self.max_in_total).then_some(TooMany::InTotal)
        };
        (Permit { concurrency: Arc::clone(self), address }, too_many)
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<u64, usize>> {
        self.of_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.concurrency.in_total.fetch_sub(1, Ordering::Relaxed);
        let mut addresses = self.concurrency.addresses();
        if let Some(count) = addresses.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_address_and_the_total_and_frees_places() {
        let concurrency = Arc::new(Concurrency {
            max_of_address: 2,
            max_in_total: 3,
            mode: LimitsMode::Enforce,
            in_total: AtomicUsize::new(0),
            of_address: Mutex::default(),
            hasher: RandomState::new(),
        });
        let (ada, grace) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));

        let entered = [ada, ada, ada, grace, grace].map(|address| concurrency.enter(address));

        let exceeded = entered.each_ref().map(|(_, too_many)| *too_many);
        let total = Some(TooMany::InTotal);
        assert_eq!(exceeded, [None, None, Some(TooMany::OfAddress), total, total]);
        drop(entered);
        assert_eq!(concurrency.enter(ada).1, None);
        assert!(concurrency.addresses().is_empty());
    }
}
