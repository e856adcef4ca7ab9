//! How long one request waits for the store in all.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// What is left of it.
#[derive(Debug)]
pub(super) struct Patience(Cell<Duration>);

impl Patience {
    pub(super) fn new(all: Duration) -> Self {
        Self(Cell::new(all))
    }

    /// All of it for one more step, unless it was used up: who has waited in vain waits no more.
    pub(super) fn renew(&self, all: Duration) {
        if !self.0.get().is_zero() {
            self.0.set(all);
        }
    }

    /// Asks the store, which is told how long that may take.
    pub(super) async fn spend<T>(&self, ask: impl AsyncFnOnce(Duration) -> T) -> T {
        let started = Instant::now();
        let answer = ask(self.0.get()).await;
        self.0.set(self.0.get().saturating_sub(started.elapsed()));
        answer
    }
}
