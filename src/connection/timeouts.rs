//! The deadlines of a connection.

use std::time::Duration;

/// The interval of the clock. The clock notices a passed deadline within two intervals.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// The deadlines of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Time for a head, from its first byte or from the start of the connection.
    pub head: Duration,
    /// Time for a write, in addition to the time that the minimum rate allows.
    pub write: Duration,
    /// Time until the next head after a response.
    pub keep_alive: Duration,
}

/// The deadlines of a connection in ticks.
#[derive(Debug)]
pub(super) struct Ticks {
    pub(super) head: u32,
    pub(super) write: u32,
    pub(super) keep_alive: u32,
    /// `keep_alive` for clients. Near the maximum of connections, this time is `head`.
    pub(super) idle: u32,
}

impl Ticks {
    pub(super) fn new(timeouts: Timeouts) -> Self {
        let keep_alive = ticks(timeouts.keep_alive);
        let (head, write) = (ticks(timeouts.head), ticks(timeouts.write));
        Self { head, write, keep_alive, idle: keep_alive }
    }
}

fn ticks(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u32::MAX)
}
