use std::sync::LazyLock;

use aws_sdk_cognitoidentityprovider::types::{
    DefaultEmailOptionType, EmailSendingAccountType, UserPoolType, VerifiedAttributeType,
};
use regex::Regex;

use serde_json::json;

use super::{
    Examination, KEEPS_SECTION, REPLACES_SECTION, listed,
    sections::{Change, email_configuration, verification_message_template},
};
use crate::{
    config::UsernameMode,
    doctor::{FindingCode, commands::shown, form::Inclusion},
};

impl Examination<'_> {
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
        let is_required =
            reached.iter().any(|name| self.form.get(name) == Some(&Inclusion::Always));
        let is_one_required = self.config.registration.username == UsernameMode::Generated
            && reached.len() == recipients.len();
        if is_required || is_one_required {
            return;
        }
        let (code, condition) = if may_confirm(pool) {
            (FindingCode::CodesNotSentToAllBehindTrigger, UNLESS_CONFIRMED)
        } else {
            (FindingCode::CodesNotSentToAll, "")
        };
        self.add(
            code,
            format!("Codes go to {0}, which the form does not require. Users who omit {0} get no code and cannot confirm their accounts{condition}.", listed(&reached)),
            format!("Set registration.{} = \"required\", or let the pool verify every recipient of the form. The command shows the verified attributes.", reached[0]),
            self.commands.show_pool("'UserPool.AutoVerifiedAttributes'"),
        );
    }

    fn not_sent(&mut self, pool: &UserPoolType, recipients: &[&str], verified: &[&str]) {
        let (code, condition) = not_sent(pool);
        let all = [recipients, verified].concat().join(" ");
        self.add(
            code,
            format!("The pool verifies {}, but the form has {}. Cognito sends no code, and users cannot confirm their accounts{condition}.", listed(verified), listed(recipients)),
            format!("Let the pool verify the recipients of the form. {KEEPS_SECTION}"),
            self.commands.update_pool(&format!("--auto-verified-attributes {all}")),
        );
    }

    fn no_recipients(&mut self, pool: &UserPoolType) {
        let (code, condition) = not_sent(pool);
        self.add(
            code,
            format!("The form has neither email nor phone_number. Cognito sends no code, and users cannot confirm their accounts{condition}."),
            "Require an attribute that the pool verifies, such as registration.email = \"required\". The command shows the verified attributes.",
            self.commands.show_pool("'UserPool.AutoVerifiedAttributes'"),
        );
    }

    pub(super) fn mail(&mut self, pool: &UserPoolType) {
        // If the pool verifies both attributes, Cognito sends SMS (Developer Guide, "Configuring
        // email or phone verification").
        let is_always_sms = self.is_reached(pool, "phone_number")
            && self.form.get("phone_number") == Some(&Inclusion::Always);
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
            let (remark, command) = self.change_pool(&Change {
                argument: "--email-configuration",
                section: email_configuration(
                    pool.email_configuration(),
                    json!({"EmailSendingAccount": "DEVELOPER", "SourceArn": "ARN_OF_THE_SES_IDENTITY"}),
                ),
                alone: "EmailSendingAccount=DEVELOPER,SourceArn=ARN_OF_THE_SES_IDENTITY".to_owned(),
            });
            self.add(
                FindingCode::EmailDailyLimit,
                "The pool sends email through Cognito, which allows 50 messages a day for the whole account. After 50 messages, users get no code until 09:00 UTC.",
                format!("Verify an identity in Amazon SES and let the pool send through it. {remark}"),
                command,
            );
        }
        let links = pool.verification_message_template().filter(|template| {
            template.default_email_option() == Some(&DefaultEmailOptionType::ConfirmWithLink)
        });
        if let Some(template) = links {
            let (remark, command) = self.change_pool(&Change {
                argument: "--verification-message-template",
                section: verification_message_template(
                    template,
                    json!({"DefaultEmailOption": "CONFIRM_WITH_CODE"}),
                ),
                alone: "DefaultEmailOption=CONFIRM_WITH_CODE".to_owned(),
            });
            self.add(
                FindingCode::CodeByLink,
                "The pool sends a link instead of a code. Front ends ask for a code that users never get.",
                format!("Let the pool send codes. {remark}"),
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
            self.add(
                FindingCode::SmsRoleMissing,
                "Codes go to phone numbers, but the pool has no role that can send SMS. Sign-ups with a phone number get an error and no code.",
                format!("Create a role that Cognito may assume and that may publish to SNS. {REPLACES_SECTION}"),
                self.commands.update_pool("--sms-configuration SnsCallerArn=ARN_OF_THE_ROLE,ExternalId=EXTERNAL_ID"),
            );
        } else if let Some(failure) =
            pool.sms_configuration_failure().filter(|text| !text.is_empty())
        {
            self.add(
                FindingCode::SmsNotWorking,
                format!("The pool reports a failure of its SMS: {}. Users do not get codes.", shown(failure)),
                "SNSSandbox: move the account out of the SMS sandbox. InvalidSmsRole…: correct the role, which the command shows.",
                self.commands.show_pool("'UserPool.[SmsConfiguration,SmsConfigurationFailure]'"),
            );
        }
    }

    /// Reports messages that state another lifetime than 24 hours. No setting changes the lifetime.
    pub(super) fn code_lifetime(&mut self, pool: &UserPoolType) {
        let template = pool.verification_message_template();
        for (name, message) in [
            ("EmailMessage", template.and_then(|template| template.email_message())),
            ("SmsMessage", template.and_then(|template| template.sms_message())),
        ] {
            let Some(lifetime) = message.and_then(other_lifetime) else { continue };
            self.add(
                FindingCode::CodeLifetime,
                format!("The pool's {name} says \"{}\", but a code is valid for 24 hours, or until Cognito sends another code. No setting changes this lifetime.", shown(lifetime)),
                "Write 24 hours into the message, which the command shows.",
                self.commands.show_pool("UserPool.VerificationMessageTemplate"),
            );
        }
    }

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

/// Returns the finding for a pool that sends no codes, and the condition under which sign-ups
/// work.
fn not_sent(pool: &UserPoolType) -> (FindingCode, &'static str) {
    if may_confirm(pool) {
        (FindingCode::CodesNotSentBehindTrigger, UNLESS_CONFIRMED)
    } else {
        (FindingCode::CodesNotSent, "")
    }
}

const UNLESS_CONFIRMED: &str = ", unless the pool's pre-sign-up trigger confirms them";

/// Returns `true` if a trigger may confirm accounts without a code.
fn may_confirm(pool: &UserPoolType) -> bool {
    pool.lambda_config().is_some_and(|triggers| triggers.pre_sign_up().is_some())
}

/// Returns the first lifetime of the code in a message that is not 24 hours. Other times, such as
/// opening hours, do not count. The same sentence must say that the code is valid or expires.
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
    let spans =
        SPAN.as_ref()?.captures_iter(message).filter_map(|found| found.get(1).or(found.get(2)));
    spans.map(|span| span.as_str()).find(|span| !is_24_hours(span))
}

fn is_24_hours(span: &str) -> bool {
    let unit = span.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &span[..span.len() - unit.len()];
    match unit.trim_start_matches([' ', '\u{a0}', '-']).get(..1).unwrap_or_default() {
        "h" | "H" | "s" | "S" => number == "24",
        "d" | "D" | "t" | "T" => number == "1",
        _ => number == "1440",
    }
}
