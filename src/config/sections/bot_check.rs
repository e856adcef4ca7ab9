use std::{ops::RangeInclusive, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    limits::{Limits, mode::LimitsMode},
    passwords::OnOutage,
};
use crate::config::{
    check::endpoint::check_endpoint,
    deserialize::{set, set_secret},
};

/// The timeouts that are valid. A sign-up waits for the provider before the call to Cognito.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(3);

/// The bot check of sign-ups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotCheck {
    pub provider: BotCheckProvider,
    pub require: Require,
    pub threshold: Threshold,
    pub siteverify: Siteverify,
    pub proof_of_work: ProofOfWork,
}

/// The kind of proof.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BotCheckProvider {
    None,
    /// The proof from a provider's widget.
    Siteverify,
    /// A solved challenge of this service.
    ProofOfWork,
}

/// The sign-ups that need a proof.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    Always,
    /// Sign-ups from addresses or networks above the threshold.
    AboveThreshold,
}

/// The used parts of budgets above which a proof is required.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub register: u32,
    pub network: u32,
}

/// The protocol that Turnstile, hCaptcha and reCAPTCHA share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Siteverify {
    pub provider: SiteverifyProvider,
    #[serde(deserialize_with = "set")]
    pub url: Option<String>,
    #[serde(deserialize_with = "set_secret")]
    pub secret: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub secret_file: Option<String>,
    #[serde(deserialize_with = "set")]
    pub site_key: Option<String>,
    pub hostnames: Vec<String>,
    #[serde(deserialize_with = "set")]
    pub action: Option<String>,
    pub min_score: f64,
    #[serde(with = "humantime_serde")]
    pub max_age: Duration,
    pub send_remote_ip: bool,
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    pub on_outage: OnOutage,
}

/// A provider of the protocol.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SiteverifyProvider {
    Turnstile,
    Hcaptcha,
    Recaptcha,
}

/// The proof of work by ALTCHA's scheme.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofOfWork {
    pub cost: u32,
    pub difficulty: usize,
    #[serde(with = "humantime_serde")]
    pub lifetime: Duration,
}

impl BotCheck {
    /// Returns the time for which the service must remember a used proof, or `None` if the service
    /// has no bot check.
    #[must_use]
    pub fn proof_lifetime(&self) -> Option<Duration> {
        match self.provider {
            BotCheckProvider::None => None,
            BotCheckProvider::Siteverify => Some(self.siteverify.max_age),
            BotCheckProvider::ProofOfWork => Some(self.proof_of_work.lifetime),
        }
    }
}

impl SiteverifyProvider {
    /// Returns the name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Turnstile => "turnstile",
            Self::Hcaptcha => "hcaptcha",
            Self::Recaptcha => "recaptcha",
        }
    }
}

impl Siteverify {
    /// Returns the URL that is set, or the provider's documented URL if none is set.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(match self.provider {
            SiteverifyProvider::Turnstile => {
                "https://challenges.cloudflare.com/turnstile/v0/siteverify"
            }
            SiteverifyProvider::Hcaptcha => "https://api.hcaptcha.com/siteverify",
            SiteverifyProvider::Recaptcha => "https://www.google.com/recaptcha/api/siteverify",
        })
    }

    /// Returns `true` if the secret is a published test key of the provider, which proves nothing.
    #[must_use]
    pub fn is_for_tests(&self) -> bool {
        let secret = self.secret.as_ref().map_or("", ExposeSecret::expose_secret);
        let zeros = |text: &str| text.len() > 20 && text.bytes().all(|byte| byte == b'0');
        match self.provider {
            SiteverifyProvider::Turnstile => ["1x", "2x", "3x"].iter().any(|start| {
                let rest = secret.strip_prefix(start).and_then(|rest| rest.strip_suffix("AA"));
                rest.is_some_and(zeros)
            }),
            SiteverifyProvider::Hcaptcha => secret.strip_prefix("0x").is_some_and(zeros),
            SiteverifyProvider::Recaptcha => secret == "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
        }
    }
}

pub(in crate::config) fn check(bot_check: &BotCheck, limits: &Limits, errors: &mut Vec<String>) {
    if bot_check.provider == BotCheckProvider::Siteverify {
        check_siteverify(&bot_check.siteverify, errors);
    }
    let work = &bot_check.proof_of_work;
    if !(1..=50_000).contains(&work.cost) {
        errors.push("bot_check.proof_of_work.cost must be from 1 to 50000, because the service pays the same cost to verify a proof".to_owned());
    }
    if !(1..=8).contains(&work.difficulty) {
        errors.push("bot_check.proof_of_work.difficulty must be from 1 to 8".to_owned());
    }
    let is_counted =
        |rule: Option<LimitsMode>| limits.mode != LimitsMode::Off && rule != Some(LimitsMode::Off);
    if bot_check.require == Require::AboveThreshold
        && !(is_counted(limits.register.mode) && is_counted(limits.network.mode))
    {
        errors.push("bot_check.require is \"above_threshold\", but limits.register or limits.network is \"off\". No client can reach a threshold. Switch both limits on, or set bot_check.require to \"always\".".to_owned());
    }
}

fn check_siteverify(siteverify: &Siteverify, errors: &mut Vec<String>) {
    if siteverify.secret.is_none() {
        errors.push(
            "bot_check.siteverify.secret is not set. Set it to the provider's secret key."
                .to_owned(),
        );
    }
    if let Err(reason) = check_endpoint(siteverify.url(), "secrets") {
        errors.push(format!("bot_check.siteverify.url: {reason}"));
    }
    if !(0.0..=1.0).contains(&siteverify.min_score) {
        errors.push("bot_check.siteverify.min_score must be from 0 to 1".to_owned());
    }
    let has_score = siteverify.provider != SiteverifyProvider::Turnstile;
    if siteverify.min_score > 0.0 && !has_score {
        errors.push("bot_check.siteverify.min_score is set, but Turnstile has no score: the service would reject every proof. Set the score to 0.".to_owned());
    }
    if siteverify.action.is_some() && siteverify.provider == SiteverifyProvider::Hcaptcha {
        errors.push("bot_check.siteverify.action is set, but hCaptcha has no action: the service would reject every proof. Remove the action.".to_owned());
    }
    if !TIMEOUTS.contains(&siteverify.timeout) {
        errors.push("bot_check.siteverify.timeout must be from 10ms to 3s".to_owned());
    }
}

/// Returns warnings about valid settings.
pub(in crate::config) fn warnings(bot_check: &BotCheck) -> Vec<String> {
    let mut warnings = Vec::new();
    let siteverify = &bot_check.siteverify;
    if bot_check.provider == BotCheckProvider::Siteverify {
        if siteverify.is_for_tests() {
            warnings.push("bot_check.siteverify.secret is a test key: its proofs prove nothing, and the service checks only their success. Use the secret key of your site.".to_owned());
        }
        if siteverify.hostnames.is_empty() && !siteverify.is_for_tests() {
            warnings.push("bot_check.siteverify.hostnames is empty: the service accepts proofs from any page, unless the provider restricts the hosts. List the hosts of your pages.".to_owned());
        }
    }
    warnings
}
