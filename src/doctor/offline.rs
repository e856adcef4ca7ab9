//! Parses the saved output of the AWS CLI. The SDK parses the output as the responses to calls that
//! do not leave the process.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig},
    types::{UserPoolClientType, UserPoolType},
};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use serde_json::Value;
use thiserror::Error;

use super::{
    Descriptions,
    descriptions::{OtherClients, PublicClient, ReadResult},
    secrets::{self, ConfiguredSecret},
};
use crate::config;

/// The maximum size of a file in bytes. Every description is smaller.
const MAX_FILE: u64 = 4 << 20;

/// The reason why a file cannot be used.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct FileError(String);

/// Parses files with the output of `describe-user-pool`, `describe-user-pool-client`,
/// `list-user-pool-clients` and `list-user-pool-client-secrets`, in any order. Checks other app
/// clients for a missing secret.
///
/// # Errors
/// Returns an error if a file cannot be used.
pub async fn describe_from(
    files: &[PathBuf],
    cognito: &config::Cognito,
) -> Result<Descriptions, FileError> {
    let mut responses = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let response = read(file).map_err(|reason| FileError(format!("{name}: {reason}")))?;
        responses.push((name, response));
    }
    describe_responses(&responses, cognito).await
}

pub(super) async fn describe_responses(
    responses: &[(String, Value)],
    cognito: &config::Cognito,
) -> Result<Descriptions, FileError> {
    let mut saved = Saved::default();
    for (name, response) in responses {
        saved
            .add(response, cognito)
            .await
            .map_err(|reason| FileError(format!("{name}: {reason}")))?;
    }
    if saved.pool.is_none() && saved.client.is_none() {
        let reason = match saved.described.as_slice() {
            [] => "no file has a description of the pool or of its app client. Pass the output of `aws cognito-idp describe-user-pool`.".to_owned(),
            [one, ..] => format!(
                "the files describe the app client `{}`, but cognito.client_id is `{}`. Pass the files of that app client, or correct the setting.",
                one, cognito.client_id
            ),
        };
        return Err(FileError(reason));
    }
    let shown = saved.client.as_ref().and_then(|client| client.client_secret());
    let status = |source, written| {
        let secret = ConfiguredSecret::from_settings(source, written);
        secrets::compare(&secret, shown, saved.active_secrets)
    };
    let (primary, secondary) = (
        status(cognito.client_secret_source(), cognito.client_secret.as_ref()),
        status(cognito.secondary_client_secret_source(), cognito.secondary_client_secret.as_ref()),
    );
    let other_clients = saved.other_clients();
    Ok(Descriptions {
        pool: provided(saved.pool),
        client: provided(saved.client),
        active_secrets: provided(saved.active_secrets),
        primary,
        secondary,
        other_clients,
    })
}

#[derive(Default)]
struct Saved {
    pool: Option<UserPoolType>,
    client: Option<UserPoolClientType>,
    /// The ids of the other app clients with a description.
    described: Vec<String>,
    public: Vec<PublicClient>,
    listed: Option<Vec<String>>,
    active_secrets: Option<usize>,
}

impl Saved {
    async fn add(&mut self, response: &Value, cognito: &config::Cognito) -> Result<(), String> {
        let has = |name: &str| response.get(name).is_some();
        if has("UserPool") {
            self.add_pool(response, cognito).await
        } else if has("UserPoolClient") {
            self.add_client(response, cognito).await
        } else if let Some(clients) = response.get("UserPoolClients").and_then(Value::as_array) {
            let ids = clients.iter().filter_map(|client| client.get("ClientId")?.as_str());
            self.listed.get_or_insert_default().extend(ids.map(str::to_owned));
            Ok(())
        } else if let Some(secrets) = response.get("ClientSecrets").and_then(Value::as_array) {
            self.active_secrets = Some(secrets.len());
            Ok(())
        } else {
            Err("the file has neither `UserPool` nor `UserPoolClient`. Pass the output of `aws cognito-idp describe-user-pool` or `describe-user-pool-client`.".to_owned())
        }
    }

    async fn add_pool(
        &mut self,
        response: &Value,
        cognito: &config::Cognito,
    ) -> Result<(), String> {
        let call = client_with_response(response).describe_user_pool().user_pool_id("saved").send();
        let pool = call.await.ok().and_then(|output| output.user_pool);
        let pool = pool.ok_or("`UserPool` is not a description of a user pool. Save the output of `describe-user-pool` again.")?;
        let id = pool
            .id()
            .ok_or("`UserPool` has no `Id`. Save the output of `describe-user-pool` again.")?;
        if id != cognito.user_pool_id {
            return Err(format!(
                "the file describes the user pool `{id}`, but cognito.user_pool_id is `{}`. Pass the file of that pool, or correct the setting.",
                cognito.user_pool_id
            ));
        }
        self.pool = Some(pool);
        Ok(())
    }

    async fn add_client(
        &mut self,
        response: &Value,
        cognito: &config::Cognito,
    ) -> Result<(), String> {
        let call = client_with_response(response)
            .describe_user_pool_client()
            .user_pool_id("saved")
            .client_id("saved")
            .send();
        let client = call.await.ok().and_then(|output| output.user_pool_client);
        let client = client.ok_or("`UserPoolClient` is not a description of an app client. Save the output of `describe-user-pool-client` again.")?;
        let id = client.client_id().ok_or("`UserPoolClient` has no `ClientId`. Save the output of `describe-user-pool-client` again.")?.to_owned();
        if client.user_pool_id().is_some_and(|pool| pool != cognito.user_pool_id) {
            return Err(format!(
                "the file describes an app client of another pool than `{}` (cognito.user_pool_id). Pass the file of an app client of that pool.",
                cognito.user_pool_id
            ));
        }
        if id == cognito.client_id {
            self.client = Some(client);
        } else {
            if client.client_secret().is_none_or(str::is_empty) {
                let name = client.client_name.unwrap_or_default();
                self.public.push(PublicClient { id: id.clone(), name });
            }
            self.described.push(id);
        }
        Ok(())
    }

    /// Returns the other app clients. Without a list of all app clients, the result may be
    /// incomplete.
    fn other_clients(&mut self) -> ReadResult<OtherClients> {
        let ours = self.client.as_ref().and_then(|client| client.client_id());
        let incomplete = match &self.listed {
            None if self.described.is_empty() => return ReadResult::NotProvided,
            None => Some("no file has the output of ListUserPoolClients".to_owned()),
            Some(listed) => listed
                .iter()
                .find(|id| Some(id.as_str()) != ours && !self.described.contains(id))
                .map(|id| format!("no file describes `{}`", super::commands::shown(id))),
        };
        ReadResult::Read(OtherClients { public: std::mem::take(&mut self.public), incomplete })
    }
}

fn provided<T>(value: Option<T>) -> ReadResult<T> {
    value.map_or(ReadResult::NotProvided, ReadResult::Read)
}

fn read(file: &Path) -> Result<Value, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}. Correct the path.");
    if fs::metadata(file).map_err(failed)?.len() > MAX_FILE {
        return Err(
            "the file is too large for a description. Pass a file with one description.".to_owned()
        );
    }
    let text = fs::read(file).map_err(failed)?;
    // The error of the parser would quote the contents, which may be a secret.
    let mut description: Value = serde_json::from_slice(&text).map_err(|error| {
        format!("line {} is not valid JSON. Save the file again.", error.line())
    })?;
    remove_dates(&mut description);
    Ok(description)
}

/// Removes dates, which no check uses. The CLI prints dates as strings, but the SDK expects numbers.
fn remove_dates(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !name.ends_with("Date"));
            members.values_mut().for_each(remove_dates);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_dates),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Creates an SDK client that receives this response to every call.
fn client_with_response(response: &Value) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("none", "none", None, None, "offline"))
        .retry_config(RetryConfig::disabled())
        .http_client(StaticConnector::client(response.to_string()))
        .build();
    Client::from_conf(config)
}

/// A connector that returns a fixed response body.
#[derive(Clone, Debug)]
struct StaticConnector(String);

impl StaticConnector {
    fn client(text: String) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Self(text));
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for StaticConnector {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = StatusCode::try_from(200_u16)
            .map_err(|error| ConnectorError::other(error.into(), None));
        let body = self.0.clone();
        HttpConnectorFuture::ready(status.map(|status| HttpResponse::new(status, body.into())))
    }
}
