#![expect(missing_docs, reason = "config/default.toml explains each setting")]

pub(super) mod bot_check;
pub(super) mod doctor;
pub(super) mod email_domains;
pub(super) mod limits;
pub(super) mod origin;
pub(super) mod pages;
pub(super) mod passwords;
pub(super) mod registration;
pub(super) mod signature;
pub(super) mod sms;

use std::{net::IpAddr, time::Duration};

use bytesize::ByteSize;
use ipnet::{IpNet, Ipv4Net};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use self::{origin::Origin, signature::Signature};
use super::deserialize::{set, set_secret};

/// The public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub host: String,
    pub port: u16,
    #[serde(deserialize_with = "set")]
    pub unix_socket: Option<String>,
    pub workers: usize,
    pub max_connections: usize,
    pub trusted_proxies: Vec<TrustedProxy>,
    pub client_address_header: String,
    pub proxy_protocol: bool,
    pub allowed_origins: Vec<Origin>,
    pub max_body: ByteSize,
    pub max_headers: ByteSize,
    #[serde(with = "humantime_serde")]
    pub head_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub body_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub write_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub keep_alive: Duration,
    #[serde(with = "humantime_serde")]
    pub shutdown_delay: Duration,
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,
    pub tls: Tls,
}

/// TLS of the public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    #[serde(deserialize_with = "set")]
    pub certificate_file: Option<String>,
    #[serde(deserialize_with = "set")]
    pub key_file: Option<String>,
    pub http2: bool,
}

/// The admin listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub host: String,
    pub port: u16,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
    pub client_address: AddressLogging,
}

/// The lowest logged level.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The format of a log line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Json,
    Pretty,
}

/// The logged part of a client's address.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AddressLogging {
    Full,
    Truncated,
    None,
}

/// The user pool and the calls to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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

impl Cognito {
    /// Returns the region in the pool's id, or `None` if the id has no region, as in emulators.
    #[must_use]
    pub fn pool_region(&self) -> Option<&str> {
        let (region, _) = self.user_pool_id.split_once('_')?;
        let (place, number) = region.rsplit_once('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (place.contains('-') && is_number).then_some(region)
    }
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    #[serde(deserialize_with = "set_secret")]
    pub password: Option<SecretString>,
    #[serde(deserialize_with = "set")]
    pub password_file: Option<String>,
    #[serde(deserialize_with = "set")]
    pub application_name: Option<String>,
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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseFailure {
    Reject,
    Proceed,
}

/// The audit log.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    #[serde(with = "humantime_serde")]
    pub retention_accounts: Duration,
    #[serde(with = "humantime_serde")]
    pub retention_rejections: Duration,
    pub max_rejections_per_day: u64,
}

/// The development pool.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    pub port: u16,
    #[serde(with = "humantime_serde")]
    pub latency: Duration,
}

/// A network of proxies. A single address is a network of one address.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct TrustedProxy(pub IpNet);

impl TryFrom<String> for TrustedProxy {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(|network| Self(canonical(network)))
            .map_err(|_| {
                format!("`{text}` is neither an address nor a network. Use an address or a network such as \"10.0.0.0/8\".")
            })
    }
}

/// Converts an IPv4-mapped network to the IPv4 network, because the service compares client
/// addresses in this notation.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let (Some(v4), Some(prefix)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96))
    else {
        return network;
    };
    Ipv4Net::new(v4, prefix).map_or(network, IpNet::V4)
}
