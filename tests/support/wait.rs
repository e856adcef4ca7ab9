//! The waits of all tests: each is for a condition and bounded by time. Nothing else in `tests/`
//! sleeps; `tests/architecture` holds that.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};

/// Longer than any condition takes on a slow and busy machine. A wait ends when its condition
/// holds, so that only a test that fails takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The pause between two looks, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

/// Time after which what has not ended is taken to wait for something.
const A_WHILE: Duration = Duration::from_millis(300);

/// Looks until the condition holds, and returns what was seen then.
///
/// # Panics
/// If the condition does not hold within [`PATIENCE`]. The message has what was seen last.
pub(crate) async fn until<T: Debug>(
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    mut holds: impl FnMut(&T) -> bool,
) -> T {
    let look = async || {
        let seen = look().await;
        if holds(&seen) { Ok(seen) } else { Err(seen) }
    };
    until_found(what, look).await
}

/// Looks until something is found, and returns it; an error is what was seen instead.
///
/// # Panics
/// If nothing is found within [`PATIENCE`]. The message has the last error.
pub(crate) async fn until_found<T, E: Debug>(
    what: &str,
    look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    until_found_within(PATIENCE, what, look).await
}

/// The same with another bound.
pub(crate) async fn until_found_within<T, E: Debug>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let started = Instant::now();
    let mut last = None;
    let mut pause = PAUSES.0;
    loop {
        let left = patience.saturating_sub(started.elapsed());
        // A look may take its time, too.
        match timeout(left, look()).await {
            Ok(Ok(found)) => return found,
            Ok(Err(seen)) => last = Some(seen),
            Err(_) => {}
        }
        assert!(
            started.elapsed() < patience,
            "not within {patience:?}: {what}. Seen last: {last:#?}"
        );
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Lets a time pass that the service promised, such as `Retry-After`, or that is itself what a
/// test is about. It is no wait for something that happens in the meantime.
pub(crate) async fn let_pass(time: Duration) {
    sleep(time).await;
}

/// Returns whether something has not ended after a while. A slow machine cannot make this
/// `false`.
pub(crate) async fn still_waits(what: impl Future) -> bool {
    timeout(A_WHILE, what).await.is_err()
}
