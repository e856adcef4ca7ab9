//! Codes: what they go to, and how.

use std::sync::LazyLock;

use aws_sdk_cognitoidentityprovider::types::{
    DefaultEmailOptionType, EmailSendingAccountType, UserPoolType, VerifiedAttributeType,
};
use regex::Regex;

use serde_json::json;

use super::{
    Checkup, WITH_ALL_ELSE, WITH_ALL_SECTIONS, listed,
    sections::{Change, email_configuration, verification_message_template},
};
use crate::{
    config::UsernameMode,
    doctor::{Code, commands::shown, form::Sent},
};

impl Checkup<'_> {
    pub(super) fn code_recipients(&mut self, pool: &UserPoolType) {
        let recipients = self.recipients();
        if recipients.is_empty() {
            return self.no_recipients(pool);
        }
        let verified = verified(pool);
        let reached: Vec<&str> =
            recipients.iter().copied().filter(|name| verified.contains(name)).collect();
        if reached.is_empty() {
            return self.not_sent(pool, &recipients, &verified);
        }
        let is_always_there = reached.iter().any(|name| self.form.get(name) == Some(&Sent::Always));
        let is_one_always_there = self.config.registration.username == UsernameMode::Generated
            && reached.len() == recipients.len();
        if is_always_there || is_one_always_there {
            return;
        }
        let (code, unless) = if may_confirm(pool) {
            (Code::CodesNotSentToAllBehindTrigger, UNLESS_CONFIRMED)
        } else {
            (Code::CodesNotSentToAll, "")
        };
        self.find(
            code,
            format!("Codes go to {}, which the form lets people leave out: who does gets none, and can never confirm the account{unless}.", listed(&reached)),
            format!("Make it required: registration.{} = \"required\"; or let the pool verify all that the form asks for, where it can send to all of it. The line shows what it verifies.", reached[0]),
            self.commands.show_pool("'UserPool.AutoVerifiedAttributes'"),
        );
    }

    /// The form asks for something, and the pool sends codes to none of it.
    fn not_sent(&mut self, pool: &UserPoolType, recipients: &[&str], verified: &[&str]) {
        let (code, unless) = not_sent(pool);
        let all = [recipients, verified].concat().join(" ");
        self.find(
            code,
            format!("The pool verifies {}, and the form has {}: no code is ever sent, and no account can be confirmed{unless}.", listed(verified), listed(recipients)),
            format!("Let the pool verify what the form asks for. {WITH_ALL_SECTIONS}"),
            self.commands.update_pool(&format!("--auto-verified-attributes {all}")),
        );
    }

    /// The form asks for nothing that a code could go to.
    fn no_recipients(&mut self, pool: &UserPoolType) {
        let (code, unless) = not_sent(pool);
        self.find(
            code,
            format!("The form asks for neither email nor phone_number: no code is ever sent, and no account can be confirmed{unless}."),
            "Ask for what the pool sends codes to, which the line shows, such as registration.email = \"required\".",
            self.commands.show_pool("'UserPool.AutoVerifiedAttributes'"),
        );
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
            let (with, command) = self.change_pool(&Change {
                argument: "--email-configuration",
                section: email_configuration(
                    pool.email_configuration(),
                    json!({"EmailSendingAccount": "DEVELOPER", "SourceArn": "ARN_OF_THE_SES_IDENTITY"}),
                ),
                alone: "EmailSendingAccount=DEVELOPER,SourceArn=ARN_OF_THE_SES_IDENTITY".to_owned(),
            });
            self.find(
                Code::EmailDailyLimit,
                "The pool sends mail through Cognito's own mailer, which stops after 50 messages a day for the whole account: from then on people get no code until 09:00 UTC.",
                format!("Verify an address in Amazon SES, and let the pool send through it. {with}"),
                command,
            );
        }
        let links = pool.verification_message_template().filter(|template| {
            template.default_email_option() == Some(&DefaultEmailOptionType::ConfirmWithLink)
        });
        if let Some(template) = links {
            let (with, command) = self.change_pool(&Change {
                argument: "--verification-message-template",
                section: verification_message_template(
                    template,
                    json!({"DefaultEmailOption": "CONFIRM_WITH_CODE"}),
                ),
                alone: "DefaultEmailOption=CONFIRM_WITH_CODE".to_owned(),
            });
            self.find(
                Code::CodeByLink,
                "The pool mails a link in the place of a code: people are asked for a code that they never get, and POST /register/confirm is of no use to them.",
                format!("Let it mail codes. {with}"),
                command,
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

/// How bad it is where no code is sent at all, and what may save it.
fn not_sent(pool: &UserPoolType) -> (Code, &'static str) {
    if may_confirm(pool) {
        (Code::CodesNotSentBehindTrigger, UNLESS_CONFIRMED)
    } else {
        (Code::CodesNotSent, "")
    }
}

const UNLESS_CONFIRMED: &str = ", unless the pool's pre-sign-up trigger confirms it at once";

/// A trigger that confirms accounts has no need of codes.
fn may_confirm(pool: &UserPoolType) -> bool {
    pool.lambda_config().is_some_and(|triggers| triggers.pre_sign_up().is_some())
}

/// The first span of time that a message gives the code, and that is not its 24 hours. Messages
/// speak of other times, too, such as opening hours: one counts where the same sentence says of
/// the code that it is good, or ends.
fn other_lifetime(message: &str) -> Option<&str> {
    static SPAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let code = r"(?:(?:\bcode\b|\bpin\b|\{#+\})[^.!?;<>\n]{0,40}?|\b(?:it|this|which|er|dieser)(?: code)?\s(?:(?:will|is|only|ist|nur)\s)*)";
        let lives = r"\b(?:expires?|expiring|valid|good|lasts?|gilt|gültig|läuft|verfällt)";
        let between = r"(?:\s(?:in|for|after|only|just|within|the|next|für|nur|nach|noch))*\s";
        let units = r"minute[ns]?|mins?|hours?|hrs?|h|days?|stunden?|tag(?:en?)?";
        let span = format!(r"\d{{1,4}}[ \u{{a0}}-]?(?:{units})\b");
        Regex::new(&format!(
            r"(?i){code}(?:{lives}{between}({span})|\b(?:is|ist)\s(?:nur )?({span}) (?:lang )?(?:gültig|valid|good))"
        ))
        .ok()
    });
    let told =
        SPAN.as_ref()?.captures_iter(message).filter_map(|found| found.get(1).or(found.get(2)));
    told.map(|span| span.as_str()).find(|span| !is_a_day(span))
}

fn is_a_day(span: &str) -> bool {
    let unit = span.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &span[..span.len() - unit.len()];
    match unit.trim_start_matches([' ', '\u{a0}', '-']).get(..1).unwrap_or_default() {
        "h" | "H" | "s" | "S" => number == "24",
        "d" | "D" | "t" | "T" => number == "1",
        _ => number == "1440",
    }
}
