//! Reads descriptions that were saved with the AWS CLI. The SDK itself reads them, as the
//! answers to calls that go no further than this process.

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
    descriptions::{OtherClients, PublicClient, Reading},
    secrets::{self, Ours},
};
use crate::config;

/// More than any description has.
const MOST: u64 = 4 << 20;

/// Why a file is of no use; its text says what to mend.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct FileError(String);

/// Reads files that hold what `describe-user-pool`, `describe-user-pool-client`,
/// `list-user-pool-clients` and `list-user-pool-client-secrets` printed, in any order. Clients
/// besides ours are looked at for whether they are public.
///
/// # Errors
/// Says in a sentence which file cannot be used, and why.
pub async fn describe_from(
    files: &[PathBuf],
    cognito: &config::Cognito,
) -> Result<Descriptions, FileError> {
    let mut answers = Vec::new();
    for file in files {
        let named = |what| FileError(format!("{}: {what}", file.display()));
        answers.push((file.display().to_string(), read(file).map_err(named)?));
    }
    describe_answers(&answers, cognito).await
}

/// The same from answers of AWS, each with a name.
pub(super) async fn describe_answers(
    answers: &[(String, Value)],
    cognito: &config::Cognito,
) -> Result<Descriptions, FileError> {
    let mut saved = Saved::default();
    for (name, answer) in answers {
        saved.add(answer, cognito).await.map_err(|what| FileError(format!("{name}: {what}")))?;
    }
    if saved.pool.is_none() && saved.client.is_none() {
        let others = match saved.others.as_slice() {
            [] => "no file has a description of the pool or of its app client".to_owned(),
            [one, ..] => format!(
                "the files describe the app client `{}`, and cognito.client_id is `{}`",
                one.id, cognito.client_id
            ),
        };
        return Err(FileError(others));
    }
    let shown = saved.client.as_ref().and_then(|client| client.client_secret());
    let verdict = |source, held| {
        let ours = Ours::without_asking(source, held);
        secrets::compare(&ours, shown, saved.active_secrets)
    };
    let (primary, secondary) = (
        verdict(cognito.client_secret_source(), cognito.client_secret.as_ref()),
        verdict(cognito.secondary_client_secret_source(), cognito.secondary_client_secret.as_ref()),
    );
    Ok(Descriptions {
        other_clients: saved.other_clients(),
        pool: given(saved.pool),
        client: given(saved.client),
        active_secrets: given(saved.active_secrets),
        primary,
        secondary,
    })
}

/// What the files have had so far.
#[derive(Default)]
struct Saved {
    pool: Option<UserPoolType>,
    client: Option<UserPoolClientType>,
    others: Vec<Other>,
    listed: Option<Vec<String>>,
    active_secrets: Option<usize>,
}

/// Another client, without its secret.
struct Other {
    id: String,
    name: String,
    is_public: bool,
}

impl Saved {
    async fn add(&mut self, answer: &Value, cognito: &config::Cognito) -> Result<(), String> {
        let has = |name: &str| answer.get(name).is_some();
        if has("UserPool") {
            self.add_pool(answer, cognito).await
        } else if has("UserPoolClient") {
            self.add_client(answer, cognito).await
        } else if let Some(clients) = answer.get("UserPoolClients").and_then(Value::as_array) {
            let ids = clients.iter().filter_map(|client| client.get("ClientId")?.as_str());
            self.listed.get_or_insert_default().extend(ids.map(str::to_owned));
            Ok(())
        } else if let Some(secrets) = answer.get("ClientSecrets").and_then(Value::as_array) {
            self.active_secrets = Some(secrets.len());
            Ok(())
        } else {
            Err("this is not what `aws cognito-idp describe-user-pool` or `describe-user-pool-client` prints: it has neither `UserPool` nor `UserPoolClient`".to_owned())
        }
    }

    async fn add_pool(&mut self, answer: &Value, cognito: &config::Cognito) -> Result<(), String> {
        let call = client_that_answers(answer).describe_user_pool().user_pool_id("saved").send();
        let pool = call.await.ok().and_then(|answer| answer.user_pool);
        let pool = pool.ok_or("`UserPool` is no description of a user pool")?;
        let id = pool.id().ok_or("`UserPool` has no `Id`")?;
        if id != cognito.user_pool_id {
            return Err(format!(
                "this describes the user pool `{id}`, and cognito.user_pool_id is `{}`",
                cognito.user_pool_id
            ));
        }
        self.pool = Some(pool);
        Ok(())
    }

    async fn add_client(
        &mut self,
        answer: &Value,
        cognito: &config::Cognito,
    ) -> Result<(), String> {
        let call = client_that_answers(answer)
            .describe_user_pool_client()
            .user_pool_id("saved")
            .client_id("saved")
            .send();
        let client = call.await.ok().and_then(|answer| answer.user_pool_client);
        let client = client.ok_or("`UserPoolClient` is no description of an app client")?;
        let id = client.client_id().ok_or("`UserPoolClient` has no `ClientId`")?.to_owned();
        if client.user_pool_id().is_some_and(|pool| pool != cognito.user_pool_id) {
            return Err(format!(
                "this describes an app client of another pool than cognito.user_pool_id, `{}`",
                cognito.user_pool_id
            ));
        }
        if id == cognito.client_id {
            self.client = Some(client);
        } else {
            let is_public = client.client_secret().is_none_or(str::is_empty);
            let name = client.client_name.unwrap_or_default();
            self.others.push(Other { id, name, is_public });
        }
        Ok(())
    }

    /// Without a list nobody knows whether the files have all of them.
    fn other_clients(&self) -> Reading<OtherClients> {
        let is_described = |id: &&String| self.others.iter().any(|other| other.id == **id);
        let ours = self.client.as_ref().and_then(|client| client.client_id());
        let incomplete = match &self.listed {
            None if self.others.is_empty() => return Reading::NotGiven,
            None => Some("no file has the answer to ListUserPoolClients".to_owned()),
            Some(listed) => listed
                .iter()
                .filter(|id| Some(id.as_str()) != ours)
                .find(|id| !is_described(id))
                .map(|id| format!("no file describes `{}`", super::commands::shown(id))),
        };
        let public = self.others.iter().filter(|other| other.is_public);
        let public = public
            .map(|other| PublicClient { id: other.id.clone(), name: other.name.clone() })
            .collect();
        Reading::Read(OtherClients { public, incomplete })
    }
}

fn given<T>(value: Option<T>) -> Reading<T> {
    value.map_or(Reading::NotGiven, Reading::Read)
}

fn read(file: &Path) -> Result<Value, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    if fs::metadata(file).map_err(cannot)?.len() > MOST {
        return Err("this is longer than any description".to_owned());
    }
    let text = fs::read(file).map_err(cannot)?;
    // The parser's own words would quote what stands there, which may be a secret.
    let mut answer: Value = serde_json::from_slice(&text)
        .map_err(|error| format!("this is no JSON, in line {}", error.line()))?;
    without_dates(&mut answer);
    Ok(answer)
}

/// The CLI writes dates as text, and the SDK reads them as numbers; no finding is about one.
fn without_dates(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !name.ends_with("Date"));
            members.values_mut().for_each(without_dates);
        }
        Value::Array(items) => items.iter_mut().for_each(without_dates),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A client of the SDK that gets this answer to whatever it asks.
fn client_that_answers(answer: &Value) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("none", "none", None, None, "offline"))
        .retry_config(RetryConfig::disabled())
        .http_client(Saying::client(answer.to_string()))
        .build();
    Client::from_conf(config)
}

/// The wire of that client.
#[derive(Clone, Debug)]
struct Saying(String);

impl Saying {
    fn client(text: String) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Self(text));
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Saying {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = StatusCode::try_from(200_u16)
            .map_err(|error| ConnectorError::other(error.into(), None));
        let body = self.0.clone();
        HttpConnectorFuture::ready(status.map(|status| HttpResponse::new(status, body.into())))
    }
}
