//! A call by which the pool accepts or rejects a client secret.

use aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata;
use secrecy::SecretString;
use tokio::time::timeout_at;
use uuid::Uuid;

use super::Reader;
use crate::{cognito::secret_hash, doctor::secrets::SecretStatus};

impl Reader<'_> {
    /// Tries to confirm a user that does not exist. Cognito checks the SecretHash first. If the
    /// SecretHash is valid, the error is about the user or the code. The call changes and sends
    /// nothing.
    pub(super) async fn probe(&self, secret: &SecretString) -> Option<SecretStatus> {
        let username = Uuid::new_v4().to_string();
        let call = self
            .client
            .confirm_sign_up()
            .client_id(&self.cognito.client_id)
            .username(&username)
            .secret_hash(secret_hash(secret, &username, &self.cognito.client_id))
            .confirmation_code("000000")
            .send();
        let error = timeout_at(self.deadline, call).await.ok()?.err()?;
        match error.code()? {
            "UserNotFoundException" | "CodeMismatchException" | "ExpiredCodeException" => {
                Some(SecretStatus::Accepted)
            }
            "NotAuthorizedException" if is_about_secret(error.message()?) => {
                Some(SecretStatus::Rejected)
            }
            _ => None,
        }
    }
}

/// Returns `true` for the spellings `secret hash`, `SECRET_HASH` and `SecretHash`.
fn is_about_secret(message: &str) -> bool {
    message.to_lowercase().replace([' ', '_'], "").contains("secrethash")
}
