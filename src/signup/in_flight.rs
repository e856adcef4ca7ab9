//! The requests and calls in progress. A graceful stop waits for them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// The number of requests and calls to Cognito in progress. A call may outlive its request.
#[derive(Debug, Default)]
pub struct InFlight {
    count: AtomicUsize,
    became_idle: Notify,
}

/// One request or call in progress. Dropping the guard decrements the count.
#[derive(Debug)]
pub struct InFlightGuard(Arc<InFlight>);

impl InFlight {
    /// Counts one more request or call.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> InFlightGuard {
        self.count.fetch_add(1, Ordering::SeqCst);
        InFlightGuard(Arc::clone(self))
    }

    /// Returns `true` if nothing is in progress.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    /// Waits until nothing is in progress.
    pub async fn wait_until_idle(&self) {
        loop {
            let became_idle = self.became_idle.notified();
            tokio::pin!(became_idle);
            became_idle.as_mut().enable();
            if self.is_idle() {
                return;
            }
            became_idle.await;
        }
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.became_idle.notify_waiters();
        }
    }
}
