//! Reads the descriptions from AWS. Each read needs a permission of its own, and the lack of one
//! keeps none of the others from being made.

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
    descriptions::Reading,
    secrets::{self, Ours, Verdict},
};
use crate::{
    cognito::{
        aws::{environment, pool_config},
        client_secrets::sources,
    },
    config,
};

/// Reading changes nothing, so that it may be tried again.
const ATTEMPTS: u32 = 3;

/// Why nothing at all was read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// No setting and no AWS variable or profile says the region.
    #[error("cognito.region is not set, and neither AWS_REGION nor an AWS profile says it")]
    NoRegion,
    /// There is nobody to ask as.
    #[error(
        "no AWS credentials were found ({0}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --offline with saved descriptions"
    )]
    NoCredentials(String),
    /// Neither the pool nor its client could be described.
    #[error("neither the pool nor its app client could be read: {0}; {1}")]
    NothingRead(String, String),
}

/// Asks AWS, with the credentials that its tools would use, for at most so long. The endpoint
/// comes from our own setting alone.
///
/// # Errors
/// Where there are no credentials, or nothing could be read.
pub async fn describe(
    cognito: &config::Cognito,
    patience: Duration,
) -> Result<Descriptions, ReadError> {
    let deadline = Instant::now() + patience;
    let read = Read { client: client(cognito, deadline).await?, cognito, deadline };
    let pool = read
        .one(
            read.client.describe_user_pool().user_pool_id(&cognito.user_pool_id).send(),
            |answer| answer.user_pool,
        )
        .await;
    let client = read
        .one(
            read.client
                .describe_user_pool_client()
                .user_pool_id(&cognito.user_pool_id)
                .client_id(&cognito.client_id)
                .send(),
            |answer| answer.user_pool_client,
        )
        .await;
    if let (Some(pool), Some(client)) =
        (why_nothing(&pool, "DescribeUserPool"), why_nothing(&client, "DescribeUserPoolClient"))
    {
        return Err(ReadError::NothingRead(pool, client));
    }
    let active_secrets = read
        .one(
            read.client
                .list_user_pool_client_secrets()
                .user_pool_id(&cognito.user_pool_id)
                .client_id(&cognito.client_id)
                .send(),
            |answer| Some(answer.client_secrets().len()),
        )
        .await;
    let other_clients = read.other_clients().await;
    let shown = client.read().and_then(|client| client.client_secret());
    let active = active_secrets.read().copied();
    // Large futures, both of them.
    let primary = Box::pin(sources::load_primary(cognito));
    let primary = Ours::asked(timeout_at(deadline, primary).await);
    let secondary = Box::pin(sources::load_secondary(cognito));
    let secondary = Ours::asked(timeout_at(deadline, secondary).await);
    let primary = read.verdict(&primary, shown, active).await;
    let mut secondary = read.verdict(&secondary, shown, active).await;
    // A version before that the pool takes no longer is what a rotation ends with.
    if secondary == Verdict::Refused && cognito.secondary_client_secret_source().is_none() {
        secondary = Verdict::NotSet;
    }
    Ok(Descriptions { pool, client, other_clients, active_secrets, primary, secondary })
}

/// The way to AWS, and until when it is taken.
struct Read<'a> {
    client: Client,
    cognito: &'a config::Cognito,
    deadline: Instant,
}

impl Read<'_> {
    /// Compares one of our secrets, and asks the pool where that says too little.
    async fn verdict(&self, ours: &Ours, shown: Option<&str>, active: Option<usize>) -> Verdict {
        let verdict = secrets::compare(ours, shown, active);
        match (verdict, ours) {
            (Verdict::Unknown | Verdict::Differs, Ours::Told(ours)) => {
                self.probe(ours).await.unwrap_or(verdict)
            }
            _ => verdict,
        }
    }

    /// Makes one call, and takes of its answer what is asked for.
    async fn one<O, T, E>(
        &self,
        call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        take: impl FnOnce(O) -> Option<T>,
    ) -> Reading<T>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        match timeout_at(self.deadline, call).await {
            Ok(Ok(answer)) => take(answer)
                .map_or_else(|| Reading::Failed("the answer was empty".to_owned()), Reading::Read),
            Ok(Err(error)) => not_read(&error),
            Err(_) => Reading::Failed("AWS did not answer in time".to_owned()),
        }
    }
}

/// A client that signs its calls.
async fn client(cognito: &config::Cognito, deadline: Instant) -> Result<Client, ReadError> {
    let late = |_| ReadError::NoCredentials("it took too long".to_owned());
    let set = cognito.region.clone().map(aws_sdk_cognitoidentityprovider::config::Region::new);
    let aws = timeout_at(deadline, environment(set.as_ref())).await.map_err(late)?;
    let region = set.or_else(|| aws.region().cloned()).ok_or(ReadError::NoRegion)?;
    let provider = aws
        .credentials_provider()
        .ok_or_else(|| ReadError::NoCredentials("nothing provides any".to_owned()))?;
    timeout_at(deadline, provider.provide_credentials())
        .await
        .map_err(late)?
        .map_err(|error| ReadError::NoCredentials(in_one_line(&error)))?;
    let mut builder = pool_config(cognito, &region)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    builder.set_credentials_provider(Some(provider));
    Ok(Client::from_conf(builder.build()))
}

/// An error and its causes. The chain of providers tells all that it tried, a line each.
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

/// What an error means. AWS's own words stay out of it: they name accounts and roles.
fn not_read<T, E>(error: &SdkError<E, HttpResponse>) -> Reading<T>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match error.code() {
        Some("ResourceNotFoundException") => Reading::Missing,
        Some("AccessDeniedException" | "AccessDenied" | "NotAuthorizedException") => {
            Reading::Denied
        }
        Some(
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException",
        ) => Reading::Failed("AWS does not take the credentials".to_owned()),
        Some("ExpiredTokenException" | "ExpiredToken") => {
            Reading::Failed("the AWS credentials have expired".to_owned())
        }
        Some(code) if code.starts_with("Throttling") || code == "TooManyRequestsException" => {
            Reading::Failed("AWS was asked too often".to_owned())
        }
        Some(code) if code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Reading::Failed(format!("AWS answered {code}"))
        }
        _ => Reading::Failed(match error {
            SdkError::TimeoutError(_) => "AWS did not answer in time".to_owned(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                "AWS did not answer in time".to_owned()
            }
            SdkError::DispatchFailure(_) => {
                "AWS could not be reached; check cognito.region and cognito.endpoint".to_owned()
            }
            _ => "what came back is no answer of AWS's".to_owned(),
        }),
    }
}

/// Why there is neither a description nor the knowledge that there is nothing to describe.
fn why_nothing<T>(reading: &Reading<T>, action: &str) -> Option<String> {
    match reading {
        Reading::Read(_) | Reading::Missing => None,
        Reading::Denied => Some(format!("the credentials do not allow cognito-idp:{action}")),
        Reading::Failed(reason) => Some(format!("{action}: {reason}")),
        Reading::NotGiven => Some(format!("{action} was not asked")),
    }
}
