use serde::Deserialize;

use super::limits::mode::{LimitsMode, set_mode};

/// The phone numbers that may receive messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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
    Mobile,
    Any,
}
