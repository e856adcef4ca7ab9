//! A cache of 429 responses per client address and route.
//!
//! The cache replays the response to a flood of rejected requests without a span, routing or the
//! rate limit store. Some requests per second pass through, because the log must show the flood.

use std::{
    cell::{Cell, RefCell},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use crate::{
    http::response::rate_limit_headers::RateLimitHeaders,
    rate_limit::{Exceeded, Owner, Route},
};

/// Time for which the service replays a cached rejection.
const TTL: Duration = Duration::from_secs(1);

/// Number of requests of cached clients that pass through per second and worker.
const PASS_THROUGH_PER_SECOND: u32 = 100;

/// Maximum number of cached rejections per worker. A new rejection may replace the rejection of
/// another client.
const SLOTS: usize = 512;

/// The network prefix of a client, and the route of its rejected request.
type Client = (u128, Route);

/// The recent rejections of one worker.
#[derive(Clone, Debug, Default)]
pub struct DenyCache {
    slots: RefCell<Vec<Option<Entry>>>,
    /// The start of the current second, and the number of requests of cached clients since then.
    passed: Cell<Option<(Instant, u32)>>,
    /// A hasher with a random key. A client therefore cannot choose the entry that it replaces.
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct Entry {
    client: Client,
    limit: &'static str,
    expires_at: Instant,
    allowed_at: Instant,
    owner: Owner,
    headers: RateLimitHeaders,
}

pub(super) struct Denied {
    pub(super) exceeded: Exceeded,
    pub(super) limit: &'static str,
    pub(super) headers: RateLimitHeaders,
}

impl DenyCache {
    pub(super) fn insert(
        &self,
        client: Client,
        limit: &'static str,
        exceeded: Exceeded,
        headers: &RateLimitHeaders,
    ) {
        let now = Instant::now();
        let entry = Entry {
            client,
            limit,
            expires_at: now + exceeded.retry_after.min(TTL),
            allowed_at: now + exceeded.retry_after,
            owner: exceeded.owner,
            headers: headers.clone(),
        };
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            slots.resize(SLOTS, None);
        }
        slots[self.slot(client)] = Some(entry);
    }

    /// Returns the rejection of a client, with the remaining time. Returns `None` if the cache has
    /// no rejection of the client, or if the rejection has expired.
    pub(super) fn get(&self, client: Client) -> Option<Denied> {
        let slots = self.slots.borrow();
        let entry = slots.get(self.slot(client))?.as_ref()?;
        let now = Instant::now();
        (entry.client == client && now < entry.expires_at).then(|| {
            let exceeded = Exceeded { retry_after: entry.allowed_at - now, owner: entry.owner };
            let headers = entry.headers.clone();
            Denied { exceeded, limit: entry.limit, headers }
        })
    }

    /// Counts a request, and returns `true` if it may pass through.
    pub(super) fn passes_through(&self) -> bool {
        let now = Instant::now();
        let (since, count) = match self.passed.get() {
            Some((since, count)) if now - since < Duration::from_secs(1) => (since, count),
            _ => (now, 0),
        };
        self.passed.set(Some((since, count.saturating_add(1))));
        count < PASS_THROUGH_PER_SECOND
    }

    fn slot(&self, client: Client) -> usize {
        let hash = self.hasher.hash_one(client);
        usize::try_from(hash % SLOTS as u64).unwrap_or_default()
    }
}
