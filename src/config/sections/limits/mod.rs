pub(in crate::config) mod mode;
pub(in crate::config) mod store;

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use self::{
    mode::{LimitsMode, set_mode},
    store::LimitsStore,
};
use super::sms::Sms;
use crate::config::deserialize::{set, set_secret};

/// The rate limits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub mode: LimitsMode,
    pub store: LimitsStore,
    #[serde(deserialize_with = "set_secret")]
    pub store_password: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub store_password_file: Option<String>,
    #[serde(with = "humantime_serde")]
    pub store_timeout: Duration,
    pub replicas: u32,
    pub connections_per_address: usize,
    pub connections_per_proxy: usize,
    pub address: Limit,
    pub network: Limit,
    pub register: Limit,
    pub confirm: Limit,
    pub resend: Limit,
    pub pages: Limit,
    pub sign_ups_per_recipient: Limit,
    pub message_cooldown: Limit,
    pub messages_per_recipient: Limit,
    pub calling_code: Limit,
    pub unknown_names: Limit,
    pub confirm_per_username: Limit,
    pub sms_conversion: SmsConversion,
    pub sms: Sms,
    pub concurrency: Concurrency,
    pub cognito: CallLimit,
}

/// The budget of one rule.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub burst: u32,
    #[serde(with = "humantime_serde")]
    pub refill: Duration,
    #[serde(deserialize_with = "set_mode")]
    pub mode: Option<LimitsMode>,
}

/// The conditions under which the budget of a calling code shrinks.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConversion {
    pub min_samples: u32,
    pub target_rate: f64,
    pub min_budget_fraction: f64,
    #[serde(with = "humantime_serde")]
    pub grace: Duration,
}

/// The numbers of requests that may be in progress.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    pub address: usize,
    pub bodies: usize,
    pub total: usize,
    #[serde(deserialize_with = "set_mode")]
    pub mode: Option<LimitsMode>,
}

/// The budgets for calls to Cognito.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallLimit {
    pub register: u32,
    pub confirm: u32,
    pub resend: u32,
    pub queue: u32,
    pub quota: u32,
    #[serde(deserialize_with = "set_mode")]
    pub mode: Option<LimitsMode>,
}

impl Limits {
    /// Returns the mode of a limit: its own mode if it has one, otherwise the mode of all limits.
    /// If the mode of all limits is `off`, every limit is off.
    #[must_use]
    pub fn effective_mode(&self, own: Option<LimitsMode>) -> LimitsMode {
        match self.mode {
            LimitsMode::Off => LimitsMode::Off,
            mode => own.unwrap_or(mode),
        }
    }

    /// Returns the mode of the form rule for phone numbers.
    #[must_use]
    pub fn sms_mode(&self) -> LimitsMode {
        self.effective_mode(self.sms.mode)
    }

    /// Returns `true` if the service rejects every phone number.
    pub(in crate::config) fn rejects_every_number(&self) -> bool {
        self.sms_mode() == LimitsMode::Enforce && self.sms.allow.is_empty()
    }

    /// Returns every rule with its name.
    #[must_use]
    pub fn rules(&self) -> [(&'static str, Limit); 12] {
        [
            ("address", self.address),
            ("network", self.network),
            ("register", self.register),
            ("confirm", self.confirm),
            ("resend", self.resend),
            ("pages", self.pages),
            ("sign_ups_per_recipient", self.sign_ups_per_recipient),
            ("message_cooldown", self.message_cooldown),
            ("messages_per_recipient", self.messages_per_recipient),
            ("calling_code", self.calling_code),
            ("unknown_names", self.unknown_names),
            ("confirm_per_username", self.confirm_per_username),
        ]
    }
}

impl CallLimit {
    /// Returns the budgets that exceed Cognito's quota, each as its settings, the quota's name and
    /// its calls per second.
    #[must_use]
    pub fn above_quota(self) -> Vec<(&'static str, &'static str, u32)> {
        let users = self.register.saturating_add(self.confirm);
        let together = "limits.cognito.register and limits.cognito.confirm together";
        let budgets = [
            (together, "UserCreation", users),
            ("limits.cognito.resend", "UserResourceRead", self.resend),
        ];
        budgets.into_iter().filter(|(_, _, calls)| *calls > self.quota).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn a_limit_has_its_own_mode_unless_all_limits_are_off() {
        use LimitsMode::{Enforce, Observe, Off};
        let config = Config::load(Sources { sandbox: true, ..Sources::default() });
        let mut limits = config.unwrap_or_else(|error| panic!("{error}")).limits;
        for (all, own, expected) in [
            (Enforce, None, Enforce),
            (Enforce, Some(Observe), Observe),
            (Enforce, Some(Off), Off),
            (Observe, None, Observe),
            (Observe, Some(Enforce), Enforce),
            (Off, None, Off),
            (Off, Some(Enforce), Off),
        ] {
            limits.mode = all;

            assert_eq!(limits.effective_mode(own), expected, "{all:?}, {own:?}");
        }
    }
}
