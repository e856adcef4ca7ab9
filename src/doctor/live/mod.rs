//! Reads the descriptions from AWS. Each call needs its own permission. A missing permission
//! affects only that call.

mod clients;
mod probe;

use std::{error::Error as StdError, time::Duration};

use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{ProvideCredentials, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::{
    Descriptions,
    descriptions::ReadResult,
    secrets::{self, ConfiguredSecret, SecretStatus},
};
use crate::{
    cognito::{
        aws::{environment, pool_config},
        client_secrets::sources,
    },
    config,
};

/// The maximum number of tries of a call. The calls only read.
const MAX_ATTEMPTS: u32 = 3;

const TIMED_OUT: &str = "AWS did not respond in time";

/// The reason why the doctor could read nothing.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Neither the settings nor the environment names a region.
    #[error(
        "cognito.region is not set, and neither AWS_REGION nor an AWS profile sets a region. Set cognito.region."
    )]
    NoRegion,
    /// The environment has no credentials.
    #[error(
        "there are no AWS credentials: {0}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --offline with saved descriptions."
    )]
    NoCredentials(String),
    /// The doctor could read neither the pool nor its app client.
    #[error(
        "cognito-idp returned neither the pool nor its app client: {0}; {1}. Check the AWS credentials, cognito.region and cognito.endpoint."
    )]
    NothingRead(String, String),
}

/// Reads the descriptions with the default AWS credentials, within `timeout`. Only
/// `cognito.endpoint` sets the endpoint, never a variable of AWS.
///
/// # Errors
/// Returns an error if there is no region, if there are no credentials, or if AWS returned no
/// description.
pub async fn describe(
    cognito: &config::Cognito,
    timeout: Duration,
) -> Result<Descriptions, ReadError> {
    let deadline = Instant::now() + timeout;
    let reader = Reader { client: client(cognito, deadline).await?, cognito, deadline };
    let pool = reader
        .call(
            reader.client.describe_user_pool().user_pool_id(&cognito.user_pool_id).send(),
            |output| output.user_pool,
        )
        .await;
    let client = reader
        .call(
            reader
                .client
                .describe_user_pool_client()
                .user_pool_id(&cognito.user_pool_id)
                .client_id(&cognito.client_id)
                .send(),
            |output| output.user_pool_client,
        )
        .await;
    if let (Some(pool), Some(client)) =
        (failure(&pool, "DescribeUserPool"), failure(&client, "DescribeUserPoolClient"))
    {
        return Err(ReadError::NothingRead(pool, client));
    }
    let active_secrets = reader
        .call(
            reader
                .client
                .list_user_pool_client_secrets()
                .user_pool_id(&cognito.user_pool_id)
                .client_id(&cognito.client_id)
                .send(),
            |output| Some(output.client_secrets().len()),
        )
        .await;
    let other_clients = reader.other_clients().await;
    let shown = client.value().and_then(|client| client.client_secret());
    let active = active_secrets.value().copied();
    // Without the boxes, these futures would enlarge this future.
    let primary = Box::pin(sources::load_primary(cognito));
    let primary = ConfiguredSecret::from_source(timeout_at(deadline, primary).await);
    let secondary = Box::pin(sources::load_secondary(cognito));
    let secondary = ConfiguredSecret::from_source(timeout_at(deadline, secondary).await);
    let primary = reader.status(&primary, shown, active).await;
    let mut secondary = reader.status(&secondary, shown, active).await;
    // After a rotation the pool rejects the version AWSPREVIOUS, which is no defect.
    if secondary == SecretStatus::Rejected && cognito.secondary_client_secret_source().is_none() {
        secondary = SecretStatus::NotSet;
    }
    Ok(Descriptions { pool, client, other_clients, active_secrets, primary, secondary })
}

struct Reader<'a> {
    client: Client,
    cognito: &'a config::Cognito,
    deadline: Instant,
}

impl Reader<'_> {
    /// Compares a secret with the secret of the pool. Probes the pool if the comparison is not
    /// conclusive.
    async fn status(
        &self,
        configured: &ConfiguredSecret,
        shown: Option<&str>,
        active: Option<usize>,
    ) -> SecretStatus {
        let status = secrets::compare(configured, shown, active);
        match (status, configured) {
            (SecretStatus::Unknown | SecretStatus::Differs, ConfiguredSecret::Value(secret)) => {
                self.probe(secret).await.unwrap_or(status)
            }
            _ => status,
        }
    }

    async fn call<O, T, E>(
        &self,
        call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        extract: impl FnOnce(O) -> Option<T>,
    ) -> ReadResult<T>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        match timeout_at(self.deadline, call).await {
            Ok(Ok(output)) => extract(output).map_or_else(
                || ReadResult::Failed("the response was empty".to_owned()),
                ReadResult::Read,
            ),
            Ok(Err(error)) => classify(&error),
            Err(_) => ReadResult::Failed(TIMED_OUT.to_owned()),
        }
    }
}

async fn client(cognito: &config::Cognito, deadline: Instant) -> Result<Client, ReadError> {
    let late = |_| ReadError::NoCredentials("the timeout has expired".to_owned());
    let set = cognito.region.clone().map(aws_sdk_cognitoidentityprovider::config::Region::new);
    let aws = timeout_at(deadline, environment(set.as_ref())).await.map_err(late)?;
    let region = set.or_else(|| aws.region().cloned()).ok_or(ReadError::NoRegion)?;
    let provider = aws
        .credentials_provider()
        .ok_or_else(|| ReadError::NoCredentials("no provider is configured".to_owned()))?;
    timeout_at(deadline, provider.provide_credentials())
        .await
        .map_err(late)?
        .map_err(|error| ReadError::NoCredentials(in_one_line(&error)))?;
    let mut builder = pool_config(cognito, &region)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS));
    builder.set_credentials_provider(Some(provider));
    Ok(Client::from_conf(builder.build()))
}

/// Joins an error and its causes. Uses the first line of each, because the chain of providers lists
/// every try.
fn in_one_line(error: &(dyn StdError + 'static)) -> String {
    let mut parts = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        parts.push(first.trim_end_matches(" Attempted:").trim_end_matches('.').to_owned());
        cause = error.source();
    }
    parts.join(": ")
}

/// Classifies an error. Omits the message of AWS, which names accounts and roles.
fn classify<T, E>(error: &SdkError<E, HttpResponse>) -> ReadResult<T>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match error.code() {
        Some("ResourceNotFoundException") => ReadResult::NotFound,
        Some("AccessDeniedException" | "AccessDenied" | "NotAuthorizedException") => {
            ReadResult::Denied
        }
        Some(
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException",
        ) => ReadResult::Failed("AWS rejects the credentials".to_owned()),
        Some("ExpiredTokenException" | "ExpiredToken") => {
            ReadResult::Failed("the AWS credentials have expired".to_owned())
        }
        Some(code) if code.starts_with("Throttling") || code == "TooManyRequestsException" => {
            ReadResult::Failed("AWS throttled the call".to_owned())
        }
        Some(code) if code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            ReadResult::Failed(format!("AWS responded with {code}"))
        }
        _ => ReadResult::Failed(match error {
            SdkError::TimeoutError(_) => TIMED_OUT.to_owned(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => TIMED_OUT.to_owned(),
            SdkError::DispatchFailure(_) => "AWS is unavailable".to_owned(),
            _ => "the response was not a response of AWS".to_owned(),
        }),
    }
}

/// Returns the reason of a failed call, or `None` if the call succeeded or the description does not
/// exist.
fn failure<T>(result: &ReadResult<T>, action: &str) -> Option<String> {
    if result.is_not_found() { None } else { result.failure(action) }
}
