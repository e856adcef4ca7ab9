//! The app client's secrets as an operator with AWS credentials changes them.

use aws_config::Region;
use aws_sdk_cognitoidentityprovider::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::ClientSecretDescriptorType,
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use uuid::Uuid;

use super::{ConnectError, aws, secret_hash};
use crate::config;

/// The length of what is random in a new secret.
const RANDOM: usize = 43;

/// A secret that the pool takes. No call tells its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveSecret {
    /// Such as `1example23456789--1763790000`.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub made: i64,
}

/// Why no secret was added, or perhaps none.
#[derive(Debug, Error)]
pub enum AddError {
    /// None was.
    #[error("nothing was added (cognito-idp:AddUserPoolClientSecret): {0}")]
    NotAdded(String),
    /// Nobody can say.
    #[error("it is not known whether it was added (cognito-idp:AddUserPoolClientSecret): {0}")]
    Unknown(String),
}

/// The app client, by the calls that need AWS credentials.
#[derive(Debug)]
pub struct AppClient {
    client: Client,
    /// For the one call that needs no credentials.
    unsigned: Client,
    settings: config::Cognito,
}

impl AppClient {
    /// With the credentials of the environment.
    ///
    /// # Errors
    /// Where the region cannot be found.
    pub async fn open(settings: &config::Cognito) -> Result<Self, ConnectError> {
        let region: Region = aws::region(settings).await?;
        Ok(Self {
            client: aws::pool_with_credentials(settings, &region).await,
            unsigned: Client::from_conf(aws::pool_config(settings, &region).build()),
            settings: settings.clone(),
        })
    }

    /// The secrets that the pool takes, the oldest first.
    ///
    /// # Errors
    /// Says why the pool did not tell.
    pub async fn active_secrets(&self) -> Result<Vec<ActiveSecret>, String> {
        let answer = self
            .client
            .list_user_pool_client_secrets()
            .user_pool_id(&self.settings.user_pool_id)
            .client_id(&self.settings.client_id)
            .send()
            .await
            .map_err(|error| {
                let reason = aws::reason(&error);
                format!("the pool did not list the secrets (cognito-idp:ListUserPoolClientSecrets): {reason}")
            })?;
        let mut active: Vec<ActiveSecret> =
            answer.client_secrets.unwrap_or_default().into_iter().filter_map(active).collect();
        active.sort_by_key(|secret| secret.made);
        Ok(active)
    }

    /// Makes this secret active beside the one that is. Returns its id, where the pool tells it.
    ///
    /// # Errors
    /// Where it was not added, or nobody can say.
    pub async fn add(&self, secret: &SecretString) -> Result<Option<String>, AddError> {
        let added = self
            .client
            .add_user_pool_client_secret()
            .user_pool_id(&self.settings.user_pool_id)
            .client_id(&self.settings.client_id)
            .client_secret(secret.expose_secret())
            .send()
            .await;
        let id = added.map(|answer| answer.client_secret_descriptor?.client_secret_id);
        id.map_err(|error| {
            let reason = aws::reason(&error);
            let is_refusal = error.code().is_some_and(|code| !code.starts_with("Internal"));
            if is_refusal || matches!(error, SdkError::ConstructionFailure(_)) {
                AddError::NotAdded(reason)
            } else {
                AddError::Unknown(reason)
            }
        })
    }

    /// Has the pool take this secret no longer.
    ///
    /// # Errors
    /// Says why the pool did not, or that nobody can say.
    pub async fn delete(&self, id: &str) -> Result<(), String> {
        self.client
            .delete_user_pool_client_secret()
            .user_pool_id(&self.settings.user_pool_id)
            .client_id(&self.settings.client_id)
            .client_secret_id(id)
            .send()
            .await
            .map(drop)
            .map_err(|error| aws::reason(&error))
    }

    /// Whether the pool takes this secret. It is asked for a code for a user that does not exist,
    /// so that nothing comes of it.
    ///
    /// # Errors
    /// Where its answer does not tell.
    pub async fn takes(&self, secret: &SecretString) -> Result<bool, String> {
        let nobody = Uuid::new_v4().to_string();
        let answer = self
            .unsigned
            .resend_confirmation_code()
            .client_id(&self.settings.client_id)
            .secret_hash(secret_hash(secret, &nobody, &self.settings.client_id))
            .username(&nobody)
            .send()
            .await;
        let Err(error) = answer else { return Ok(true) };
        let message = error.message().unwrap_or_default().to_lowercase();
        let is_about_the_secret =
            ["secret_hash", "secret hash", "secrethash"].iter().any(|text| message.contains(text));
        match error.code() {
            Some("NotAuthorizedException") if is_about_the_secret => Ok(false),
            // That there is no such user is said to who has the secret. Any other refusal may have
            // come before the secret was looked at.
            Some("UserNotFoundException") => Ok(true),
            _ => Err(format!(
                "the pool did not say whether it takes the secret: {}",
                aws::reason(&error)
            )),
        }
    }
}

fn active(descriptor: ClientSecretDescriptorType) -> Option<ActiveSecret> {
    let id = descriptor.client_secret_id?;
    let made = descriptor.client_secret_create_date.map(|date| date.secs());
    // The id ends with the same time.
    let made = made.or_else(|| id.rsplit_once("--")?.1.parse().ok()).unwrap_or_default();
    Some(ActiveSecret { id, made })
}

/// A new secret of 256 random bits, within what Cognito allows (24 to 64 of `[\w+]`). It begins
/// with the time at which the secret was made that it replaces, since no call of Cognito's tells
/// which of two secrets is which: so it can be told later that it is not that one.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn new_secret(replaced: &ActiveSecret) -> Result<SecretString, ring::error::Unspecified> {
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random)?;
    // The alphabet of base64, but for the slash.
    let random = BASE64_STANDARD_NO_PAD.encode(random).replace('/', "_");
    Ok(format!("{}_{random}", replaced.made).into())
}

/// When the secret was made that this one replaces, where [`new_secret`] made it.
#[must_use]
pub fn made_after(secret: &SecretString) -> Option<i64> {
    let (time, random) = secret.expose_secret().split_once('_')?;
    time.parse().ok().filter(|_| random.len() == RANDOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_within_cognitos_limits_and_tells_what_it_replaces() {
        let replaced = ActiveSecret { id: "client--1763790000".to_owned(), made: 1_763_790_000 };

        let secret = new_secret(&replaced).unwrap();
        let other = new_secret(&replaced).unwrap();

        let text = secret.expose_secret();
        assert!((24..=64).contains(&text.len()), "{}", text.len());
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(&byte)));
        assert_ne!(text, other.expose_secret());
        assert_eq!(made_after(&secret), Some(1_763_790_000));
        for other in ["9example87654321secretsecretsecretsecret", "1763790000_short", ""] {
            assert_eq!(made_after(&other.into()), None, "{other}");
        }
    }
}
