//! The sections `[registration.password_strength]` and `[registration.pwned_passwords]`.
//! `config/default.toml` explains each setting.

use std::time::Duration;

use serde::Deserialize;

/// The check of password strength.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml explains each")]
pub struct PasswordStrength {
    pub check: bool,
    pub min_score: u8,
    pub extra_dictionary: Vec<String>,
}

/// The check of passwords against data breaches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml explains each")]
pub struct PwnedPasswords {
    pub check: bool,
    pub url: String,
    pub min_count: u64,
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    pub on_outage: OnOutage,
}

/// The fate of a sign-up during an outage of the service that checks it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum OnOutage {
    /// The sign-up goes on without the check.
    Allow,
    /// The sign-up is rejected.
    Reject,
}

pub(in crate::config) fn check(
    strength: &PasswordStrength,
    pwned: &PwnedPasswords,
    mistakes: &mut Vec<String>,
) {
    if strength.min_score > 4 {
        mistakes.push("registration.password_strength.min_score must be from 0 to 4".to_owned());
    }
    // The claim of an Idempotency-Key expires 5 s after the time-out of the call itself.
    let times = Duration::from_millis(10)..=Duration::from_secs(3);
    if !times.contains(&pwned.timeout) {
        mistakes.push("registration.pwned_passwords.timeout must be from 10ms to 3s".to_owned());
    }
    if pwned.min_count == 0 {
        mistakes.push("registration.pwned_passwords.min_count must be 1 or more".to_owned());
    }
}
