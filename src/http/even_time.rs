//! In conceal mode answers go out at even times: the pool is quicker to refuse an account that
//! exists than to make a new one and send its code, and a stop-watch would tell the two apart.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::config::{self, ExistingAccounts};

/// When answers that a call was made for go out.
#[derive(Clone, Copy, Debug)]
pub struct EvenTime {
    step: Duration,
}

impl EvenTime {
    /// Even where accounts are concealed; at once where they are not.
    #[must_use]
    pub fn new(registration: &config::Registration) -> Self {
        let step = match registration.existing_accounts {
            ExistingAccounts::Conceal => registration.conceal_time,
            ExistingAccounts::Reveal => Duration::ZERO,
        };
        Self { step }
    }

    /// Waits until a whole number of steps has passed since a call was sent: how long it had to
    /// wait for its turn tells nothing of any account. Where none was sent, there is nothing to
    /// hide.
    pub(super) async fn wait(self, sent: Option<Instant>) {
        let Some(began) = sent else { return };
        let rest = rest_of_the_step(self.step, began.elapsed());
        if !rest.is_zero() {
            sleep_until((Instant::now() + rest).into()).await;
        }
    }
}

/// What is missing to the next whole number of steps.
fn rest_of_the_step(step: Duration, elapsed: Duration) -> Duration {
    if step.is_zero() {
        return Duration::ZERO;
    }
    let over = elapsed.as_nanos() % step.as_nanos();
    if over == 0 && !elapsed.is_zero() {
        return Duration::ZERO;
    }
    step.saturating_sub(Duration::from_nanos(u64::try_from(over).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_the_next_whole_step() {
        for (step, elapsed, rest) in [
            (0, 700, 0),
            (2_000, 0, 2_000),
            (2_000, 1, 1_999),
            (2_000, 1_999, 1),
            (2_000, 2_000, 0),
            (2_000, 2_001, 1_999),
            (2_000, 5_500, 500),
        ] {
            assert_eq!(
                rest_of_the_step(Duration::from_millis(step), Duration::from_millis(elapsed)),
                Duration::from_millis(rest),
                "{elapsed} of {step}"
            );
        }
    }
}
