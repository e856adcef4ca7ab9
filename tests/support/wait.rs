//! The waits of all tests. Each waits for a condition, up to a time limit. `tests/architecture`
//! rejects every other sleep in `tests/`.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};

/// Time limit of a wait, longer than any condition takes on a slow machine. A wait ends when its
/// condition holds. Only a failing test takes this long.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

/// The first and the longest pause between two checks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

/// Time after which a pending future counts as blocked.
const BLOCKED_AFTER: Duration = Duration::from_millis(300);

/// Calls `look` until `holds` accepts its result, and returns that result.
///
/// # Panics
/// Panics if the condition does not hold within [`TIMEOUT`]. The message contains the last result.
pub(crate) async fn until<T: Debug>(
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    mut holds: impl FnMut(&T) -> bool,
) -> T {
    let look = async || {
        let result = look().await;
        if holds(&result) { Ok(result) } else { Err(result) }
    };
    until_found(what, look).await
}

/// Calls `look` until it returns `Ok`, and returns that value.
///
/// # Panics
/// Panics if `look` does not return `Ok` within [`TIMEOUT`]. The message contains the last error.
pub(crate) async fn until_found<T, E: Debug>(
    what: &str,
    look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    until_found_within(TIMEOUT, what, look).await
}

/// Does the same as [`until_found`] with another time limit.
pub(crate) async fn until_found_within<T, E: Debug>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let started = Instant::now();
    let mut last = None;
    let mut pause = PAUSES.0;
    loop {
        let remaining = limit.saturating_sub(started.elapsed());
        // The remaining time also limits `look` itself.
        match timeout(remaining, look()).await {
            Ok(Ok(found)) => return found,
            Ok(Err(result)) => last = Some(result),
            Err(_) => {}
        }
        assert!(
            started.elapsed() < limit,
            "timed out after {limit:?}: {what}. Last result: {last:#?}"
        );
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Waits for a fixed time that is itself under test, such as that of `Retry-After`. To wait for an
/// event, use [`until`].
pub(crate) async fn delay_for(time: Duration) {
    sleep(time).await;
}

/// Returns `true` if the future is still pending after [`BLOCKED_AFTER`]. A slow machine cannot
/// make this `false`.
pub(crate) async fn stays_pending(what: impl Future) -> bool {
    timeout(BLOCKED_AFTER, what).await.is_err()
}
