//! ResendConfirmationCode: a call whose outcome is sent, not sent, or unknown.

use std::time::Duration;

use super::{
    ClientInfo, Cognito, Failure, ResendError,
    call::{Reply, analytics, client_metadata},
    outcome,
};
use crate::{metrics::CognitoOperation, registration::Resend};

impl Cognito {
    /// Sends a new code to the user of an account. The previous code becomes invalid.
    ///
    /// Awaits `wait_for_slot` before each try, with the maximum time to wait. The error of
    /// `wait_for_slot` is the time after which the client may try again.
    pub async fn resend(
        &self,
        resend: &Resend,
        client: &ClientInfo,
        wait_for_slot: impl AsyncFn(Duration) -> Result<(), Duration>,
    ) -> Reply<(), ResendError> {
        let username = &resend.username;
        let context = self.user_context(username, resend.device_data.as_deref(), client);
        let deadline = self.deadline();
        self.call(
            CognitoOperation::ResendConfirmationCode,
            wait_for_slot,
            username,
            deadline,
            async |hash| {
                let call = self
                    .client
                    .resend_confirmation_code()
                    .client_id(&self.settings.client_id)
                    .secret_hash(hash)
                    .username(username.as_str())
                    .set_client_metadata(client_metadata(&resend.client_metadata))
                    .set_analytics_metadata(analytics(resend.analytics_endpoint_id.as_deref()))
                    .set_user_context_data(context.clone())
                    .send();
                Reply::of(call.await, |result| {
                    let output =
                        result.map_err(|error| outcome::resend_error(&error, &self.fields))?;
                    // Cognito always returns a recipient, even if it sends no code. A response
                    // without a recipient is not from Cognito.
                    match output.code_delivery_details {
                        Some(_) => Ok(()),
                        None => Err(ResendError::Failed(Failure::UpstreamFailed)),
                    }
                })
            },
        )
        .await
    }
}
