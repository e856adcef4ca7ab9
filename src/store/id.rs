//! Ids of rows: 64 bits in the order of time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bits of the counter below the milliseconds since 1970 (UTC).
pub(super) const COUNTER_BITS: u32 = 20;

/// Returns milliseconds since 1970 (UTC).
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    milliseconds(since)
}

pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX >> COUNTER_BITS)
}

/// Returns the lowest id of a time, in milliseconds since 1970 (UTC).
pub(super) fn first_at(time: i64) -> i64 {
    time.clamp(0, i64::MAX >> COUNTER_BITS) << COUNTER_BITS
}

/// Returns the time of an id, in milliseconds since 1970 (UTC).
pub(super) fn time(id: i64) -> i64 {
    id >> COUNTER_BITS
}
