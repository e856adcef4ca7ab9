//! Asks the pool itself whether it takes a client secret.

use aws_sdk_cognitoidentityprovider::error::ProvideErrorMetadata;
use secrecy::SecretString;
use tokio::time::timeout_at;
use uuid::Uuid;

use super::Read;
use crate::{cognito::secret_hash, doctor::secrets::Verdict};

impl Read<'_> {
    /// Confirms a user that does not exist. Cognito looks at the SecretHash first: where it is
    /// right, the refusal is about the user or the code. Nothing is created, changed or sent.
    pub(super) async fn probe(&self, secret: &SecretString) -> Option<Verdict> {
        let nobody = Uuid::new_v4().to_string();
        let call = self
            .client
            .confirm_sign_up()
            .client_id(&self.cognito.client_id)
            .username(&nobody)
            .secret_hash(secret_hash(secret, &nobody, &self.cognito.client_id))
            .confirmation_code("000000")
            .send();
        let error = timeout_at(self.deadline, call).await.ok()?.err()?;
        match error.code()? {
            "UserNotFoundException" | "CodeMismatchException" | "ExpiredCodeException" => {
                Some(Verdict::Taken)
            }
            "NotAuthorizedException" if is_about_the_secret(error.message()?) => {
                Some(Verdict::Refused)
            }
            _ => None,
        }
    }
}

/// Cognito writes `secret hash`, `SECRET_HASH` and `SecretHash`.
fn is_about_the_secret(message: &str) -> bool {
    message.to_lowercase().replace([' ', '_'], "").contains("secrethash")
}
