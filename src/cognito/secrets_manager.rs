//! A client secret in AWS Secrets Manager, and the stages of its versions.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::{
    Client,
    config::{Config, StalledStreamProtectionConfig, retry::RetryConfig},
    error::SdkError,
    operation::get_secret_value::GetSecretValueError,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{Stage, aws};
use crate::config::{self, SecretAddress};

/// One secret there. What goes wrong is said in one sentence that holds no secret.
#[derive(Debug)]
pub struct SecretsManager {
    client: Client,
    address: SecretAddress,
}

impl SecretsManager {
    /// With the credentials of the environment. As with the pool, the endpoint comes from our
    /// own setting alone.
    ///
    /// # Errors
    /// Never; without the cargo feature there is another one, which always fails.
    pub async fn open(settings: &config::Cognito, address: &SecretAddress) -> Result<Self, String> {
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

    /// The client secret of a stage, where a version has it. Of the versions that are not in
    /// force, one that holds no client secret counts as none.
    ///
    /// # Errors
    /// Says why it cannot be known.
    pub async fn read(&self, stage: Stage) -> Result<Option<SecretString>, String> {
        let Some(version) = self.version(stage).await? else { return Ok(None) };
        match client_secret(version.text.expose_secret(), self.address.key.as_deref()) {
            Ok(secret) => Ok(Some(secret)),
            Err(reason) if stage == Stage::Current => Err(reason),
            Err(_) => Ok(None),
        }
    }

    /// Stores a client secret as the version that is to come; what else the secret holds stays.
    ///
    /// # Errors
    /// Says why it was not stored.
    pub async fn store_pending(&self, secret: &SecretString) -> Result<(), String> {
        let text = match &self.address.key {
            None => secret.expose_secret().to_owned(),
            Some(key) => {
                let mut members = match self.version(Stage::Current).await? {
                    Some(version) => json_object(version.text.expose_secret())?,
                    None => Map::new(),
                };
                members.insert(key.clone(), Value::from(secret.expose_secret()));
                Value::Object(members).to_string()
            }
        };
        self.client
            .put_secret_value()
            .secret_id(&self.address.arn)
            .secret_string(text)
            .version_stages(Stage::Pending.as_str())
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                format!("AWS Secrets Manager did not store it: {}", aws::reason(&error))
            })
    }

    /// Puts the version that holds this client secret into force. Where somebody else's is to come
    /// by now, this one is stored again: it is the one that the pool takes.
    ///
    /// # Errors
    /// Says why it was not put into force.
    pub async fn promote_pending(&self, secret: &SecretString) -> Result<(), String> {
        let ours = |pending: &Version| self.holds(pending, secret);
        let mut pending = self.version(Stage::Pending).await?.filter(ours);
        if pending.is_none() {
            self.store_pending(secret).await?;
            pending = self.version(Stage::Pending).await?.filter(ours);
        }
        let Some(pending) = pending else {
            return Err(
                "somebody else goes on storing other versions as AWSPENDING: nothing was put into force"
                    .to_owned(),
            );
        };
        let current = self.version(Stage::Current).await?.map(|version| version.id);
        if current.as_ref() != Some(&pending.id) {
            self.client
                .update_secret_version_stage()
                .secret_id(&self.address.arn)
                .version_stage(Stage::Current.as_str())
                .set_remove_from_version_id(current)
                .move_to_version_id(&pending.id)
                .send()
                .await
                .map_err(|error| {
                    format!(
                        "AWS Secrets Manager did not make it AWSCURRENT: {}",
                        aws::reason(&error)
                    )
                })?;
        }
        // A label that stays behind would only keep a rotation function from its work.
        let _ = self
            .client
            .update_secret_version_stage()
            .secret_id(&self.address.arn)
            .version_stage(Stage::Pending.as_str())
            .remove_from_version_id(&pending.id)
            .send()
            .await;
        Ok(())
    }

    fn holds(&self, version: &Version, secret: &SecretString) -> bool {
        client_secret(version.text.expose_secret(), self.address.key.as_deref())
            .is_ok_and(|held| held.expose_secret() == secret.expose_secret())
    }

    async fn version(&self, stage: Stage) -> Result<Option<Version>, String> {
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
        match (answer.version_id, answer.secret_string) {
            (Some(id), Some(text)) => Ok(Some(Version { id, text: text.into() })),
            _ => Err("this secret of AWS Secrets Manager holds no text".to_owned()),
        }
    }
}

struct Version {
    id: String,
    text: SecretString,
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
