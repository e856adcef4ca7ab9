use super::Examination;
use crate::{config::LimitsMode, doctor::FindingCode};

impl Examination<'_> {
    pub(super) fn call_budgets(&mut self) {
        let limits = &self.config.limits;
        let calls = limits.cognito;
        if limits.effective_mode(calls.mode) == LimitsMode::Off {
            return;
        }
        for (settings, quota, per_second) in calls.above_quota() {
            self.add(
                FindingCode::BudgetAboveQuota,
                format!("The budget of {settings} is {per_second} calls per second, but Cognito's quota {quota} is {} for all pools of the account. Under load, Cognito throttles this pool and the other pools.", calls.quota),
                "Lower the budget to the quota, or set limits.cognito.quota to the account's quota, which the command shows.",
                self.commands.show_quota(quota),
            );
        }
    }
}
