//! The rules, and token requests to their budgets.

use std::time::Duration;

use super::excess::Owner;
use crate::config::{self, Limit, LimitsMode};

/// A rule by its place in [`Rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleId {
    Address,
    Network,
    Register,
    Confirm,
    Resend,
    Pages,
    SignUpsPerRecipient,
    MessageCooldown,
    MessagesPerRecipient,
    /// The rule `MessagesPerRecipient` for the sign-ups of one network with one user name.
    MessagesPerNetwork,
    Resends,
    CallingCode,
    UnknownNames,
    ConfirmPerUsername,
    Proof,
}

impl RuleId {
    /// Returns the owner of a rule's budgets. A request for a message names the recipient instead.
    fn owner(self) -> Owner {
        match self {
            Self::Network | Self::CallingCode | Self::UnknownNames => Owner::ManyClients,
            Self::ConfirmPerUsername => Owner::Username,
            _ => Owner::Client,
        }
    }
}

/// All rules, including the rules that are off.
#[derive(Debug)]
pub(super) struct Rules([Rule; 15]);

/// The size and refill of a budget, and the effect of an exceeded budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) id: RuleId,
    /// The name in headers, metrics and logs. Most rules have the name of a setting.
    pub(super) name: &'static str,
    /// The number of tokens of a full budget.
    pub(super) burst: u32,
    /// The time in which a budget regains one token.
    pub(super) refill: Duration,
    pub(super) mode: LimitsMode,
    /// The maximum number of budgets in the memory of a process.
    pub(super) capacity: usize,
}

#[derive(Clone, Debug)]
pub(super) struct TokenRequest {
    pub(super) rule: Rule,
    pub(super) key: Key,
    /// The number of tokens. The store takes at most as many as a full budget has.
    pub(super) tokens: u32,
    /// `true` if the service rejects the HTTP request for lack of tokens.
    pub(super) rejects: bool,
    pub(super) owner: Owner,
}

#[derive(Clone, Debug, Hash, PartialEq)]
pub(super) enum Key {
    Address(u128),
    Text(String),
}

/// The store's decision on a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Enough tokens were left. The numbers are the state after the take, in the store that
    /// decided. This store may hold only a share of the budget.
    Within { left: u32, used: u32 },
    /// Too few tokens are left until this time has passed.
    Over(Duration),
}

impl Decision {
    pub(super) fn is_within(&self) -> bool {
        matches!(self, Self::Within { .. })
    }
}

impl Rules {
    /// Creates the rules. `proof_lifetime` is the time for which the service remembers a used proof
    /// of a bot check.
    pub(super) fn new(settings: &config::Limits, proof_lifetime: Option<Duration>) -> Self {
        let rule = |id, name, limit: Limit, capacity| Rule {
            id,
            name,
            burst: limit.burst.max(1),
            refill: limit.refill,
            mode: settings.effective_mode(limit.mode),
            capacity,
        };
        // The rules are in the order of `RuleId`. A budget takes 16 bytes. The full tables take
        // 68 MiB, and the table of proofs takes 8 MiB more.
        Self([
            rule(RuleId::Address, "address", settings.address, 1 << 20),
            rule(RuleId::Network, "network", settings.network, 1 << 19),
            rule(RuleId::Register, "register", settings.register, 1 << 18),
            rule(RuleId::Confirm, "confirm", settings.confirm, 1 << 18),
            rule(RuleId::Resend, "resend", settings.resend, 1 << 18),
            rule(RuleId::Pages, "pages", settings.pages, 1 << 18),
            rule(
                RuleId::SignUpsPerRecipient,
                "sign_ups_per_recipient",
                settings.sign_ups_per_recipient,
                1 << 19,
            ),
            rule(RuleId::MessageCooldown, "message_cooldown", settings.message_cooldown, 1 << 18),
            rule(
                RuleId::MessagesPerRecipient,
                "messages_per_recipient",
                settings.messages_per_recipient,
                1 << 18,
            ),
            rule(
                RuleId::MessagesPerNetwork,
                "messages_per_recipient",
                settings.messages_per_recipient,
                1 << 18,
            ),
            // Resends leave one message for a sign-up.
            rule(RuleId::Resends, "resends", one_less(settings.messages_per_recipient), 1 << 18),
            rule(RuleId::CallingCode, "calling_code", settings.calling_code, 1 << 10),
            rule(RuleId::UnknownNames, "unknown_names", settings.unknown_names, 1),
            rule(
                RuleId::ConfirmPerUsername,
                "confirm_per_username",
                settings.confirm_per_username,
                1 << 18,
            ),
            proof(proof_lifetime),
        ])
    }

    pub(super) fn get(&self, id: RuleId) -> Rule {
        self.0[id as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    pub(super) fn has_proofs(&self) -> bool {
        self.get(RuleId::Proof).is_enforced()
    }

    pub(super) fn is_on(&self, id: RuleId) -> bool {
        self.get(id).mode != LimitsMode::Off
    }

    /// Returns a token request for one token. Returns `None` if the rule is off.
    pub(super) fn request(&self, id: RuleId, key: Key) -> Option<TokenRequest> {
        let rule = self.get(id);
        let rejects = rule.is_enforced();
        self.is_on(id).then_some(TokenRequest { rule, key, tokens: 1, rejects, owner: id.owner() })
    }
}

fn one_less(limit: Limit) -> Limit {
    Limit { burst: limit.burst.saturating_sub(1), ..limit }
}

/// Returns the rule that allows one request for each proof. `limits.mode` does not apply to this
/// rule.
fn proof(lifetime: Option<Duration>) -> Rule {
    Rule {
        id: RuleId::Proof,
        name: "proof",
        burst: 1,
        refill: lifetime.unwrap_or(Duration::from_secs(1)),
        mode: if lifetime.is_some() { LimitsMode::Enforce } else { LimitsMode::Off },
        capacity: 1 << 19,
    }
}

impl Rule {
    /// Returns the time in which a budget regains the tokens of one token request.
    pub(super) fn refill_of(&self, tokens: u32) -> Duration {
        self.refill.saturating_mul(tokens.clamp(1, self.burst))
    }

    /// Returns the largest number of tokens of one token request.
    pub(super) fn max_tokens(&self) -> u32 {
        if self.id == RuleId::CallingCode { self.burst } else { 1 }
    }

    pub(super) fn is_enforced(&self) -> bool {
        self.mode == LimitsMode::Enforce
    }

    pub(super) fn share(mut self, replicas: u32) -> Self {
        self.burst = (self.burst / replicas.max(1)).max(1);
        self.refill = self.refill.saturating_mul(replicas.max(1));
        self
    }
}
