//! A client secret in AWS Secrets Manager.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::{
    Client,
    config::{Config, StalledStreamProtectionConfig, retry::RetryConfig},
    error::SdkError,
    operation::get_secret_value::GetSecretValueError,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{aws, secret_sources::Stage};
use crate::config::{self, SecretAddress};

/// A client for one secret. No error text contains a secret.
#[derive(Debug)]
pub(super) struct SecretsManager {
    client: Client,
    address: SecretAddress,
}

impl SecretsManager {
    /// Builds a client with the credentials of the environment. The endpoint comes from our own
    /// setting alone.
    ///
    /// # Errors
    /// Never. The variant without the cargo feature `secrets-manager` always fails.
    pub(super) async fn open(
        settings: &config::Cognito,
        address: &SecretAddress,
    ) -> Result<Self, String> {
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
        builder.set_endpoint_url(settings.secrets_manager_endpoint.clone());
        Ok(Self { client: Client::from_conf(builder.build()), address: address.clone() })
    }

    /// Reads the client secret of a stage. Returns `None` if no version has the stage, or if a
    /// version other than the current one holds no client secret.
    ///
    /// # Errors
    /// If Secrets Manager rejects the call, or the current version holds no client secret.
    pub(super) async fn read(&self, stage: Stage) -> Result<Option<SecretString>, String> {
        let Some(text) = self.text(stage).await? else { return Ok(None) };
        match client_secret(text.expose_secret(), self.address.key.as_deref()) {
            Ok(secret) => Ok(Some(secret)),
            Err(reason) if stage == Stage::Current => Err(reason),
            Err(_) => Ok(None),
        }
    }

    async fn text(&self, stage: Stage) -> Result<Option<SecretString>, String> {
        let answer = self
            .client
            .get_secret_value()
            .secret_id(&self.address.arn)
            .version_stage(stage.as_str())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if is_not_found(&error) => return Ok(None),
            Err(error) => {
                return Err(format!(
                    "AWS Secrets Manager did not tell it (secretsmanager:GetSecretValue): {}",
                    aws::reason(&error)
                ));
            }
        };
        match answer.secret_string {
            Some(text) => Ok(Some(text.into())),
            None => Err("this secret of AWS Secrets Manager holds no text".to_owned()),
        }
    }
}

fn is_not_found<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

/// The client secret in what a version holds.
fn client_secret(text: &str, key: Option<&str>) -> Result<SecretString, String> {
    let secret = match key {
        Some(key) => match json_object(text)?.remove(key) {
            Some(Value::String(secret)) => secret,
            _ => {
                return Err(format!(
                    "this secret of AWS Secrets Manager has no text under `{key}`"
                ));
            }
        },
        // No client secret of Cognito has a brace.
        None if text.trim_start().starts_with('{') => {
            return Err("this secret of AWS Secrets Manager is JSON: say which key, as in `ARN#client_secret`".to_owned());
        }
        None => text.trim_end_matches(['\r', '\n']).to_owned(),
    };
    if secret.is_empty() {
        return Err("this secret of AWS Secrets Manager is empty".to_owned());
    }
    Ok(secret.into())
}

fn json_object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| {
        "this secret of AWS Secrets Manager is no JSON object, but the setting names a key"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_client_secret_plain_or_under_its_key() {
        for (text, key, expected) in [
            ("plain", None, Ok("plain")),
            ("plain\r\n", None, Ok("plain")),
            (r#"{"a": "one", "b": "two"}"#, Some("b"), Ok("two")),
            (r#"{"a": "one"}"#, None, Err("say which key")),
            (r#"{"a": "one"}"#, Some("b"), Err("no text under `b`")),
            (r#"{"a": 31415926}"#, Some("a"), Err("no text under `a`")),
            (r#"["swordfish"]"#, Some("a"), Err("no JSON object")),
            ("swordfish", Some("a"), Err("no JSON object")),
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
