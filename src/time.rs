use std::time::Duration;

/// Returns whole seconds, rounded up. A client that waits for this time is never too early.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
