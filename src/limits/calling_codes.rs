//! What a code to the numbers of a calling code costs: the more of them are not confirmed, the
//! more, so that whoever has codes sent to numbers of his own gets ever fewer of them.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use crate::{config::Confirmed, metrics::Metrics};

/// What the codes of the last hour came to, for one calling code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Such as 44.
    pub calling_code: u16,
    /// How many were sent that are older than the grace.
    pub sent: u64,
    /// How many were confirmed.
    pub confirmed: u64,
}

/// The calling codes whose budget has shrunk.
#[derive(Debug)]
pub(super) struct CallingCodes {
    settings: Confirmed,
    costs: RwLock<BTreeMap<u16, u32>>,
    metrics: Metrics,
}

impl CallingCodes {
    pub(super) fn new(settings: Confirmed, metrics: Metrics) -> Self {
        Self { settings, costs: RwLock::default(), metrics }
    }

    /// How old a code is that counts where it was not confirmed; nothing where none counts.
    pub(super) fn grace(&self) -> Option<Duration> {
        (self.settings.healthy > 0.0).then_some(self.settings.grace)
    }

    /// How much of the budget a code costs.
    pub(super) fn cost(&self, calling_code: u16) -> u32 {
        let costs = self.costs.read().unwrap_or_else(PoisonError::into_inner);
        costs.get(&calling_code).copied().unwrap_or(1)
    }

    /// Judges all of them anew. Those that are not named had no codes.
    pub(super) fn judge(&self, counted: &[Counted]) {
        let judged = counted.iter().map(|one| (one, cost(self.settings, one)));
        let dear: BTreeMap<u16, u32> = judged
            .filter(|(_, cost)| *cost > 1)
            .map(|(one, cost)| (one.calling_code, cost))
            .collect();
        let mut costs = self.costs.write().unwrap_or_else(PoisonError::into_inner);
        for (code, cost) in &dear {
            self.metrics.calling_code_cost(*code, *cost);
            if !costs.contains_key(code) {
                tracing::warn!(
                    calling_code = code,
                    cost,
                    "few of the codes that are sent to this calling code are confirmed: its budget has shrunk"
                );
            }
        }
        for code in costs.keys().filter(|code| !dear.contains_key(code)) {
            self.metrics.calling_code_cost(*code, 1);
            tracing::warn!(calling_code = code, "the budget of this calling code is whole again");
        }
        *costs = dear;
    }
}

/// The inverse of what is left of the budget, rounded up.
#[expect(clippy::cast_precision_loss, reason = "there are not that many codes in an hour")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 1 to 1000, by the least floor"
)]
fn cost(settings: Confirmed, counted: &Counted) -> u32 {
    if settings.healthy <= 0.0 || counted.sent < u64::from(settings.judged_from) {
        return 1;
    }
    let ratio = counted.confirmed as f64 / counted.sent.max(1) as f64;
    let factor = (ratio / settings.healthy).clamp(settings.floor.clamp(0.001, 1.0), 1.0);
    (1.0 / factor).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Confirmed =
        Confirmed { judged_from: 20, healthy: 0.3, floor: 0.05, grace: Duration::from_mins(3) };

    #[test]
    fn a_code_costs_more_the_fewer_are_confirmed() {
        for (sent, confirmed, expected) in [
            (0, 0, 1),
            (19, 0, 1),
            (20, 0, 20),
            (20, 1, 6),
            (20, 3, 2),
            (20, 5, 2),
            (20, 6, 1),
            (20, 40, 1),
            (1000, 1, 20),
            (u64::MAX, 0, 20),
        ] {
            let counted = Counted { calling_code: 44, sent, confirmed };

            assert_eq!(cost(SETTINGS, &counted), expected, "{confirmed} of {sent}");
        }
        let never = Confirmed { healthy: 0.0, ..SETTINGS };
        assert_eq!(cost(never, &Counted { calling_code: 44, sent: 1000, confirmed: 0 }), 1);
    }

    #[test]
    fn judges_each_calling_code_by_itself_and_lets_it_recover() {
        let metrics = Metrics::default();
        let codes = CallingCodes::new(SETTINGS, metrics.clone());
        let counted = |calling_code, confirmed| Counted { calling_code, sent: 100, confirmed };
        let gauge =
            |cost: u32| format!("vestibule_calling_code_cost{{calling_code=\"44\"}} {cost}");

        codes.judge(&[counted(44, 0), counted(49, 80)]);
        assert_eq!((codes.cost(44), codes.cost(49), codes.cost(1)), (20, 1, 1));
        assert!(metrics.text().contains(&gauge(20)), "{}", metrics.text());
        codes.judge(&[counted(44, 10), counted(49, 80)]);
        assert_eq!(codes.cost(44), 3);
        codes.judge(&[]);

        assert_eq!(codes.cost(44), 1);
        assert!(metrics.text().contains(&gauge(1)), "{}", metrics.text());
        assert!(!metrics.text().contains("calling_code=\"49\""), "it never shrank");
    }
}
