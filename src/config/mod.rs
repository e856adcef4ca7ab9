//! Settings: `config/default.toml`, then a file, then variables; checked before anything starts.

mod bot_check;
mod check;
mod check_limits;
mod consents;
mod doctor;
mod email_domains;
mod environment;
mod layers;
mod limits;
mod origin;
mod passwords;
mod registration;
mod secret_files;
mod secrets;
mod sections;
mod show;
mod signature;
mod sms;

use std::path::Path;

use serde::Deserialize;

pub use self::{
    bot_check::{
        BotCheck, BotCheckProvider, ProofOfWork, Require, Siteverify, SiteverifyProvider, Threshold,
    },
    doctor::{Doctor, DoctorOnStart},
    email_domains::{DomainCheck, EmailDomains},
    layers::LoadError,
    limits::{
        CallLimit, Concurrency, Confirmed, Limit, Limits, LimitsMode, LimitsStore, Redis, RedisKind,
    },
    origin::Origin,
    passwords::{OnOutage, PasswordStrength, PwnedPasswords},
    registration::{
        AttributeFormat, AttributeRule, ConsentDocument, ExistingAccounts, FilledIn, PassedOn,
        PasswordPolicy, Presence, Registration, TriggerCode, UsernameMode,
    },
    secrets::{SecretAddress, SecretSource, read_secret_file},
    sections::{
        AddressLogging, Admin, Audit, Cognito, Database, DatabaseFailure, Log, LogFormat, LogLevel,
        Sandbox, Server, TrustedProxy,
    },
    signature::Signature,
    sms::{Sms, SmsNumbers},
};

/// Every setting, its default and its meaning.
pub const DEFAULT: &str = include_str!("../../config/default.toml");

/// What `vestibule sandbox` changes of the defaults.
pub const SANDBOX: &str = include_str!("../../config/sandbox.toml");

/// All settings of a deployment, one struct for each section of `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The listener for front ends.
    pub server: Server,
    /// The listener for health and metrics.
    pub admin: Admin,
    /// What is logged, and how.
    pub log: Log,
    /// The user pool and the calls to it.
    pub cognito: Cognito,
    /// What a sign-up form holds.
    pub registration: Registration,
    /// Who may knock how often.
    pub limits: Limits,
    /// The bot check of sign-ups.
    pub bot_check: BotCheck,
    /// The database.
    pub database: Database,
    /// The audit log.
    pub audit: Audit,
    /// The comparison of settings and pool.
    pub doctor: Doctor,
    /// The development pool.
    pub sandbox: Sandbox,
}

/// Where settings come from, besides the defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// Whether `config/sandbox.toml` lies over the defaults.
    pub sandbox: bool,
    /// The file that `--config` names.
    pub file: Option<&'a Path>,
    /// The process's environment, as name and value.
    pub environment: &'a [(String, String)],
}

impl Config {
    /// Reads the settings and checks them.
    ///
    /// # Errors
    /// Says in a sentence what to mend: an unknown name, a value of the wrong kind, or a
    /// setting that would not be safe.
    pub fn load(sources: Sources<'_>) -> Result<Self, LoadError> {
        let layers = layers::read(sources)?;
        let config: Self = layers.extract().map_err(LoadError::from)?;
        let config = config.with_secrets_from_files()?.without_useless_phone_number();
        check::check(&config, sources.environment)?;
        Ok(config)
    }

    /// The settings as TOML, with every secret masked.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn show(sources: Sources<'_>) -> Result<String, LoadError> {
        Self::load(sources)?;
        show::show(&layers::read(sources)?)
    }

    /// What an operator should know at start although it is no mistake.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        check::warnings(self)
    }
}

#[cfg(test)]
mod tests;
