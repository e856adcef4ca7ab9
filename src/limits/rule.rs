//! The rules in force, each with its budget, and what is drawn on them.

use std::time::Duration;

use crate::config::{self, Limit, LimitsMode};

/// A rule by its place in [`Rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Address,
    Network,
    Register,
    Confirm,
    Resend,
    Recipient,
    MessageInterval,
    Messages,
    Resends,
    CallingCode,
    ConfirmName,
    Proof,
}

/// All rules, those that are switched off among them.
#[derive(Debug)]
pub(super) struct Rules([Rule; 12]);

/// How many at once, how many come back, and what becomes of those beyond.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) which: Which,
    /// The setting, and the name in headers, metrics and logs.
    pub(super) name: &'static str,
    pub(super) burst: u32,
    pub(super) refill: Duration,
    pub(super) mode: LimitsMode,
    /// How many budgets a process keeps at most.
    pub(super) most_kept: usize,
}

/// What is taken from one budget of a rule.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    pub(super) rule: Rule,
    pub(super) key: Key,
    /// How many are taken; never more than there can be.
    pub(super) weight: u32,
    /// Whether the request ends where there is none.
    pub(super) refuses: bool,
}

/// Whose budget it is.
#[derive(Clone, Debug, Hash)]
pub(super) enum Key {
    Address(u128),
    Text(String),
}

/// What came of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    /// So many are left, and so many were taken, of what the store that judged it gives: a share
    /// of the budget gives less than the whole.
    Within { left: u32, used: u32 },
    /// None was left; one more is after this time.
    Over(Duration),
}

impl Drawn {
    /// Whether there was one to take.
    pub(super) fn is_within(&self) -> bool {
        matches!(self, Self::Within { .. })
    }
}

impl Rules {
    /// `remembers` is how long the proof of a bot check is known that was used.
    pub(super) fn new(settings: &config::Limits, remembers: Option<Duration>) -> Self {
        let rule = |which, name, limit: Limit, most_kept| Rule {
            which,
            name,
            burst: limit.burst.max(1),
            refill: limit.refill,
            mode: settings.effective_mode(limit.mode),
            most_kept,
        };
        // In the order of `Which`. At 16 bytes each they come to 60 MiB when all are full.
        Self([
            rule(Which::Address, "address", settings.address, 1 << 20),
            rule(Which::Network, "network", settings.network, 1 << 19),
            rule(Which::Register, "register", settings.register, 1 << 18),
            rule(Which::Confirm, "confirm", settings.confirm, 1 << 18),
            rule(Which::Resend, "resend", settings.resend, 1 << 18),
            rule(Which::Recipient, "recipient", settings.recipient, 1 << 19),
            rule(Which::MessageInterval, "message_interval", settings.message_interval, 1 << 18),
            rule(Which::Messages, "messages", settings.messages, 1 << 18),
            // One is left for a sign-up, whoever asks for codes.
            rule(Which::Resends, "resends", one_less(settings.messages), 1 << 18),
            rule(Which::CallingCode, "calling_code", settings.calling_code, 1 << 10),
            rule(Which::ConfirmName, "confirm_name", settings.confirm_name, 1 << 18),
            proof(remembers),
        ])
    }

    pub(super) fn get(&self, which: Which) -> Rule {
        self.0[which as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    /// A draw on a rule; nothing where that is switched off.
    pub(super) fn draw(&self, which: Which, key: Key) -> Option<Draw> {
        let rule = self.get(which);
        let refuses = rule.is_enforced();
        (rule.mode != LimitsMode::Off).then_some(Draw { rule, key, weight: 1, refuses })
    }
}

fn one_less(limit: Limit) -> Limit {
    Limit { burst: limit.burst.saturating_sub(1), ..limit }
}

/// A proof is good for one request. That is no limit that could be switched off.
fn proof(remembers: Option<Duration>) -> Rule {
    Rule {
        which: Which::Proof,
        name: "proof",
        burst: 1,
        refill: remembers.unwrap_or(Duration::from_secs(1)),
        mode: if remembers.is_some() { LimitsMode::Enforce } else { LimitsMode::Off },
        most_kept: 1 << 19,
    }
}

impl Rule {
    /// How long it takes until so many are back, which are never more than there can be.
    pub(super) fn time_of(&self, weight: u32) -> Duration {
        self.refill.saturating_mul(weight.clamp(1, self.burst))
    }

    /// How many are taken at once at most.
    pub(super) fn heaviest(&self) -> u32 {
        if self.which == Which::CallingCode { self.burst } else { 1 }
    }

    /// Whether a refusal by this rule is one.
    pub(super) fn is_enforced(&self) -> bool {
        self.mode == LimitsMode::Enforce
    }

    /// The part of one of so many replicas.
    pub(super) fn share(mut self, replicas: u32) -> Self {
        self.burst = (self.burst / replicas.max(1)).max(1);
        self.refill = self.refill.saturating_mul(replicas.max(1));
        self
    }
}
