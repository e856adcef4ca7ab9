//! The preconditions of a sign-up. The service stores the intent and calls Cognito only if the
//! preconditions hold.

use super::{Rejection, Request, UseCases};
use crate::{
    bot_check::{self, UsedBudgets},
    rate_limit::Charge,
    registration::Registration,
};

impl UseCases {
    /// Checks the limits of the recipients, runs the bot check, checks the password, and then
    /// charges the recipients.
    ///
    /// For a takeover, only takes the charge, because the first request passed the checks and used
    /// up the proof.
    pub(super) async fn preconditions(
        &self,
        is_takeover: bool,
        request: &Request<Registration>,
    ) -> Result<Charge, Rejection> {
        if !is_takeover && self.has_checks() {
            // A form over a limit must not use up its proof.
            self.message_limits.look(&request.form, request.client.address).await?;
            self.check_bot(request).await?;
            self.check_pwned(&request.form).await?;
        }
        self.message_limits.charge(&request.form, request.client.address).await
    }

    /// Returns `false` if the limits of the recipients are the only precondition. In this case, the
    /// charge rejects the same forms as `MessageLimits::look`.
    fn has_checks(&self) -> bool {
        self.bot_check.is_on() || self.pwned_passwords.is_some()
    }

    async fn check_bot(&self, request: &Request<Registration>) -> Result<(), Rejection> {
        let attempt = bot_check::Attempt {
            proof: request.form.human_proof.as_deref(),
            address: request.client.address,
            used: request.admission.as_ref().map(|admission| UsedBudgets {
                register: admission.used.register,
                network: admission.used.network,
            }),
        };
        let rate_limits = &self.message_limits.rate_limits;
        let consume_once = async |proof: &str| rate_limits.consume_once(proof).await;
        Ok(self.bot_check.check(attempt, consume_once).await?)
    }

    async fn check_pwned(&self, registration: &Registration) -> Result<(), Rejection> {
        match (&self.pwned_passwords, &registration.password) {
            (Some(pwned_passwords), Some(password)) => Ok(pwned_passwords.check(password).await?),
            _ => Ok(()),
        }
    }
}
