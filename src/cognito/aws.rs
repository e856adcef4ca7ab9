//! The configuration of SDK clients: region, credentials, TLS by ring, timeouts, retries and
//! endpoint.

use std::{error::Error as StdError, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{
        Builder, Config, SharedHttpClient, StalledStreamProtectionConfig, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{connect_error::ConnectError, validate_response::ValidateResponse};
use crate::config;

/// Time for which an idle connection stays open, shorter than the 90 s of the SDK. A call on an
/// idle connection fails if the peer has closed the connection.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// The reason for missing credentials. The reason of the SDK lists every source of credentials.
const NO_CREDENTIALS: &str =
    "there are no AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

pub(super) async fn region(settings: &config::Cognito) -> Result<Region, ConnectError> {
    if let Some(region) = &settings.region {
        return Ok(Region::new(region.clone()));
    }
    let region = environment(None).await.region().cloned().ok_or(ConnectError::NoRegion)?;
    match settings.pool_region() {
        Some(own) if own != region.as_ref() => Err(ConnectError::OtherRegion {
            pool: settings.user_pool_id.clone(),
            region: region.to_string(),
        }),
        _ => Ok(region),
    }
}

/// Returns the configuration for the pool.
///
/// Only the settings name the endpoint, because `AWS_ENDPOINT_URL` could send passwords to an
/// unchecked host.
pub(crate) fn pool_config(settings: &config::Cognito, region: &Region) -> Builder {
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region.clone())
        .http_client(http_client())
        .interceptor(ValidateResponse)
        .timeout_config(time_outs(settings))
        // The SDK would repeat a sign-up that may have created the account. `Cognito::call`
        // repeats only tries that Cognito did not process.
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(settings.endpoint.clone());
    builder
}

pub(super) async fn pool_with_credentials(settings: &config::Cognito, region: &Region) -> Client {
    let aws = environment(Some(region)).await;
    let mut builder = pool_config(settings, region);
    builder.set_credentials_provider(aws.credentials_provider());
    Client::from_conf(builder.build())
}

pub(crate) async fn environment(region: Option<&Region>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(
        aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https(),
    );
    match region {
        Some(region) => loader.region(region.clone()).load().await,
        // A region of `None` would override AWS_REGION.
        None => loader.load().await,
    }
}

pub(super) fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

pub(super) fn time_outs(settings: &config::Cognito) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .operation_attempt_timeout(settings.attempt_timeout)
        .build()
}

/// Returns `true` if the same call may succeed later, because AWS was unreachable, did not
/// respond in time, throttled the call, or failed.
pub(super) fn may_pass<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => reason(error) != NO_CREDENTIALS,
        SdkError::ResponseError(_) => true,
        SdkError::ServiceError(response) => {
            let is_throttled = error.code().is_some_and(|code| {
                code.contains("Throttling") || code == "TooManyRequestsException"
            });
            is_throttled || response.raw().status().is_server_error()
        }
        _ => false,
    }
}

/// Returns the reason of a failure in one line.
///
/// Does not use the SDK's debug output, which may contain the body of the response with a secret.
pub(super) fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + StdError + 'static,
    R: std::fmt::Debug,
{
    if let (SdkError::ServiceError(_), Some(code)) = (error, error.code()) {
        return match error.message() {
            Some(message) if !message.is_empty() => format!("{code}: {message}"),
            _ => code.to_owned(),
        };
    }
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        parts.push(cause.to_string());
        source = cause.source();
    }
    if parts.iter().any(|part| part.contains("no credentials found in chain")) {
        return NO_CREDENTIALS.to_owned();
    }
    parts.dedup();
    // Some causes have several lines.
    parts.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}
