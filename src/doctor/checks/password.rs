use aws_sdk_cognitoidentityprovider::types::{AuthFactorType, PasswordPolicyType, UserPoolType};
use serde_json::{Value, json};

use super::{
    Examination,
    sections::{Change, policies},
};
use crate::{
    config::PasswordPolicy,
    doctor::{FindingCode, commands::quoted},
};

impl Examination<'_> {
    pub(super) fn password(&mut self, pool: &UserPoolType) {
        let form = &self.config.registration.password;
        if !form.required && !is_passwordless(pool) {
            self.add(
                FindingCode::PasswordRequired,
                "registration.password.required is false, but the pool has no one-time password by email or SMS as a first factor. Cognito rejects sign-ups without a password.",
                "Set registration.password.required = true, or allow EMAIL_OTP or SMS_OTP in the pool. The command shows the allowed factors.",
                self.commands.show_pool("UserPool.Policies.SignInPolicy"),
            );
        }
        let Some(policy) = pool.policies().and_then(|policies| policies.password_policy()) else {
            return;
        };
        let policy = from_pool(policy);
        let stricter = missing_rules(&policy, form);
        if !stricter.is_empty() {
            self.add(
                FindingCode::PasswordStricter,
                format!("The pool's password policy is stricter than the form's: {}. The form accepts passwords that Cognito rejects. Each rejection names only one requirement.", stricter.join(", ")),
                format!("Set [registration.password] to the values of the pool, which the command shows: {}.", as_settings(&policy)),
                self.commands.show_pool("UserPool.Policies.PasswordPolicy"),
            );
        }
        let looser = missing_rules(form, &policy);
        if !looser.is_empty() {
            let (remark, command) = self.change_pool(&Change {
                argument: "--policies",
                section: policies(pool, strongest(form, &policy)),
                alone: quoted(&json!({"PasswordPolicy": strongest(form, &policy)}).to_string()),
            });
            self.add(
                FindingCode::PasswordLooser,
                format!("The pool's password policy is weaker than the form's: {}. Other ways to set a password, such as a password reset, accept weaker passwords.", looser.join(", ")),
                format!("Give the pool and the form the same policy. {remark}"),
                command,
            );
        }
    }
}

fn from_pool(policy: &PasswordPolicyType) -> PasswordPolicy {
    let min_length = policy.minimum_length().and_then(|length| usize::try_from(length).ok());
    PasswordPolicy {
        required: true,
        // Cognito requires eight characters by default.
        min_length: min_length.unwrap_or(8),
        require_uppercase: policy.require_uppercase(),
        require_lowercase: policy.require_lowercase(),
        require_number: policy.require_numbers(),
        require_symbol: policy.require_symbols(),
    }
}

/// Describes the requirements that `policy` has and `other` does not have.
fn missing_rules(policy: &PasswordPolicy, other: &PasswordPolicy) -> Vec<String> {
    let mut rules = Vec::new();
    if policy.min_length > other.min_length {
        rules.push(format!("at least {} characters, not {}", policy.min_length, other.min_length));
    }
    for (rule, is_required, is_required_by_other) in [
        ("an upper-case letter", policy.require_uppercase, other.require_uppercase),
        ("a lower-case letter", policy.require_lowercase, other.require_lowercase),
        ("a number", policy.require_number, other.require_number),
        ("a symbol", policy.require_symbol, other.require_symbol),
    ] {
        if is_required && !is_required_by_other {
            rules.push(rule.to_owned());
        }
    }
    rules
}

fn is_passwordless(pool: &UserPoolType) -> bool {
    let policy = pool.policies().and_then(|policies| policies.sign_in_policy());
    policy.is_some_and(|policy| {
        let factors = policy.allowed_first_auth_factors();
        factors
            .iter()
            .any(|factor| matches!(factor, AuthFactorType::EmailOtp | AuthFactorType::SmsOtp))
    })
}

fn as_settings(policy: &PasswordPolicy) -> String {
    format!(
        "min_length = {}, require_uppercase = {}, require_lowercase = {}, require_number = {}, require_symbol = {}",
        policy.min_length,
        policy.require_uppercase,
        policy.require_lowercase,
        policy.require_number,
        policy.require_symbol
    )
}

fn strongest(form: &PasswordPolicy, pool: &PasswordPolicy) -> Value {
    json!({
        "MinimumLength": form.min_length.max(pool.min_length),
        "RequireUppercase": form.require_uppercase || pool.require_uppercase,
        "RequireLowercase": form.require_lowercase || pool.require_lowercase,
        "RequireNumbers": form.require_number || pool.require_number,
        "RequireSymbols": form.require_symbol || pool.require_symbol,
    })
}
