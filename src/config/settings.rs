use serde::Deserialize;

use super::sections::{
    Admin, Audit, Cognito, Database, Log, Sandbox, Server,
    bot_check::BotCheck,
    doctor::Doctor,
    limits::Limits,
    pages::{Links, Pages, Texts},
    registration::Registration,
};

/// All settings of a deployment, one struct for each section of `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The public listener.
    pub server: Server,
    /// The admin listener.
    pub admin: Admin,
    /// Logs.
    pub log: Log,
    /// The user pool and the calls to it.
    pub cognito: Cognito,
    /// The sign-up form.
    pub registration: Registration,
    /// The texts for users.
    pub texts: Texts,
    /// The pages for users.
    pub pages: Pages,
    /// The pages of the application that forms link to.
    pub links: Links,
    /// Rate limits.
    pub limits: Limits,
    /// The bot check of sign-ups.
    pub bot_check: BotCheck,
    /// The database.
    pub database: Database,
    /// The audit log.
    pub audit: Audit,
    /// The comparison of the settings with the user pool.
    pub doctor: Doctor,
    /// The development pool.
    pub sandbox: Sandbox,
}
