use std::time::Duration;

use serde::Deserialize;

use crate::config::deserialize::set;

/// The lists of email domains.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailDomains {
    pub allow: Vec<String>,
    #[serde(deserialize_with = "set")]
    pub allow_file: Option<String>,
    pub block: Vec<String>,
    #[serde(deserialize_with = "set")]
    pub block_file: Option<String>,
    pub disposable: DomainCheck,
    #[serde(deserialize_with = "set")]
    pub disposable_file: Option<String>,
    pub misspelled: DomainCheck,
    pub exempt: Vec<String>,
    #[serde(with = "humantime_serde")]
    pub reload_interval: Duration,
}

/// The effect of a list on an address whose domain is in it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DomainCheck {
    Off,
    Reject,
}
