//! Loading: `config/default.toml`, then a file, then environment variables.

mod environment;
pub(super) mod error;
mod layers;
mod show;
pub(super) mod sources;

use self::{error::LoadError, sources::Sources};
use super::{
    check,
    sections::{Admin, LogFormat},
    settings::Config,
};

impl Config {
    /// Loads the settings and checks them.
    ///
    /// # Errors
    /// Returns an error if a name is unknown, a value has the wrong type, or a setting is unsafe.
    /// The error names the remedy.
    pub fn load(sources: Sources<'_>) -> Result<Self, LoadError> {
        let layers = layers::read(sources)?;
        let config: Self = layers.extract().map_err(LoadError::from)?;
        let mut config = config.with_secrets_from_files()?;
        config.registration.drop_useless_phone_number(config.limits.rejects_every_number());
        check::check(&config, sources.environment)?;
        Ok(config)
    }

    /// Returns the format of the log without a check of the other settings. Returns JSON if the file
    /// or a variable cannot be read or has an unknown name, unless a variable sets the format.
    #[must_use]
    pub fn log_format(sources: Sources<'_>) -> LogFormat {
        let mut variables = sources.environment.iter();
        match variables.find(|(name, _)| name == "VESTIBULE__LOG__FORMAT") {
            Some((_, format)) if format == "pretty" => LogFormat::Pretty,
            Some(_) => LogFormat::Json,
            None => layers::read(sources)
                .and_then(|layers| Ok(layers.extract_inner("log.format")?))
                .unwrap_or(LogFormat::Json),
        }
    }

    /// Returns the settings of the admin listener without a check of the other settings.
    ///
    /// # Errors
    /// Returns an error if the file or a variable cannot be read or has an unknown name. Also returns
    /// an error if a setting of the admin listener is invalid.
    pub fn admin(sources: Sources<'_>) -> Result<Admin, LoadError> {
        Ok(layers::read(sources)?.extract_inner("admin")?)
    }

    /// Returns the settings as TOML, with every secret masked.
    ///
    /// # Errors
    /// Returns the errors of [`Config::load`].
    pub fn show(sources: Sources<'_>) -> Result<String, LoadError> {
        Self::load(sources)?;
        show::show(&layers::read(sources)?)
    }

    /// Returns the warnings for the operator.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        check::warnings(self)
    }
}
