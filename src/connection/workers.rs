//! The heartbeats of the workers.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// Time after which a worker without a heartbeat counts as blocked.
const BLOCKED_AFTER: Duration = Duration::from_secs(10);

/// The workers of a listener, for the liveness check.
#[derive(Clone, Debug, Default)]
pub struct Workers(Arc<Mutex<Vec<Weak<Mutex<Instant>>>>>);

/// The last heartbeat of one worker.
#[derive(Debug)]
pub(super) struct Beat(Arc<Mutex<Instant>>);

impl Workers {
    /// Returns `true` if no worker is blocked. Ignores a worker that ended, because its listener
    /// starts another worker.
    #[must_use]
    pub fn are_live(&self) -> bool {
        let mut beats = lock(&self.0);
        beats.retain(|beat| beat.strong_count() > 0);
        beats.iter().filter_map(Weak::upgrade).all(|beat| lock(&beat).elapsed() < BLOCKED_AFTER)
    }

    pub(super) fn add(&self, beat: &Beat) {
        lock(&self.0).push(Arc::downgrade(&beat.0));
    }
}

impl Beat {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(super) fn now(&self) {
        *lock(&self.0) = Instant::now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
