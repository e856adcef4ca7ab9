//! Validation of passwords.

use crate::{protocol::response::Exception, settings::PasswordPolicy};

/// Rejects a password that breaks the policy, and names the first broken rule.
pub(crate) fn check(password: &str, policy: &PasswordPolicy) -> Result<(), Exception> {
    let lacks = |required: bool, has: fn(char) -> bool| required && !password.chars().any(has);
    let broken = if password.chars().count() < policy.min_length {
        "Password not long enough"
    } else if lacks(policy.require_uppercase, |c| c.is_ascii_uppercase()) {
        "Password must have uppercase characters"
    } else if lacks(policy.require_lowercase, |c| c.is_ascii_lowercase()) {
        "Password must have lowercase characters"
    } else if lacks(policy.require_number, |c| c.is_ascii_digit()) {
        "Password must have numeric characters"
    } else if lacks(policy.require_symbol, |c| SYMBOLS.contains(c)) {
        "Password must have symbol characters"
    } else {
        return Ok(());
    };
    Err(Exception::new(
        "InvalidPasswordException",
        format!("Password did not conform with policy: {broken}"),
    ))
}

/// Cognito's special characters. A space within a password also counts (Developer Guide,
/// "Adding user pool password requirements").
const SYMBOLS: &str = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ";
