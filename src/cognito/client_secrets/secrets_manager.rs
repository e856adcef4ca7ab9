//! Client secrets in AWS Secrets Manager. No error contains a secret.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::{
    Client,
    config::{Config, StalledStreamProtectionConfig, retry::RetryConfig},
    error::SdkError,
    operation::get_secret_value::GetSecretValueError,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{
    cognito::aws,
    config::{self, SecretAddress},
};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// The reason why Secrets Manager returned no secret.
pub(super) struct Failure {
    pub(super) reason: String,
    /// `true` if the same call may succeed later.
    pub(super) may_pass: bool,
}

impl<T: Into<String>> From<T> for Failure {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), may_pass: false }
    }
}

pub(super) async fn read_current(
    settings: &config::Cognito,
    address: &SecretAddress,
) -> Result<SecretString, Failure> {
    let text = read(settings, address, CURRENT)
        .await?
        .ok_or("AWS Secrets Manager has no such secret, or the secret has no version AWSCURRENT. Correct the ARN, or store a value")?;
    Ok(client_secret(text.expose_secret(), address.key.as_deref())?)
}

/// Reads the client secret of the previous version. Returns `None` if there is no previous version,
/// or if that version contains no client secret.
pub(super) async fn read_previous(
    settings: &config::Cognito,
    address: &SecretAddress,
) -> Result<Option<SecretString>, Failure> {
    let text = read(settings, address, PREVIOUS).await?;
    Ok(text.and_then(|text| client_secret(text.expose_secret(), address.key.as_deref()).ok()))
}

/// Reads the string of the version with this stage. Returns `None` if there is no such secret or
/// version.
async fn read(
    settings: &config::Cognito,
    address: &SecretAddress,
    stage: &str,
) -> Result<Option<SecretString>, Failure> {
    let region = Region::new(address.region.clone());
    let environment = aws::environment(Some(&region)).await;
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region)
        .http_client(aws::http_client())
        .timeout_config(aws::time_outs(settings))
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_credentials_provider(environment.credentials_provider());
    // Only the settings name the endpoint. `AWS_ENDPOINT_URL` has no effect.
    builder.set_endpoint_url(settings.secrets_manager_endpoint.clone());
    let response = Client::from_conf(builder.build())
        .get_secret_value()
        .secret_id(&address.arn)
        .version_stage(stage)
        .send()
        .await;
    match response {
        Ok(version) => match version.secret_string {
            Some(text) => Ok(Some(text.into())),
            None => Err("this secret of AWS Secrets Manager contains no string. Store the client secret as a string".into()),
        },
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(Failure {
            reason: format!(
                "secretsmanager:GetSecretValue failed: {}. Check the permissions of the credentials",
                aws::reason(&error)
            ),
            may_pass: aws::may_pass(&error),
        }),
    }
}

fn is_not_found<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

fn client_secret(text: &str, key: Option<&str>) -> Result<SecretString, String> {
    let secret = match key {
        Some(key) => match json_object(text)?.remove(key) {
            Some(Value::String(secret)) => secret,
            _ => {
                return Err(format!(
                    "this secret of AWS Secrets Manager has no string under the JSON key `{key}`. Correct the JSON key"
                ));
            }
        },
        // No client secret of Cognito contains a brace.
        None if text.trim_start().starts_with('{') => {
            return Err("this secret of AWS Secrets Manager is JSON. Name its JSON key, as in `ARN#client_secret`".to_owned());
        }
        None => text.trim_end_matches(['\r', '\n']).to_owned(),
    };
    if secret.is_empty() {
        return Err("this secret of AWS Secrets Manager is empty. Store a value".to_owned());
    }
    Ok(secret.into())
}

fn json_object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| {
        "this secret of AWS Secrets Manager is not a JSON object, but the setting names a JSON key. Remove the JSON key"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_client_secret_from_plain_text_or_a_json_key() {
        for (text, key, expected) in [
            ("plain", None, Ok("plain")),
            ("plain\r\n", None, Ok("plain")),
            (r#"{"a": "one", "b": "two"}"#, Some("b"), Ok("two")),
            (r#"{"a": "one"}"#, None, Err("Name its JSON key")),
            (r#"{"a": "one"}"#, Some("b"), Err("no string under the JSON key `b`")),
            (r#"{"a": 31415926}"#, Some("a"), Err("no string under the JSON key `a`")),
            (r#"["swordfish"]"#, Some("a"), Err("not a JSON object")),
            ("swordfish", Some("a"), Err("not a JSON object")),
            (r#"{"a": ""}"#, Some("a"), Err("is empty")),
            ("\n", None, Err("is empty")),
        ] {
            let found = client_secret(text, key);

            match (&found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.expose_secret(), expected, "{text}"),
                (Err(reason), Err(expected)) => {
                    assert!(reason.contains(expected), "{text}: {reason}");
                    assert!(
                        !reason.contains("swordfish") && !reason.contains("31415926"),
                        "{reason}"
                    );
                }
                _ => unreachable!("{text}: {expected:?}"),
            }
        }
    }
}
