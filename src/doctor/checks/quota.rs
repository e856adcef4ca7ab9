//! The budgets for calls to Cognito, and what Cognito takes.

use super::Checkup;
use crate::{config::LimitsMode, doctor::Code};

impl Checkup<'_> {
    pub(super) fn call_budgets(&mut self) {
        let limits = &self.config.limits;
        let calls = limits.cognito;
        if limits.effective_mode(calls.mode) == LimitsMode::Off {
            return;
        }
        for (settings, quota, a_second) in calls.above_quota() {
            self.find(
                Code::BudgetAboveQuota,
                format!("{settings} let {a_second} calls through in a second, and Cognito's quota {quota} is {}, for all pools of the account: under load people are refused by Cognito, those of other pools among them.", calls.quota),
                "Lower them below the quota, or say in limits.cognito.quota what the account may do: the line shows it.",
                self.commands.show_quota(quota),
            );
        }
    }
}
