//! Lambda triggers, whose source code the doctor cannot examine.

use aws_sdk_cognitoidentityprovider::types::UserPoolType;

use super::Examination;
use crate::{config::ExistingAccounts, doctor::FindingCode};

impl Examination<'_> {
    pub(super) fn triggers(&mut self, pool: &UserPoolType) {
        let Some(triggers) = pool.lambda_config() else { return };
        let show = self.commands.show_pool("UserPool.LambdaConfig");
        if triggers.pre_sign_up().is_some() {
            let remark = match self.config.registration.existing_accounts {
                ExistingAccounts::Conceal => {
                    " If the trigger confirms accounts, registration.existing_accounts = \"conceal\" does not conceal them."
                }
                ExistingAccounts::Reveal => "",
            };
            self.add(
                FindingCode::TriggerPreSignUp,
                format!("A pre-sign-up trigger runs before Cognito creates an account. It may reject the sign-up, confirm the account, or fail. A failure is an unknown outcome for this service. Cognito waits 5 seconds and calls the trigger up to three times.{remark}"),
                "The trigger should respond within cognito.read_timeout and be idempotent.",
                &show,
            );
        }
        if triggers.custom_message().is_some() {
            self.add(
                FindingCode::TriggerCustomMessage,
                "A custom-message trigger writes the messages. If it fails, the account exists without a code. This is an unknown outcome for this service.",
                "The messages of the trigger must contain {####}, the placeholder of the code.",
                &show,
            );
        }
        if triggers.post_confirmation().is_some() {
            self.add(
                FindingCode::TriggerPostConfirmation,
                "A post-confirmation trigger runs after Cognito confirms an account. If it fails, the account is confirmed nevertheless. The outcome is unknown until a client sends the same code again.",
                "The trigger should be idempotent and leave work that may fail to a queue.",
                &show,
            );
        }
        let senders = [
            ("email", triggers.custom_email_sender().is_some()),
            ("SMS", triggers.custom_sms_sender().is_some()),
        ];
        for (medium, _) in senders.into_iter().filter(|(_, is_set)| *is_set) {
            self.add(
                FindingCode::TriggerCustomSender,
                format!("A trigger sends the codes by {medium}. Cognito reports a sent code even if the trigger fails. Cognito does not use the pool's own sender and roles."),
                "Monitor the errors of the trigger, because the service does not see them.",
                &show,
            );
        }
    }
}
