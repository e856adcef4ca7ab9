//! The sources of secrets: the settings, a file, or AWS Secrets Manager.

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

/// The source of a client secret.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The settings. Only a restart changes the secret.
    Written(SecretString),
    /// A file.
    File {
        /// The setting that names the file.
        setting: &'static str,
        /// The path of the file.
        path: String,
    },
    /// AWS Secrets Manager.
    SecretsManager {
        /// The setting that has the address.
        setting: &'static str,
        /// The address of the secret.
        address: SecretAddress,
    },
}

/// The address of a secret in AWS Secrets Manager: `ARN`, or `ARN#key` if the secret is JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretAddress {
    /// The ARN without the JSON key.
    pub arn: String,
    /// The region in the ARN.
    pub region: String,
    /// The member of the JSON object.
    pub key: Option<String>,
}

impl FromStr for SecretAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORMAT: &str = "the value must be the ARN of a secret, such as \"arn:aws:secretsmanager:eu-central-1:123456789012:secret:vestibule-AbCdEf\", followed by `#key` if the secret is JSON";
        let (arn, key) = match text.split_once('#') {
            Some((_, "")) => return Err(FORMAT),
            Some((arn, key)) => (arn, Some(key.to_owned())),
            None => (text, None),
        };
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let &["arn", partition, "secretsmanager", region, account, "secret", name] = &parts[..]
        else {
            return Err(FORMAT);
        };
        let is_region = region.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if [partition, region, account, name].contains(&"") || !is_region {
            return Err(FORMAT);
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
    /// Returns the source of the client secret, or `None` if the service reads the secret from the
    /// pool.
    #[must_use]
    pub fn client_secret_source(&self) -> Option<SecretSource> {
        source(
            ["cognito.client_secret_file", "cognito.client_secret_arn"],
            self.client_secret_file.as_deref(),
            self.client_secret_arn.as_deref(),
            self.client_secret.as_ref(),
        )
    }

    /// Returns the source of the secondary client secret, or `None` if the settings have no source.
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
    // At load, the contents of a file replace the written secret. A file therefore has priority.
    if let Some(path) = file {
        return Some(SecretSource::File { setting: file_setting, path: path.to_owned() });
    }
    if let Some(address) = arn.and_then(|arn| arn.parse().ok()) {
        return Some(SecretSource::SecretsManager { setting: arn_setting, address });
    }
    written.cloned().map(SecretSource::Written)
}

pub(super) fn check(cognito: &Cognito, errors: &mut Vec<String>) {
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
            errors.push(format!("{name}_arn: {reason}"));
        }
        if others.contains(&true) {
            errors.push(format!(
                "{name}_arn and {name} (or {name}_file) are both set. Keep one of them."
            ));
        }
    }
    let refresh = cognito.client_secret_refresh;
    if refresh != Duration::ZERO
        && !(Duration::from_secs(1)..=Duration::from_hours(24)).contains(&refresh)
    {
        errors.push(
            "cognito.client_secret_refresh must be from 1s to 24h, or 0s to reload at SIGHUP only"
                .to_owned(),
        );
    }
}

/// Returns warnings about a missing `database.key`.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let (database, limits) = (&config.database, &config.limits);
    let mut warnings = Vec::new();
    if database.key.is_some() {
        return warnings;
    }
    if !database.url.starts_with("sqlite::memory:") {
        warnings.push("database.key is not set: the service stores a random key in the database. A key outside the database also protects the digests if the database leaks. Set database.key.".to_owned());
    }
    let are_limits_shared =
        limits.mode != LimitsMode::Off && matches!(limits.store, LimitsStore::Redis(_));
    if are_limits_shared && database.url.starts_with("sqlite:") {
        warnings.push("limits.store is shared, but database.key is not set: each replica with a SQLite database has another key, and the replicas share no budgets. Set the same database.key for all replicas.".to_owned());
    }
    warnings
}

impl Config {
    pub(super) fn with_secrets_from_files(mut self) -> Result<Self, LoadError> {
        let Self { cognito, limits, bot_check, database, .. } = &mut self;
        let (signature, siteverify) = (&mut cognito.signature, &mut bot_check.siteverify);
        for (name, secret, file) in [
            ("cognito.client_secret", &mut cognito.client_secret, &cognito.client_secret_file),
            (
                "cognito.secondary_client_secret",
                &mut cognito.secondary_client_secret,
                &cognito.secondary_client_secret_file,
            ),
            (
                "cognito.signature.signing_key",
                &mut signature.signing_key,
                &signature.signing_key_file,
            ),
            ("database.password", &mut database.password, &database.password_file),
            ("database.key", &mut database.key, &database.key_file),
            ("limits.store_password", &mut limits.store_password, &limits.store_password_file),
            ("bot_check.siteverify.secret", &mut siteverify.secret, &siteverify.secret_file),
        ] {
            let Some(file) = file else { continue };
            if secret.is_some() {
                return Err(LoadError(format!(
                    "{name} and {name}_file are both set. Keep one of them."
                )));
            }
            *secret = Some(read_secret_file(&format!("{name}_file"), Path::new(file))?);
        }
        Ok(self)
    }
}

/// Reads a secret from the file that a setting names.
///
/// # Errors
/// Returns an error if the file cannot be read or is empty.
pub fn read_secret_file(setting: &str, file: &Path) -> Result<SecretString, LoadError> {
    let path = file.display();
    let read = fs::read_to_string(file).map(SecretString::from).map_err(|error| {
        LoadError(format!(
            "{setting}: cannot read `{path}`: {error}. Correct the path or its permissions."
        ))
    })?;
    // Editors and `echo` add a line feed that is not part of the secret.
    let read = SecretString::from(read.expose_secret().trim_end_matches(['\r', '\n']));
    if read.expose_secret().is_empty() {
        return Err(LoadError(format!("{setting}: `{path}` is empty. Write the secret there.")));
    }
    Ok(read)
}
