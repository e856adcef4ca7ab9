//! Where secrets stand: written out, in a file, or in AWS Secrets Manager.

use std::{fmt, fs, path::Path, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use super::{
    load::error::LoadError,
    sections::{
        Cognito,
        limits::{mode::LimitsMode, store::LimitsStore},
    },
    settings::Config,
};

/// Where one of the two client secrets comes from.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The settings hold it themselves, so that a restart alone changes it.
    Written(SecretString),
    /// A file.
    File {
        /// The setting that names it.
        setting: &'static str,
        /// Its path.
        path: String,
    },
    /// AWS Secrets Manager.
    SecretsManager {
        /// The setting that names it.
        setting: &'static str,
        /// Where it stands there.
        address: SecretAddress,
    },
}

/// A secret in AWS Secrets Manager: its ARN and, where it is JSON, the key there (`ARN#key`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretAddress {
    /// The ARN without the key.
    pub arn: String,
    /// The region, as the ARN says it.
    pub region: String,
    /// The member of the JSON object.
    pub key: Option<String>,
}

impl FromStr for SecretAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "this must be the ARN of a secret, such as \"arn:aws:secretsmanager:eu-central-1:123456789012:secret:vestibule-AbCdEf\", with `#key` behind it where the secret is JSON";
        let (arn, key) = match text.split_once('#') {
            Some((_, "")) => return Err(FORM),
            Some((arn, key)) => (arn, Some(key.to_owned())),
            None => (text, None),
        };
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let &["arn", partition, "secretsmanager", region, account, "secret", name] = &parts[..]
        else {
            return Err(FORM);
        };
        let is_region = region.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if [partition, region, account, name].contains(&"") || !is_region {
            return Err(FORM);
        }
        Ok(Self { arn: arn.to_owned(), region: region.to_owned(), key })
    }
}

impl fmt::Display for SecretAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(formatter, "{}#{key}", self.arn),
            None => formatter.write_str(&self.arn),
        }
    }
}

impl Cognito {
    /// Where the client secret comes from; none is the pool itself.
    #[must_use]
    pub fn client_secret_source(&self) -> Option<SecretSource> {
        source(
            ["cognito.client_secret_file", "cognito.client_secret_arn"],
            self.client_secret_file.as_deref(),
            self.client_secret_arn.as_deref(),
            self.client_secret.as_ref(),
        )
    }

    /// Where the other client secret comes from, where the settings name one.
    #[must_use]
    pub fn secondary_client_secret_source(&self) -> Option<SecretSource> {
        source(
            ["cognito.secondary_client_secret_file", "cognito.secondary_client_secret_arn"],
            self.secondary_client_secret_file.as_deref(),
            self.secondary_client_secret_arn.as_deref(),
            self.secondary_client_secret.as_ref(),
        )
    }
}

fn source(
    [file_setting, arn_setting]: [&'static str; 2],
    file: Option<&str>,
    arn: Option<&str>,
    written: Option<&SecretString>,
) -> Option<SecretSource> {
    // What a file held at load stands in the place of what is written, so files come first.
    if let Some(path) = file {
        return Some(SecretSource::File { setting: file_setting, path: path.to_owned() });
    }
    if let Some(address) = arn.and_then(|arn| arn.parse().ok()) {
        return Some(SecretSource::SecretsManager { setting: arn_setting, address });
    }
    written.cloned().map(SecretSource::Written)
}

/// What is wrong with the sources of the client secrets.
pub(super) fn check(cognito: &Cognito, mistakes: &mut Vec<String>) {
    for (name, arn, others) in [
        (
            "cognito.client_secret",
            &cognito.client_secret_arn,
            [cognito.client_secret.is_some(), cognito.client_secret_file.is_some()],
        ),
        (
            "cognito.secondary_client_secret",
            &cognito.secondary_client_secret_arn,
            [
                cognito.secondary_client_secret.is_some(),
                cognito.secondary_client_secret_file.is_some(),
            ],
        ),
    ] {
        let Some(arn) = arn else { continue };
        if let Err(reason) = arn.parse::<SecretAddress>() {
            mistakes.push(format!("{name}_arn: {reason}"));
        }
        if others.contains(&true) {
            mistakes.push(format!(
                "{name}_arn and {name} (or {name}_file) are both set: keep one of them"
            ));
        }
    }
    let refresh = cognito.client_secret_refresh;
    if refresh != Duration::ZERO
        && !(Duration::from_secs(1)..=Duration::from_hours(24)).contains(&refresh)
    {
        mistakes.push(
            "cognito.client_secret_refresh must be from 1s to 24h, or 0s for SIGHUP alone"
                .to_owned(),
        );
    }
}

/// Warns if `database.key` is not set where it should be.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let (database, limits) = (&config.database, &config.limits);
    let mut warnings = Vec::new();
    if database.key.is_some() {
        return warnings;
    }
    if !database.url.starts_with("sqlite::memory:") {
        warnings.push("database.key is not set: the service stores a random key in the database. A key outside the database also protects the digests if the database leaks.".to_owned());
    }
    let are_limits_shared =
        limits.mode != LimitsMode::Off && matches!(limits.store, LimitsStore::Redis(_));
    if are_limits_shared && database.url.starts_with("sqlite:") {
        warnings.push("limits.store is shared, but database.key is not set: replicas with a SQLite database each have a key of their own and share no budgets. Set the same database.key for all replicas.".to_owned());
    }
    warnings
}

impl Config {
    /// Puts the secrets that stand in files into the place of those that are written out.
    pub(super) fn with_secrets_from_files(mut self) -> Result<Self, LoadError> {
        let cognito = &mut self.cognito;
        read_secret(
            "cognito.client_secret",
            &mut cognito.client_secret,
            cognito.client_secret_file.as_deref(),
        )?;
        read_secret(
            "cognito.secondary_client_secret",
            &mut cognito.secondary_client_secret,
            cognito.secondary_client_secret_file.as_deref(),
        )?;
        let signature = &mut cognito.signature;
        read_secret(
            "cognito.signature.signing_key",
            &mut signature.signing_key,
            signature.signing_key_file.as_deref(),
        )?;
        let database = &mut self.database;
        read_secret("database.key", &mut database.key, database.key_file.as_deref())?;
        let limits = &mut self.limits;
        read_secret(
            "limits.store_password",
            &mut limits.store_password,
            limits.store_password_file.as_deref(),
        )?;
        let siteverify = &mut self.bot_check.siteverify;
        read_secret(
            "bot_check.siteverify.secret",
            &mut siteverify.secret,
            siteverify.secret_file.as_deref(),
        )?;
        Ok(self)
    }
}

fn read_secret(
    name: &str,
    secret: &mut Option<SecretString>,
    file: Option<&str>,
) -> Result<(), LoadError> {
    let Some(file) = file else { return Ok(()) };
    if secret.is_some() {
        return Err(LoadError(format!("{name} and {name}_file are both set: keep one of them")));
    }
    *secret = Some(read_secret_file(&format!("{name}_file"), Path::new(file))?);
    Ok(())
}

/// The secret that a file holds.
///
/// # Errors
/// Where there is none, said with the name of the setting.
pub fn read_secret_file(setting: &str, file: &Path) -> Result<SecretString, LoadError> {
    let shown = file.display();
    let read = fs::read_to_string(file)
        .map(SecretString::from)
        .map_err(|error| LoadError(format!("{setting}: `{shown}` cannot be read: {error}")))?;
    // Editors and `echo` end a file with a line feed that is no part of the secret.
    let read = SecretString::from(read.expose_secret().trim_end_matches(['\r', '\n']));
    if read.expose_secret().is_empty() {
        return Err(LoadError(format!("{setting}: `{shown}` is empty")));
    }
    Ok(read)
}
