//! The app client's active secrets, and the three operations that rotate them.

use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{PoolSettings, answer::Refusal, call::Call, describe};

/// The most that AWS allows.
const MOST: usize = 2;

/// The secrets that the pool takes at present, the oldest first.
#[derive(Debug)]
pub(super) struct ClientSecrets(Mutex<Vec<Active>>);

#[derive(Debug)]
struct Active {
    id: String,
    made: u64,
    secret: SecretString,
}

impl ClientSecrets {
    /// The secrets that the settings begin with.
    pub(super) fn new(settings: &PoolSettings) -> Self {
        let now = describe::now();
        let first = now.saturating_sub(settings.client_secrets.len() as u64);
        let active = settings.client_secrets.iter().zip(first..).map(|(secret, made)| Active {
            id: id(&settings.client_id, made),
            made,
            secret: secret.clone(),
        });
        Self(Mutex::new(active.collect()))
    }

    /// The secrets that are active now.
    pub(super) fn active(&self) -> Vec<SecretString> {
        self.with(|active| active.iter().map(|active| active.secret.clone()).collect())
    }

    /// `AddUserPoolClientSecret`: tells a secret that the pool made, and not one that was sent.
    pub(super) fn add(&self, settings: &PoolSettings, call: &Call) -> Result<Value, Refusal> {
        let custom = call.client_secret.as_ref().map(ExposeSecret::expose_secret);
        if custom.is_some_and(|secret| !is_client_secret(secret)) {
            return Err(Refusal::invalid_parameter(
                r"1 validation error detected: Value at 'clientSecret' failed to satisfy constraint: Member must have length between 24 and 64 and satisfy regular expression pattern: [\w+]+",
            ));
        }
        describe::check_client(settings, call)?;
        self.with(|active| {
            if active.is_empty() {
                return Err(Refusal::invalid_parameter(
                    "A secret can be added to a client that has one already, and to no other.",
                ));
            }
            if active.len() >= MOST {
                return Err(Refusal::new(
                    "LimitExceededException",
                    format!("A client has {MOST} active secrets at most."),
                ));
            }
            // No two are made in one second, so that their ids differ.
            let last = active.iter().map(|active| active.made).max().unwrap_or_default();
            let made = describe::now().max(last + 1);
            let id = id(&settings.client_id, made);
            let mut descriptor = json!({"ClientSecretId": id, "ClientSecretCreateDate": made});
            let secret = if let Some(custom) = custom {
                SecretString::from(custom)
            } else {
                let secret = generated();
                descriptor["ClientSecretValue"] = Value::String(secret.clone());
                SecretString::from(secret)
            };
            active.push(Active { id, made, secret });
            Ok(json!({"ClientSecretDescriptor": descriptor}))
        })
    }

    /// `ListUserPoolClientSecrets`, which tells no value.
    pub(super) fn list(&self, settings: &PoolSettings, call: &Call) -> Result<Value, Refusal> {
        describe::check_client(settings, call)?;
        let list: Vec<Value> = self.with(|active| {
            let shown = |active: &Active| {
                json!({"ClientSecretId": active.id, "ClientSecretCreateDate": active.made})
            };
            active.iter().map(shown).collect()
        });
        Ok(json!({"ClientSecrets": list}))
    }

    /// `DeleteUserPoolClientSecret`, which never deletes the last.
    pub(super) fn delete(&self, settings: &PoolSettings, call: &Call) -> Result<Value, Refusal> {
        describe::check_client(settings, call)?;
        let wanted = call.client_secret_id.as_deref().unwrap_or_default();
        self.with(|active| {
            let Some(place) = active.iter().position(|active| active.id == wanted) else {
                return Err(Refusal::new(
                    "ResourceNotFoundException",
                    format!("Client secret {wanted} does not exist."),
                ));
            };
            if active.len() == 1 {
                return Err(Refusal::invalid_parameter(
                    "The last secret of a client cannot be deleted.",
                ));
            }
            active.remove(place);
            Ok(json!({}))
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Active>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// `<client id>--<time of creation>` (service model, `ClientSecretDescriptorType`).
fn id(client_id: &str, made: u64) -> String {
    format!("{client_id}--{made}")
}

/// 24 to 64 of `[\w+]` (API Reference, `AddUserPoolClientSecret`).
fn is_client_secret(text: &str) -> bool {
    (24..=64).contains(&text.chars().count())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '+'))
}

/// Fifty-one characters, as Cognito's own are long.
fn generated() -> String {
    let mut secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    secret.truncate(51);
    secret
}
