//! Sections of a pool as they are, for lines that change one value and keep the others.

use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, AdvancedSecurityAdditionalFlowsType, AuthFactorType,
    EmailConfigurationType, PasswordPolicyType, SignInPolicyType, UserPoolAddOnsType,
    UserPoolPolicyType, UserPoolType, VerificationMessageTemplateType,
};
use serde_json::{Map, Value, json};

use super::{Checkup, WITH_ALL_ELSE, WITH_ALL_SECTIONS};
use crate::doctor::commands::{plain, quoted};

/// A longer section is left to the file: messages may have 20,000 characters.
const LONGEST: usize = 1000;

/// What a line says of the one section that it changes.
pub(super) struct Change {
    /// The argument of `update-user-pool`.
    pub(super) argument: &'static str,
    /// The whole section as it is to be.
    pub(super) section: Value,
    /// The changed values alone, in the short form of the AWS CLI.
    pub(super) alone: String,
}

impl Checkup<'_> {
    /// The line for a change of the pool, and what is to be known of it. The section is on the
    /// line as a whole, unless it is too long for that or would not be shown as it is.
    pub(super) fn change_pool(&self, change: &Change) -> (&'static str, String) {
        let Change { argument, section, alone } = change;
        let section = section.to_string();
        if section.chars().count() > LONGEST || plain(&section) != section {
            return (WITH_ALL_ELSE, self.commands.update_pool(&format!("{argument} {alone}")));
        }
        let line = self.commands.update_pool(&format!("{argument} {}", quoted(&section)));
        (WITH_ALL_SECTIONS, line)
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
    // Its UnusedAccountValidityDays has long been TemporaryPasswordValidityDays of the policy,
    // and Cognito refuses a call that has both.
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
        // The SDK reads 0 where nothing is told.
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

/// The members that are there.
fn some<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

/// The members before, and the changed ones.
fn changed(before: Value, change: Value) -> Value {
    match (before, change) {
        (Value::Object(mut members), Value::Object(change)) => {
            members.extend(change);
            Value::Object(members)
        }
        (_, change) => change,
    }
}
