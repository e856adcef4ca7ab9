//! The limits on connections, on bodies that the service reads, and on requests in progress, in
//! this process.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    excess::{Exceeded, Owner, Reason, count_excess},
    keys,
};
use crate::{config::LimitsMode, metrics::Metrics};

/// A counter of the places that clients hold. An address uses memory only while it has a place.
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: ConcurrencyLimit,
    mode: LimitsMode,
    metrics: Metrics,
    in_total: AtomicUsize,
    of_address: Mutex<HashMap<u64, usize>>,
    hasher: RandomState,
}

/// The largest numbers of places, each with the name of the limit.
#[derive(Debug)]
pub(super) struct ConcurrencyLimit {
    pub(super) address: (&'static str, usize),
    pub(super) total: (&'static str, usize),
}

/// A place that a client holds. The drop of this value frees the place.
#[derive(Debug)]
pub struct Permit(Option<(Arc<Concurrency>, u64)>);

impl Concurrency {
    pub(super) fn new(limit: ConcurrencyLimit, mode: LimitsMode, metrics: Metrics) -> Arc<Self> {
        if mode != LimitsMode::Off {
            for name in [limit.address.0, limit.total.0] {
                metrics.expect_limit(name, mode == LimitsMode::Enforce);
            }
        }
        Arc::new(Self {
            limit,
            mode,
            metrics,
            in_total: AtomicUsize::new(0),
            of_address: Mutex::default(),
            hasher: RandomState::new(),
        })
    }

    /// Takes a place for the client with this address.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Permit, Reason> {
        if self.mode == LimitsMode::Off {
            return Ok(Permit(None));
        }
        let address = self.hasher.hash_one(keys::client(address));
        let in_total = self.in_total.fetch_add(1, Ordering::Relaxed) + 1;
        let of_address = {
            let mut addresses = self.addresses();
            let count = addresses.entry(address).or_default();
            *count += 1;
            *count
        };
        let permit = Permit(Some((Arc::clone(self), address)));
        let (name, reason) = if of_address > self.limit.address.1 {
            let retry_after = Duration::from_secs(1);
            (
                self.limit.address.0,
                Reason::OverLimit(Exceeded { retry_after, owner: Owner::Client }),
            )
        } else if in_total > self.limit.total.1 {
            (self.limit.total.0, Reason::Busy)
        } else {
            return Ok(permit);
        };
        count_excess(&self.metrics, name, self.mode);
        if self.mode == LimitsMode::Enforce { Err(reason) } else { Ok(permit) }
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<u64, usize>> {
        self.of_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some((concurrency, address)) = &self.0 else { return };
        concurrency.in_total.fetch_sub(1, Ordering::Relaxed);
        let mut addresses = concurrency.addresses();
        if let Some(count) = addresses.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_address_and_the_total_and_frees_places() {
        let limit = ConcurrencyLimit { address: ("address", 2), total: ("total", 3) };
        let concurrency = Concurrency::new(limit, LimitsMode::Enforce, Metrics::default());
        let (ada, grace) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));

        let entered = [ada, ada, ada, grace, grace].map(|address| concurrency.enter(address));

        let rejected = entered.each_ref().map(|entered| entered.as_ref().err().copied());
        let of_address = Reason::OverLimit(Exceeded {
            retry_after: Duration::from_secs(1),
            owner: Owner::Client,
        });
        assert_eq!(rejected, [None, None, Some(of_address), None, Some(Reason::Busy)]);
        drop(entered);
        assert!(concurrency.enter(ada).is_ok());
        assert!(concurrency.addresses().is_empty());
    }
}
