//! The signs of life of the workers.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// Time after which a worker without a sign of life counts as blocked.
const BLOCKED_AFTER: Duration = Duration::from_secs(10);

/// The workers of a listener. Liveness asks them.
#[derive(Clone, Debug, Default)]
pub struct Workers(Arc<Mutex<Vec<Weak<Mutex<Instant>>>>>);

/// The last sign of life of one worker.
#[derive(Debug)]
pub(super) struct Beat(Arc<Mutex<Instant>>);

impl Workers {
    /// Returns `true` if no worker is blocked. A worker that ended is not asked: its listener
    /// starts another one.
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
