//! Quantised response times for conceal mode.
//!
//! Cognito rejects a sign-up for an existing account faster than it creates an account and sends a
//! code. The response time would reveal the difference.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::config::{self, ExistingAccounts};

/// The delay of responses after a call to Cognito.
#[derive(Clone, Copy, Debug)]
pub struct ResponseDelay {
    interval: Duration,
}

impl ResponseDelay {
    /// Creates the delay from the settings. In reveal mode, there is no delay.
    #[must_use]
    pub fn new(registration: &config::Registration) -> Self {
        let interval = match registration.existing_accounts {
            ExistingAccounts::Conceal => registration.conceal_response_interval,
            ExistingAccounts::Reveal => Duration::ZERO,
        };
        Self { interval }
    }

    /// Waits until a whole number of intervals has passed since the last try of a call.
    ///
    /// The time before the last try does not count, because this time does not depend on an
    /// account. Does not wait if the service made no call.
    pub(super) async fn wait(self, sent_at: Option<Instant>) {
        let Some(sent_at) = sent_at else { return };
        let remaining = remaining(self.interval, sent_at.elapsed());
        if !remaining.is_zero() {
            sleep_until((Instant::now() + remaining).into()).await;
        }
    }
}

/// Returns the time until the next whole number of intervals.
fn remaining(interval: Duration, elapsed: Duration) -> Duration {
    if interval.is_zero() {
        return Duration::ZERO;
    }
    let over = elapsed.as_nanos() % interval.as_nanos();
    if over == 0 && !elapsed.is_zero() {
        return Duration::ZERO;
    }
    interval.saturating_sub(Duration::from_nanos(u64::try_from(over).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_the_next_whole_interval() {
        for (interval, elapsed, expected) in [
            (0, 700, 0),
            (2_000, 0, 2_000),
            (2_000, 1, 1_999),
            (2_000, 1_999, 1),
            (2_000, 2_000, 0),
            (2_000, 2_001, 1_999),
            (2_000, 5_500, 500),
        ] {
            assert_eq!(
                remaining(Duration::from_millis(interval), Duration::from_millis(elapsed)),
                Duration::from_millis(expected),
                "{elapsed} of {interval}"
            );
        }
    }
}
