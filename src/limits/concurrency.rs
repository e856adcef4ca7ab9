//! How many requests at a time, in this process.

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

/// What is under way. Each address takes a place only while it has something under way, so
/// that there are never more of them than requests.
#[derive(Debug)]
pub(super) struct Concurrency {
    most_of_address: usize,
    most_in_all: usize,
    pub(super) mode: LimitsMode,
    in_all: AtomicUsize,
    of_address: Mutex<HashMap<u64, usize>>,
    hasher: RandomState,
}

/// A place among the requests that are under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    concurrency: Arc<Concurrency>,
    address: u64,
}

/// Of which there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    OfAddress,
    InAll,
}

impl Concurrency {
    pub(super) fn new(settings: &config::Limits) -> Arc<Self> {
        let config::Concurrency { address, total, mode } = settings.concurrency;
        Arc::new(Self {
            most_of_address: address,
            most_in_all: total,
            mode: settings.effective_mode(mode),
            in_all: AtomicUsize::new(0),
            of_address: Mutex::default(),
            hasher: RandomState::new(),
        })
    }

    /// Takes a place, and says where it is one too many.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> (Permit, Option<TooMany>) {
        let address = self.hasher.hash_one(keys::address(address));
        let in_all = self.in_all.fetch_add(1, Ordering::Relaxed) + 1;
        let of_address = {
            let mut addresses = self.addresses();
            let count = addresses.entry(address).or_default();
            *count += 1;
            *count
        };
        let too_many = if of_address > self.most_of_address {
            Some(TooMany::OfAddress)
        } else {
            (in_all > self.most_in_all).then_some(TooMany::InAll)
        };
        (Permit { concurrency: Arc::clone(self), address }, too_many)
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<u64, usize>> {
        self.of_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.concurrency.in_all.fetch_sub(1, Ordering::Relaxed);
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
    fn counts_each_address_and_all_of_them_and_forgets_whoever_is_gone() {
        let concurrency = Arc::new(Concurrency {
            most_of_address: 2,
            most_in_all: 3,
            mode: LimitsMode::Enforce,
            in_all: AtomicUsize::new(0),
            of_address: Mutex::default(),
            hasher: RandomState::new(),
        });
        let (ada, grace) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));

        let entered = [ada, ada, ada, grace, grace].map(|address| concurrency.enter(address));

        let told = entered.each_ref().map(|(_, too_many)| *too_many);
        let all = Some(TooMany::InAll);
        assert_eq!(told, [None, None, Some(TooMany::OfAddress), all, all]);
        drop(entered);
        assert_eq!(concurrency.enter(ada).1, None);
        assert!(concurrency.addresses().is_empty());
    }
}
