//! Codes: what they go to, and how.

use std::sync::LazyLock;

use aws_sdk_cognitoidentityprovider::types::{
    DefaultEmailOptionType, EmailSendingAccountType, UserPoolType, VerifiedAttributeType,
};
use regex::Regex;

use super::{Checkup, WITH_ALL_ELSE, listed};
use crate::{
    config::UsernameMode,
    doctor::{Code, commands::shown, form::Sent},
};

impl Checkup<'_> {
    pub(super) fn code_recipients(&mut self, pool: &UserPoolType) {
        let recipients = self.recipients();
        let verified = verified(pool);
        let reached: Vec<&str> =
            recipients.iter().copied().filter(|name| verified.contains(name)).collect();
        // A trigger that confirms accounts has no need of codes.
        let may_confirm =
            pool.lambda_config().is_some_and(|triggers| triggers.pre_sign_up().is_some());
        let remedy = format!("Let the pool verify what the form asks for. {WITH_ALL_ELSE}");
        let also: Vec<&str> =
            verified.iter().copied().filter(|name| !recipients.contains(name)).collect();
        let all = [recipients.as_slice(), &also].concat().join(" ");
        let command = self.commands.update_pool(&format!("--auto-verified-attributes {all}"));
        if recipients.is_empty() || may_confirm {
            return;
        }
        if reached.is_empty() {
            self.find(
                Code::CodesNotSent,
                format!("The pool verifies {}, and the form has {}: no code is ever sent, and no account can be confirmed.", listed(&verified), listed(&recipients)),
                remedy,
                command,
            );
            return;
        }
        let is_always_there = reached.iter().any(|name| self.form.get(name) == Some(&Sent::Always));
        let is_one_always_there = self.config.registration.username == UsernameMode::Generated
            && reached.len() == recipients.len();
        if !is_always_there && !is_one_always_there {
            self.find(
                Code::CodesNotSentToAll,
                format!("Codes go to {}, which the form lets people leave out: who does gets none, and can never confirm the account.", listed(&reached)),
                format!("Make it required: registration.{} = \"required\"; or let the pool verify all that the form asks for, where it can send to all of it. The line shows what it verifies.", reached[0]),
                self.commands.show_pool("'UserPool.AutoVerifiedAttributes'"),
            );
        }
    }

    pub(super) fn mail(&mut self, pool: &UserPoolType) {
        // Where both are verified, Cognito sends to the phone (Developer Guide, "Configuring email
        // or phone verification").
        let is_always_sms = self.is_reached(pool, "phone_number")
            && self.form.get("phone_number") == Some(&Sent::Always);
        if !self.is_reached(pool, "email") || is_always_sms {
            return;
        }
        let triggers = pool.lambda_config();
        let is_sent_by_trigger =
            triggers.is_some_and(|triggers| triggers.custom_email_sender().is_some());
        let is_own_mailer = pool
            .email_configuration()
            .and_then(|configuration| configuration.email_sending_account())
            .is_some_and(|account| *account == EmailSendingAccountType::Developer);
        if !is_own_mailer && !is_sent_by_trigger {
            self.find(
                Code::EmailDailyLimit,
                "The pool sends mail through Cognito's own mailer, which stops after 50 messages a day for the whole account: from then on people get no code until 09:00 UTC.",
                format!("Verify an address in Amazon SES, and let the pool send through it. {WITH_ALL_ELSE}"),
                self.commands.update_pool("--email-configuration EmailSendingAccount=DEVELOPER,SourceArn=ARN_OF_THE_SES_IDENTITY"),
            );
        }
        let sends_links = pool
            .verification_message_template()
            .and_then(|template| template.default_email_option())
            .is_some_and(|option| *option == DefaultEmailOptionType::ConfirmWithLink);
        if sends_links {
            self.find(
                Code::CodeByLink,
                "The pool mails a link in the place of a code: people are asked for a code that they never get, and POST /register/confirm is of no use to them.",
                format!("Let it mail codes. {WITH_ALL_ELSE}"),
                self.commands.update_pool("--verification-message-template DefaultEmailOption=CONFIRM_WITH_CODE"),
            );
        }
    }

    pub(super) fn sms(&mut self, pool: &UserPoolType) {
        if !self.is_reached(pool, "phone_number") {
            return;
        }
        let triggers = pool.lambda_config();
        if triggers.is_some_and(|triggers| triggers.custom_sms_sender().is_some()) {
            return;
        }
        let is_configured = pool.sms_configuration().is_some_and(|configuration| {
            !configuration.sns_caller_arn().is_empty() || configuration.eums_sms().is_some()
        });
        if !is_configured {
            self.find(
                Code::SmsRoleMissing,
                "Codes go to phone numbers, and the pool has no role to send SMS with: who signs up with one gets an error and no code.",
                format!("Make a role that Cognito may take on and that may publish to SNS. {WITH_ALL_ELSE}"),
                self.commands.update_pool("--sms-configuration SnsCallerArn=ARN_OF_THE_ROLE,ExternalId=EXTERNAL_ID"),
            );
        } else if let Some(failure) =
            pool.sms_configuration_failure().filter(|text| !text.is_empty())
        {
            self.find(
                Code::SmsNotWorking,
                format!("The pool says of its SMS: {}. Codes do not reach the people who sign up.", shown(failure)),
                "SNSSandbox: ask AWS to let the account out of the SMS sandbox. InvalidSmsRole…: mend the role, which the line shows.",
                self.commands.show_pool("'UserPool.[SmsConfiguration,SmsConfigurationFailure]'"),
            );
        }
    }

    /// Cognito keeps a sign-up's code for 24 hours, and nothing changes that.
    pub(super) fn code_lifetime(&mut self, pool: &UserPoolType) {
        let template = pool.verification_message_template();
        for (name, message) in [
            ("EmailMessage", template.and_then(|template| template.email_message())),
            ("SmsMessage", template.and_then(|template| template.sms_message())),
        ] {
            let Some(told) = message.and_then(other_lifetime) else { continue };
            self.find(
                Code::CodeLifetime,
                format!("The pool's {name} speaks of \"{}\", but a code is good for 24 hours, or until another one is sent, and no setting changes that.", shown(told)),
                "Let the message say 24 hours; the line shows it.",
                self.commands.show_pool("UserPool.VerificationMessageTemplate"),
            );
        }
    }

    /// What of the form a code could go to.
    fn recipients(&self) -> Vec<&'static str> {
        ["email", "phone_number"].into_iter().filter(|name| self.form.contains_key(name)).collect()
    }

    fn is_reached(&self, pool: &UserPoolType, attribute: &str) -> bool {
        self.form.contains_key(attribute) && verified(pool).contains(&attribute)
    }
}

fn verified(pool: &UserPoolType) -> Vec<&str> {
    pool.auto_verified_attributes().iter().map(VerifiedAttributeType::as_str).collect()
}

/// The first span of time in a message that is not the 24 hours of a code.
fn other_lifetime(message: &str) -> Option<&str> {
    static SPAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let units = "minute[ns]?|mins?|hours?|hrs?|h|days?|stunden?|tag(?:en?)?";
        Regex::new(&format!(r"(?i)\b(\d{{1,4}})[ \u{{a0}}-]?({units})\b")).ok()
    });
    let is_a_day = |number: &str, unit: &str| match unit.get(..1).unwrap_or_default() {
        "h" | "H" | "s" | "S" => number == "24",
        "d" | "D" | "t" | "T" => number == "1",
        _ => number == "1440",
    };
    let spans = SPAN.as_ref()?.captures_iter(message);
    let mut others = spans.filter(|span| !is_a_day(&span[1], &span[2]));
    others.next().and_then(|span| span.get(0)).map(|span| span.as_str())
}
