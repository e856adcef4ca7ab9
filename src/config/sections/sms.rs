//! `[limits.sms]`, which `config/default.toml` explains.

use serde::Deserialize;

use super::limits::mode::{LimitsMode, set_mode};

/// The phone numbers that may receive messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Sms {
    pub allow: Vec<String>,
    pub numbers: SmsNumbers,
    #[serde(deserialize_with = "set_mode")]
    pub mode: Option<LimitsMode>,
}

/// The kinds of phone numbers that may receive messages.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SmsNumbers {
    /// Numbers of mobile phones, as far as the number tells.
    Mobile,
    /// All numbers.
    Any,
}
