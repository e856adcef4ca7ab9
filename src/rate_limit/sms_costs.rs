//! The cost of an SMS by calling code. The fewer codes users confirm, the more tokens a code costs
//! in the budget of its calling code. The higher cost limits SMS pumping.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use crate::{config::SmsConversion, metrics::Metrics};

/// The numbers of sent and of confirmed codes of one calling code in the last hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionSample {
    /// The calling code, such as 44.
    pub calling_code: u16,
    /// The number of sent codes that are older than `grace`.
    pub sent: u64,
    /// The number of confirmed codes.
    pub confirmed: u64,
}

/// The costs by calling code. A calling code without an entry costs one token.
pub(super) struct SmsCosts {
    settings: SmsConversion,
    multipliers: RwLock<BTreeMap<u16, u32>>,
    metrics: Metrics,
}

impl SmsCosts {
    pub(super) fn new(settings: SmsConversion, metrics: Metrics) -> Self {
        Self { settings, multipliers: RwLock::default(), metrics }
    }

    /// Returns the age from which an unconfirmed code counts. Returns `None` if no budget ever
    /// shrinks.
    pub(super) fn grace(&self) -> Option<Duration> {
        (self.settings.target_rate > 0.0).then_some(self.settings.grace)
    }

    /// Returns the number of tokens that a code to this calling code costs.
    pub(super) fn multiplier(&self, calling_code: u16) -> u32 {
        let multipliers = self.multipliers.read().unwrap_or_else(PoisonError::into_inner);
        multipliers.get(&calling_code).copied().unwrap_or(1)
    }

    /// Replaces all costs. A calling code without a sample costs one token.
    pub(super) fn update(&self, samples: &[ConversionSample]) {
        let raised: BTreeMap<u16, u32> = samples
            .iter()
            .map(|sample| (sample.calling_code, sms_cost_multiplier(self.settings, sample)))
            .filter(|(_, multiplier)| *multiplier > 1)
            .collect();
        let mut multipliers = self.multipliers.write().unwrap_or_else(PoisonError::into_inner);
        for (calling_code, multiplier) in &raised {
            self.metrics.sms_cost_multiplier(*calling_code, *multiplier);
            if !multipliers.contains_key(calling_code) {
                tracing::warn!(
                    calling_code,
                    multiplier,
                    "budget of a calling code reduced, because users confirm few codes"
                );
            }
        }
        for calling_code in multipliers.keys().filter(|code| !raised.contains_key(code)) {
            self.metrics.sms_cost_multiplier(*calling_code, 1);
            tracing::warn!(calling_code, "full budget of a calling code restored");
        }
        *multipliers = raised;
    }
}

/// Returns the inverse of the remaining part of the budget, rounded up.
#[expect(clippy::cast_precision_loss, reason = "an hour has fewer than 2^52 codes")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is from 1 to 1000, because min_budget_fraction is at least 0.001"
)]
fn sms_cost_multiplier(settings: SmsConversion, sample: &ConversionSample) -> u32 {
    if settings.target_rate <= 0.0 || sample.sent < u64::from(settings.min_samples) {
        return 1;
    }
    let ratio = sample.confirmed as f64 / sample.sent.max(1) as f64;
    let factor =
        (ratio / settings.target_rate).clamp(settings.min_budget_fraction.clamp(0.001, 1.0), 1.0);
    (1.0 / factor).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Format;

    const SETTINGS: SmsConversion = SmsConversion {
        min_samples: 20,
        target_rate: 0.3,
        min_budget_fraction: 0.05,
        grace: Duration::from_mins(3),
    };

    #[test]
    fn a_code_costs_more_if_users_confirm_fewer_codes() {
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
            let sample = ConversionSample { calling_code: 44, sent, confirmed };

            assert_eq!(sms_cost_multiplier(SETTINGS, &sample), expected, "{confirmed} of {sent}");
        }
        let never = SmsConversion { target_rate: 0.0, ..SETTINGS };
        let sample = ConversionSample { calling_code: 44, sent: 1000, confirmed: 0 };
        assert_eq!(sms_cost_multiplier(never, &sample), 1);
    }

    #[test]
    fn updates_each_calling_code_by_itself_and_lets_it_recover() {
        let metrics = Metrics::default();
        let costs = SmsCosts::new(SETTINGS, metrics.clone());
        let sample =
            |calling_code, confirmed| ConversionSample { calling_code, sent: 100, confirmed };
        let gauge =
            |cost: u32| format!("vestibule_sms_cost_multiplier{{calling_code=\"44\"}} {cost}");

        costs.update(&[sample(44, 0), sample(49, 80)]);
        assert_eq!([44, 49, 1].map(|code| costs.multiplier(code)), [20, 1, 1]);
        assert!(
            metrics.text(Format::Prometheus).contains(&gauge(20)),
            "{}",
            metrics.text(Format::Prometheus)
        );
        costs.update(&[sample(44, 10), sample(49, 80)]);
        assert_eq!(costs.multiplier(44), 3);
        costs.update(&[]);

        assert_eq!(costs.multiplier(44), 1);
        assert!(
            metrics.text(Format::Prometheus).contains(&gauge(1)),
            "{}",
            metrics.text(Format::Prometheus)
        );
        assert!(
            !metrics.text(Format::Prometheus).contains("calling_code=\"49\""),
            "the budget never shrank"
        );
    }
}
