//! The result of the limits that apply before the service reads the body of a request.

use std::time::Duration;

use super::{
    concurrency::Permit,
    excess::Reason,
    rule::{Decision, RuleId, TokenRequest},
};

/// A request that passed the limits. The drop of this value frees the request's place among the
/// requests in progress.
#[derive(Debug)]
pub struct Admission {
    /// The enforced budgets, for the `RateLimit` headers.
    pub budgets: Vec<Budget>,
    /// The used parts of the budgets, including the budgets that the service only observes.
    pub used: Used,
    permit: Option<Permit>,
}

/// The used parts of a client's budgets, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Used part of the address's budget for sign-ups.
    pub register: u32,
    /// Used part of the network's budget for forms and challenges.
    pub network: u32,
}

/// One budget, as the `RateLimit` header describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The rule's name.
    pub name: &'static str,
    /// The number of tokens of a full budget.
    pub quota: u32,
    /// The time in which an empty budget becomes full.
    pub window: Duration,
    /// The number of tokens left.
    pub remaining: u32,
    /// The time until the budget is full.
    pub reset: Duration,
}

/// A request that exceeded a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The enforced budgets, for the `RateLimit` headers.
    pub budgets: Vec<Budget>,
    /// The reason for the rejection.
    pub reason: Reason,
}

impl Admission {
    pub(super) fn new(budgets: Vec<Budget>, used: Used) -> Self {
        Self { budgets, used, permit: None }
    }

    /// Holds a place among the requests in progress until the drop of this value.
    pub fn hold(&mut self, permit: Permit) {
        self.permit = Some(permit);
    }
}

impl Used {
    pub(super) fn new(requests: &[TokenRequest], decisions: &[Decision]) -> Self {
        let mut all = Self::default();
        for (request, decision) in requests.iter().zip(decisions) {
            let count = match *decision {
                Decision::Within { used, .. } => used,
                Decision::Over(_) => u32::MAX,
            };
            match request.rule.id {
                RuleId::Register => all.register = count,
                RuleId::Network => all.network = count,
                _ => {}
            }
        }
        all
    }
}

impl Budget {
    pub(super) fn new(request: &TokenRequest, decision: Decision) -> Self {
        let rule = request.rule;
        let (remaining, used) = match decision {
            Decision::Within { left, used } => (left, used),
            Decision::Over(_) => (0, rule.burst),
        };
        Self {
            name: rule.name,
            quota: rule.burst,
            window: rule.refill * rule.burst,
            remaining,
            reset: rule.refill * used,
        }
    }
}
