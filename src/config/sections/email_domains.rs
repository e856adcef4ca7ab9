//! The section `[registration.email_domains]`; what a setting means stands in
//! `config/default.toml`.

use std::time::Duration;

use serde::Deserialize;

use crate::config::deserialize::set;

/// Whose mail is taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
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

/// What becomes of an address whose domain is found.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DomainCheck {
    /// Nothing: it is not looked for.
    Off,
    /// It is rejected.
    Reject,
}
