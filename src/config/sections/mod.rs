//! The sections of `config/default.toml`, which explains each setting.

pub(super) mod bot_check;
pub(super) mod doctor;
pub(super) mod email_domains;
pub(super) mod limits;
pub(super) mod origin;
pub(super) mod passwords;
pub(super) mod registration;
pub(super) mod signature;
pub(super) mod sms;

use std::{net::IpAddr, str::FromStr, time::Duration};

use bytesize::ByteSize;
use ipnet::{IpNet, Ipv4Net};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use self::{origin::Origin, signature::Signature};
use super::deserialize::{set, set_secret};

/// The listener for front ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub workers: usize,
    pub trusted_proxies: Vec<TrustedProxy>,
    pub client_address_header: String,
    pub allowed_origins: Vec<Origin>,
    pub max_body: ByteSize,
    pub max_headers: ByteSize,
    #[serde(with = "humantime_serde")]
    pub body_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub keep_alive: Duration,
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,
}

/// The listener for health and metrics.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Admin {
    pub host: String,
    pub port: u16,
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
    pub client_address: AddressLogging,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people at a terminal.
    Pretty,
}

/// How much of a caller's address is logged.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AddressLogging {
    /// All of it.
    Full,
    /// The /24 of an IPv4 address, the /48 of an IPv6 address.
    Truncated,
    /// Nothing.
    None,
}

/// The user pool and the calls to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Cognito {
    #[serde(deserialize_with = "set")]
    pub region: Option<String>,
    #[serde(deserialize_with = "set")]
    pub endpoint: Option<String>,
    pub user_pool_id: String,
    pub client_id: String,
    #[serde(deserialize_with = "set_secret")]
    pub client_secret: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub client_secret_file: Option<String>,
    #[serde(deserialize_with = "set")]
    pub client_secret_arn: Option<String>,
    #[serde(deserialize_with = "set_secret")]
    pub secondary_client_secret: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub secondary_client_secret_file: Option<String>,
    #[serde(deserialize_with = "set")]
    pub secondary_client_secret_arn: Option<String>,
    #[serde(with = "humantime_serde")]
    pub client_secret_refresh: Duration,
    #[serde(deserialize_with = "set")]
    pub secrets_manager_endpoint: Option<String>,
    pub send_ip_address: bool,
    pub device_data_from_headers: bool,
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub read_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub attempt_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub operation_timeout: Duration,
    pub max_attempts: u32,
    pub signature: Signature,
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Database {
    pub url: String,
    #[serde(deserialize_with = "set_secret")]
    pub key: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub key_file: Option<String>,
    pub on_failure: DatabaseFailure,
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub commit_timeout: Duration,
}

/// The reaction to an unavailable database.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseFailure {
    /// Every request is rejected.
    Reject,
    /// Requests without an Idempotency-Key proceed.
    Proceed,
}

/// The audit log.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Audit {
    #[serde(with = "humantime_serde")]
    pub retention_accounts: Duration,
    #[serde(with = "humantime_serde")]
    pub retention_rejections: Duration,
}

/// The development pool.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Sandbox {
    pub port: u16,
    #[serde(with = "humantime_serde")]
    pub latency: Duration,
}

/// A network of proxies; a single address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(pub IpNet);

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(|network| Self(canonical(network)))
            .map_err(|_| {
                format!("`{text}` is neither an address nor a network such as \"10.0.0.0/8\"")
            })
    }
}

/// Callers' addresses are compared in canonical form, so that an IPv4-mapped network is the
/// IPv4 network.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let (Some(v4), Some(prefix)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96))
    else {
        return network;
    };
    Ipv4Net::new(v4, prefix).map_or(network, IpNet::V4)
}

impl<'de> Deserialize<'de> for TrustedProxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
