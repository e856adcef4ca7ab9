//! `[humanity]`: the bot check; what a setting means stands in `config/default.toml`.

use std::{ops::RangeInclusive, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    Config, LimitsMode, OnOutage,
    check::check_endpoint,
    sections::{set, set_secret},
};

/// A claim of an Idempotency-Key runs out 5 s after the time for the call itself.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(3);

/// What a proof may live; the store keeps each used one so long.
const LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_hours(1);

/// Whether somebody is a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Humanity {
    pub kind: HumanityKind,
    pub ask: Ask,
    pub threshold: Threshold,
    pub siteverify: Siteverify,
    pub proof_of_work: ProofOfWork,
}

impl Humanity {
    /// How long a request may wait for whoever judges its proof.
    #[must_use]
    pub fn waits(&self) -> Duration {
        match self.kind {
            HumanityKind::Siteverify => self.siteverify.timeout,
            HumanityKind::None | HumanityKind::ProofOfWork => Duration::ZERO,
        }
    }
}

/// The bot check.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum HumanityKind {
    /// Nobody is asked.
    None,
    /// A provider judges a token from its widget.
    Siteverify,
    /// The caller's machine has worked for it.
    ProofOfWork,
}

/// Who is asked for a proof.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Everybody.
    Always,
    /// Those who have used up more than the threshold.
    OverThreshold,
}

/// How much of a budget may be used up before a proof is asked for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Threshold {
    pub register: u32,
    pub network: u32,
}

/// The protocol that Turnstile, hCaptcha and reCAPTCHA share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Siteverify {
    pub provider: Provider,
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

/// Whose widget it is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Provider {
    Turnstile,
    Hcaptcha,
    Recaptcha,
}

/// ALTCHA's scheme.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct ProofOfWork {
    pub cost: u32,
    pub difficulty: usize,
    #[serde(with = "humantime_serde")]
    pub lifetime: Duration,
}

impl Humanity {
    /// How long a proof that was used must be remembered; nothing where none is.
    #[must_use]
    pub fn remembers(&self) -> Option<Duration> {
        match self.kind {
            HumanityKind::None => None,
            HumanityKind::Siteverify => Some(self.siteverify.max_age),
            HumanityKind::ProofOfWork => Some(self.proof_of_work.lifetime),
        }
    }
}

impl Provider {
    /// The name in settings.
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
    /// Where the provider is asked.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(match self.provider {
            Provider::Turnstile => "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            Provider::Hcaptcha => "https://api.hcaptcha.com/siteverify",
            Provider::Recaptcha => "https://www.google.com/recaptcha/api/siteverify",
        })
    }

    /// Whether the secret is one that a provider has published for tests. What is verified with
    /// it says nothing of anybody.
    #[must_use]
    pub fn is_for_tests(&self) -> bool {
        let secret = self.secret.as_ref().map_or("", ExposeSecret::expose_secret);
        let zeros = |text: &str| text.len() > 20 && text.bytes().all(|byte| byte == b'0');
        match self.provider {
            Provider::Turnstile => ["1x", "2x", "3x"].iter().any(|start| {
                let rest = secret.strip_prefix(start).and_then(|rest| rest.strip_suffix("AA"));
                rest.is_some_and(zeros)
            }),
            Provider::Hcaptcha => secret.strip_prefix("0x").is_some_and(zeros),
            Provider::Recaptcha => secret == "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
        }
    }
}

pub(super) fn check(config: &Config, mistakes: &mut Vec<String>) {
    let humanity = &config.humanity;
    if humanity.kind == HumanityKind::Siteverify {
        check_siteverify(&humanity.siteverify, mistakes);
    }
    let work = &humanity.proof_of_work;
    if !(1..=50_000).contains(&work.cost) {
        mistakes.push("humanity.proof_of_work.cost must be from 1 to 50000: each proof that is verified costs this service as much".to_owned());
    }
    if !(1..=8).contains(&work.difficulty) {
        mistakes.push("humanity.proof_of_work.difficulty must be from 1 to 8".to_owned());
    }
    for (name, lifetime) in [
        ("proof_of_work.lifetime", work.lifetime),
        ("siteverify.max_age", humanity.siteverify.max_age),
    ] {
        if !LIFETIMES.contains(&lifetime) {
            mistakes.push(format!("humanity.{name} must be from 10s to 1h"));
        }
    }
    let limits = &config.limits;
    let is_counted =
        |rule: Option<LimitsMode>| limits.mode != LimitsMode::Off && rule != Some(LimitsMode::Off);
    if humanity.ask == Ask::OverThreshold
        && !(is_counted(limits.register.mode) && is_counted(limits.network.mode))
    {
        mistakes.push("humanity.ask is \"over_threshold\", but limits.register or limits.network is \"off\": nobody would count".to_owned());
    }
}

fn check_siteverify(siteverify: &Siteverify, mistakes: &mut Vec<String>) {
    if siteverify.secret.is_none() {
        mistakes.push("humanity.siteverify.secret is not set: it must be the secret key that the provider gave you".to_owned());
    }
    if let Err(reason) = check_endpoint(siteverify.url(), "secrets") {
        mistakes.push(format!("humanity.siteverify.url: {reason}"));
    }
    if !(0.0..=1.0).contains(&siteverify.min_score) {
        mistakes.push("humanity.siteverify.min_score must be from 0 to 1".to_owned());
    }
    let has_score = siteverify.provider != Provider::Turnstile;
    if siteverify.min_score > 0.0 && !has_score {
        mistakes.push(
            "humanity.siteverify.min_score is set, but Turnstile tells no score: nobody would pass"
                .to_owned(),
        );
    }
    if siteverify.action.is_some() && siteverify.provider == Provider::Hcaptcha {
        mistakes.push(
            "humanity.siteverify.action is set, but hCaptcha tells no action: nobody would pass"
                .to_owned(),
        );
    }
    if !TIMEOUTS.contains(&siteverify.timeout) {
        mistakes.push("humanity.siteverify.timeout must be from 10ms to 3s".to_owned());
    }
}

/// What an operator should know although it is no mistake.
pub(super) fn warnings(humanity: &Humanity) -> Vec<String> {
    let mut warnings = Vec::new();
    let siteverify = &humanity.siteverify;
    if humanity.kind == HumanityKind::Siteverify {
        if siteverify.is_for_tests() {
            warnings.push("humanity.siteverify.secret is a test key: it proves nothing of anybody, and only whether it passes is looked at".to_owned());
        }
        if siteverify.hostnames.is_empty() && !siteverify.is_for_tests() {
            warnings.push("humanity.siteverify.hostnames is empty: a token that was made on any page counts, unless the provider itself knows your hosts".to_owned());
        }
    }
    warnings
}
