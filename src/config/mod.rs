//! Settings: `config/default.toml`, then a file, then environment variables. The service checks
//! them at start.

mod check;
mod deserialize;
mod load;
mod secrets;
mod sections;
mod settings;

pub use self::{
    load::{
        error::LoadError,
        sources::{DEFAULT, SANDBOX, Sources},
    },
    secrets::{SecretAddress, SecretSource, read_secret_file},
    sections::{
        AddressLogging, Admin, Audit, Cognito, Database, DatabaseFailure, Log, LogFormat, LogLevel,
        Sandbox, Server, Tls, TrustedProxy,
        bot_check::{
            BotCheck, BotCheckProvider, ProofOfWork, Require, Siteverify, SiteverifyProvider,
            Threshold,
        },
        doctor::{Doctor, DoctorOnStart},
        email_domains::{DomainCheck, EmailDomains},
        limits::{
            CallLimit, Concurrency, Limit, Limits, SmsConversion,
            mode::LimitsMode,
            store::{LimitsStore, Redis, RedisKind},
        },
        origin::Origin,
        pages::{Links, Pages, Texts},
        passwords::{OnOutage, PasswordStrength, PwnedPasswords},
        registration::{
            AttributeFormat, AttributeRule, ConsentDocument, ExistingAccounts, PasswordPolicy,
            Presence, Registration, ServerValue, TriggerCode, TriggerMetadata, UsernameMode,
        },
        signature::Signature,
        sms::{Sms, SmsNumbers},
    },
    settings::Config,
};

#[cfg(test)]
mod tests;
