//! ConfirmSignUp: a call whose outcome is confirmed, not confirmed, or unknown.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

use super::{
    ClientInfo, Cognito, ConfirmError,
    call::{Reply, analytics, client_metadata},
    outcome, validate_response,
};
use crate::{metrics::CognitoOperation, registration::Confirmation};

impl Cognito {
    /// Confirms an account with the code that its user received. Never sends `ForceAliasCreation`,
    /// because this parameter would remove the alias from another account.
    ///
    /// Awaits `wait_for_slot` before each try, with the maximum time to wait. The error of
    /// `wait_for_slot` is the time after which the client may try again.
    ///
    /// Returns the session with which the user can sign in. Returns `None` if the response has no
    /// usable session.
    pub async fn confirm(
        &self,
        confirmation: &Confirmation,
        client: &ClientInfo,
        deadline: Instant,
        wait_for_slot: impl AsyncFn(Duration) -> Result<(), Duration>,
    ) -> Reply<Option<SecretString>, ConfirmError> {
        let username = &confirmation.username;
        let context = self.user_context(username, confirmation.device_data.as_deref(), client);
        let session = confirmation.session.as_ref();
        self.call(
            CognitoOperation::ConfirmSignUp,
            wait_for_slot,
            username,
            deadline,
            async |hash| {
                let call = self
                    .client
                    .confirm_sign_up()
                    .client_id(&self.settings.client_id)
                    .secret_hash(hash)
                    .username(username.as_str())
                    .confirmation_code(confirmation.code.expose_secret())
                    .set_session(session.map(|session| session.expose_secret().to_owned()))
                    .set_client_metadata(client_metadata(&confirmation.client_metadata))
                    .set_analytics_metadata(analytics(
                        confirmation.analytics_endpoint_id.as_deref(),
                    ))
                    .set_user_context_data(context.clone())
                    .send();
                Reply::of(call.await, |result| match result {
                    Ok(output) => Ok(validate_response::session(output.session)),
                    Err(error) => Err(outcome::confirm_error(&error, &self.fields)),
                })
            },
        )
        .await
    }
}
