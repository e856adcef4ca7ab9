//! Sections of a pool with one changed value, for commands that replace a whole section.

use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, AdvancedSecurityAdditionalFlowsType, AuthFactorType,
    EmailConfigurationType, PasswordPolicyType, SignInPolicyType, UserPoolAddOnsType,
    UserPoolPolicyType, UserPoolType, VerificationMessageTemplateType,
};
use serde_json::{Map, Value, json};

use super::{Examination, KEEPS_SECTION, REPLACES_SECTION};
use crate::doctor::commands::{plain, quoted};

/// The maximum length of a section in a command. Messages may have 20,000 characters.
const MAX_SECTION: usize = 1000;

pub(super) struct Change {
    pub(super) argument: &'static str,
    /// The whole changed section.
    pub(super) section: Value,
    /// The changed values only, in the AWS CLI's shorthand syntax.
    pub(super) alone: String,
}

impl Examination<'_> {
    /// Returns a remark on the command for a change, and the command. The command contains the
    /// whole section, unless the section is too long or has characters that a terminal does not
    /// show.
    pub(super) fn change_pool(&self, change: &Change) -> (&'static str, String) {
        let Change { argument, section, alone } = change;
        let section = section.to_string();
        if section.chars().count() > MAX_SECTION || plain(&section) != section {
            return (REPLACES_SECTION, self.commands.update_pool(&format!("{argument} {alone}")));
        }
        let line = self.commands.update_pool(&format!("{argument} {}", quoted(&section)));
        (KEEPS_SECTION, line)
    }
}

pub(super) fn policies(pool: &UserPoolType, password: Value) -> Value {
    let mut section = Map::new();
    let policies = pool.policies();
    let before = policies.and_then(UserPoolPolicyType::password_policy).map(password_policy);
    section.insert("PasswordPolicy".to_owned(), changed(before.unwrap_or_default(), password));
    if let Some(sign_in) = policies.and_then(UserPoolPolicyType::sign_in_policy) {
        section.insert("SignInPolicy".to_owned(), sign_in_policy(sign_in));
    }
    Value::Object(section)
}

pub(super) fn admin_create_user_config(config: &AdminCreateUserConfigType, change: Value) -> Value {
    // Omits the deprecated UnusedAccountValidityDays. Cognito rejects it together with
    // TemporaryPasswordValidityDays of the password policy.
    let invitation = config.invite_message_template().map(|template| {
        texts([
            ("SMSMessage", template.sms_message()),
            ("EmailMessage", template.email_message()),
            ("EmailSubject", template.email_subject()),
        ])
    });
    changed(some([("InviteMessageTemplate", invitation)]), change)
}

pub(super) fn verification_message_template(
    template: &VerificationMessageTemplateType,
    change: Value,
) -> Value {
    let before = texts([
        ("SmsMessage", template.sms_message()),
        ("EmailMessage", template.email_message()),
        ("EmailSubject", template.email_subject()),
        ("EmailMessageByLink", template.email_message_by_link()),
        ("EmailSubjectByLink", template.email_subject_by_link()),
    ]);
    changed(before, change)
}

pub(super) fn email_configuration(
    configuration: Option<&EmailConfigurationType>,
    change: Value,
) -> Value {
    let before = configuration.map(|configuration| {
        texts([
            ("ReplyToEmailAddress", configuration.reply_to_email_address()),
            ("From", configuration.from()),
            ("ConfigurationSet", configuration.configuration_set()),
        ])
    });
    changed(before.unwrap_or_default(), change)
}

pub(super) fn add_ons(add_ons: Option<&UserPoolAddOnsType>, change: Value) -> Value {
    let mode = add_ons
        .and_then(UserPoolAddOnsType::advanced_security_additional_flows)
        .and_then(AdvancedSecurityAdditionalFlowsType::custom_auth_mode);
    let flows = mode.map(|mode| json!({"CustomAuthMode": mode.as_str()}));
    changed(some([("AdvancedSecurityAdditionalFlows", flows)]), change)
}

fn password_policy(policy: &PasswordPolicyType) -> Value {
    let days = policy.temporary_password_validity_days();
    some([
        ("PasswordHistorySize", policy.password_history_size().map(Value::from)),
        // The SDK parses a missing value as 0.
        ("TemporaryPasswordValidityDays", (days != 0).then(|| Value::from(days))),
    ])
}

fn sign_in_policy(policy: &SignInPolicyType) -> Value {
    let factors = policy.allowed_first_auth_factors().iter().map(AuthFactorType::as_str);
    json!({"AllowedFirstAuthFactors": factors.collect::<Vec<_>>()})
}

fn texts<const N: usize>(members: [(&str, Option<&str>); N]) -> Value {
    some(members.map(|(name, text)| (name, text.map(Value::from))))
}

fn some<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

fn changed(before: Value, change: Value) -> Value {
    match (before, change) {
        (Value::Object(mut members), Value::Object(change)) => {
            members.extend(change);
            Value::Object(members)
        }
        (_, change) => change,
    }
}
