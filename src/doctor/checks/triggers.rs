//! Lambda triggers: code that the doctor cannot see into, and what it means for outcomes.

use aws_sdk_cognitoidentityprovider::types::UserPoolType;

use super::Checkup;
use crate::{config::ExistingAccounts, doctor::Code};

impl Checkup<'_> {
    pub(super) fn triggers(&mut self, pool: &UserPoolType) {
        let Some(triggers) = pool.lambda_config() else { return };
        let show = self.commands.show_pool("UserPool.LambdaConfig");
        if triggers.pre_sign_up().is_some() {
            let concealed = match self.config.registration.existing_accounts {
                ExistingAccounts::Conceal => {
                    " Where it confirms accounts at once, registration.existing_accounts = \"conceal\" conceals nothing."
                }
                ExistingAccounts::Reveal => "",
            };
            self.find(
                Code::TriggerPreSignUp,
                format!("A pre-sign-up trigger runs before each account: it may refuse people, confirm them at once, or fail, which is an unknown outcome to this service. It has 5 seconds, and Cognito asks it up to three times.{concealed}"),
                "Nothing to mend. Let it answer in less time than cognito.read_timeout, and bear being asked twice.",
                &show,
            );
        }
        if triggers.custom_message().is_some() {
            self.find(
                Code::TriggerCustomMessage,
                "A custom-message trigger writes the messages: where it fails, the account exists and its code was not sent, which is an unknown outcome to this service.",
                "Nothing to mend. Let it keep {####}, the place of the code, in what it writes.",
                &show,
            );
        }
        if triggers.post_confirmation().is_some() {
            self.find(
                Code::TriggerPostConfirmation,
                "A post-confirmation trigger runs when an account has been confirmed: where it fails, the account is confirmed all the same, and this service calls the outcome unknown until the same code is sent again.",
                "Nothing to mend. Let it bear being asked twice, and leave what may fail to a queue.",
                &show,
            );
        }
        let senders = [
            ("mail", triggers.custom_email_sender().is_some()),
            ("SMS", triggers.custom_sms_sender().is_some()),
        ];
        for (medium, _) in senders.into_iter().filter(|(_, is_there)| *is_there) {
            self.find(
                Code::TriggerCustomSender,
                format!("A trigger sends the {medium} with the codes: Cognito says that a code is on its way whether it is or not, and the pool's own mailer and roles do not count."),
                "Nothing to mend. Watch the trigger's own errors: nobody else sees them.",
                &show,
            );
        }
    }
}
