//! ConfirmSignUp: a call whose outcome is confirmed, not confirmed, or unknown.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    ClientInfo, Cognito, ConfirmError,
    call::{Reply, analytics, client_metadata},
    outcome,
};
use crate::{metrics::Metrics, registration::Confirmation};

impl Cognito {
    /// Confirms an account with the code that its user received. Never sends `ForceAliasCreation`,
    /// because it removes the alias from the account that has it.
    ///
    /// Awaits `wait_for_slot` before each try, with the longest time that it may wait. Its error is
    /// the time after which the client may try again.
    pub async fn confirm(
        &self,
        confirmation: &Confirmation,
        client: &ClientInfo,
        wait_for_slot: impl AsyncFn(Duration) -> Result<(), Duration>,
    ) -> Reply<(), ConfirmError> {
        let username = &confirmation.username;
        let context = self.user_context(username, confirmation.device_data.as_deref(), client);
        let session = confirmation.session.as_ref();
        self.call(Metrics::confirmation_retry, wait_for_slot, username, async |hash| {
            let call = self
                .client
                .confirm_sign_up()
                .client_id(&self.settings.client_id)
                .secret_hash(hash)
                .username(username.as_str())
                .confirmation_code(confirmation.code.expose_secret())
                .set_session(session.map(|session| session.expose_secret().to_owned()))
                .set_client_metadata(client_metadata(&confirmation.client_metadata))
                .set_analytics_metadata(analytics(confirmation.analytics_endpoint_id.as_deref()))
                .set_user_context_data(context.clone())
                .send();
            Reply::of(call.await, |result| {
                result.map(drop).map_err(|error| outcome::confirm_error(&error, &self.fields))
            })
        })
        .await
    }
}
