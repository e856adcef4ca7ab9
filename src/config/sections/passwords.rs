use std::time::Duration;

use serde::Deserialize;

/// The check of password strength.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordStrength {
    pub check: bool,
    pub min_score: u8,
    pub extra_dictionary: Vec<String>,
}

/// The check of passwords against data breaches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PwnedPasswords {
    pub check: bool,
    pub url: String,
    pub min_count: u64,
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    pub on_outage: OnOutage,
}

/// The reaction to an outage of the service that checks a sign-up.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum OnOutage {
    Allow,
    Reject,
}

pub(in crate::config) fn check(
    strength: &PasswordStrength,
    pwned: &PwnedPasswords,
    errors: &mut Vec<String>,
) {
    if strength.min_score > 4 {
        errors.push("registration.password_strength.min_score must be from 0 to 4".to_owned());
    }
    if pwned.min_count == 0 {
        errors.push("registration.pwned_passwords.min_count must be at least 1".to_owned());
    }
}
