//! The password policy.

use aws_sdk_cognitoidentityprovider::types::{AuthFactorType, PasswordPolicyType, UserPoolType};

use serde_json::{Value, json};

use super::{
    Checkup,
    sections::{Change, policies},
};
use crate::{
    config,
    doctor::{Code, commands::quoted},
};

impl Checkup<'_> {
    pub(super) fn password(&mut self, pool: &UserPoolType) {
        let ours = &self.config.registration.password;
        if !ours.required && !is_passwordless(pool) {
            self.find(
                Code::PasswordRequired,
                "registration.password.required is false, but no one-time password by mail or SMS is among the pool's first factors: who signs up without a password is refused.",
                "Set registration.password.required = true, or allow EMAIL_OTP or SMS_OTP to the pool; the line shows what it allows now.",
                self.commands.show_pool("UserPool.Policies.SignInPolicy"),
            );
        }
        let Some(theirs) = pool.policies().and_then(|policies| policies.password_policy()) else {
            return;
        };
        let stricter = differences(ours, theirs, Side::Pool);
        if !stricter.is_empty() {
            self.find(
                Code::PasswordStricter,
                format!("The pool asks more of a password than the form does: {}. Who chooses such a password passes the form and is refused by Cognito, one rule at a time.", stricter.join(", ")),
                format!("Give [registration.password] the same values; the line shows them: {}.", as_settings(theirs)),
                self.commands.show_pool("UserPool.Policies.PasswordPolicy"),
            );
        }
        let looser = differences(ours, theirs, Side::Form);
        if !looser.is_empty() {
            let (with, command) = self.change_pool(&Change {
                argument: "--policies",
                section: policies(pool, stronger(ours, theirs)),
                alone: quoted(&json!({"PasswordPolicy": stronger(ours, theirs)}).to_string()),
            });
            self.find(
                Code::PasswordLooser,
                format!("The form asks more of a password than the pool does: {}. Other ways into the pool, such as a reset of the password, take weaker ones.", looser.join(", ")),
                format!("Give the pool the settings' policy, or the settings the pool's. {with}"),
                command,
            );
        }
    }
}

/// Whose rule is the stronger one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Pool,
    Form,
}

/// The rules that are stronger on one side, each in words.
fn differences(
    ours: &config::PasswordPolicy,
    theirs: &PasswordPolicyType,
    side: Side,
) -> Vec<String> {
    let mut found = Vec::new();
    // A pool that says nothing has Cognito's default.
    let theirs_least =
        theirs.minimum_length().and_then(|least| usize::try_from(least).ok()).unwrap_or(8);
    let (stronger, weaker) = match side {
        Side::Pool => (theirs_least, ours.min_length),
        Side::Form => (ours.min_length, theirs_least),
    };
    if stronger > weaker {
        found.push(format!("at least {stronger} characters, not {weaker}"));
    }
    for (what, ours, theirs) in [
        ("a capital letter", ours.require_uppercase, theirs.require_uppercase()),
        ("a small letter", ours.require_lowercase, theirs.require_lowercase()),
        ("a number", ours.require_number, theirs.require_numbers()),
        ("a symbol", ours.require_symbol, theirs.require_symbols()),
    ] {
        let is_stronger = match side {
            Side::Pool => theirs && !ours,
            Side::Form => ours && !theirs,
        };
        if is_stronger {
            found.push(what.to_owned());
        }
    }
    found
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

fn as_settings(policy: &PasswordPolicyType) -> String {
    format!(
        "min_length = {}, require_uppercase = {}, require_lowercase = {}, require_number = {}, require_symbol = {}",
        policy.minimum_length().unwrap_or(8),
        policy.require_uppercase(),
        policy.require_lowercase(),
        policy.require_numbers(),
        policy.require_symbols()
    )
}

/// The stronger rule of each pair, so that the line weakens nothing.
fn stronger(ours: &config::PasswordPolicy, theirs: &PasswordPolicyType) -> Value {
    let least = theirs.minimum_length().and_then(|least| usize::try_from(least).ok()).unwrap_or(8);
    json!({
        "MinimumLength": least.max(ours.min_length),
        "RequireUppercase": ours.require_uppercase || theirs.require_uppercase(),
        "RequireLowercase": ours.require_lowercase || theirs.require_lowercase(),
        "RequireNumbers": ours.require_number || theirs.require_numbers(),
        "RequireSymbols": ours.require_symbol || theirs.require_symbols(),
    })
}
