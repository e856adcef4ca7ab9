//! `ConfirmSignUp`.

use serde_json::{Value, json};

use super::delivery;
use crate::{
    protocol::{call::Call, operation::Operation, response::Exception},
    settings::{PoolSettings, SignIn},
    state::{records::Records, session::Session},
};

/// Confirms the account. The exceptions are those of a pool with `PreventUserExistenceErrors`.
pub(crate) fn confirm(
    settings: &PoolSettings,
    records: &mut Records,
    call: &Call,
) -> Result<Value, Exception> {
    let now = records.now();
    if !records.user(call.username()).confirm_attempts.take(now) {
        return Err(Exception::new(
            "TooManyFailedAttemptsException",
            "Attempt limit exceeded, please try after some time.",
        ));
    }
    let Some((user, account)) = records.account(call.username()) else {
        // AWS documents only that the response does not reveal the existence of an account.
        // Observed pools respond as for an expired code.
        return Err(expired());
    };
    if account.confirmed {
        return Err(Exception::not_authorized(
            "User cannot be confirmed. Current status is CONFIRMED",
        ));
    }
    let Some(code) = &account.code else {
        return Err(expired());
    };
    if call.confirmation_code.as_deref() != Some(code.digits.as_str()) {
        return Err(Exception::new(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        ));
    }
    if code.is_expired(now) {
        return Err(expired());
    }
    if call.session.is_some() {
        Session::check(account.session.as_ref(), Operation::SignUp, call, now)?;
    }

    let username = user.username.clone();
    if settings.sign_in == SignIn::Alias {
        let verified = delivery::destination(settings.sign_in, &account.attributes)
            .map(|found| (found.attribute, found.to.to_owned()));
        if let Some((attribute, alias)) = verified {
            take_alias(records, call, &username, attribute, &alias)?;
        }
    }
    let session = call.session.as_ref().map(|_| Session::new(Operation::Confirm, call, now));
    let output = session.as_ref().map_or_else(|| json!({}), |new| json!({"Session": new.token()}));
    records.confirm(&username);
    if let Some(account) = records.account_mut(&username) {
        account.session = session;
    }
    Ok(output)
}

/// Assigns an alias to the account, unless another account confirmed the alias first and
/// `ForceAliasCreation` is not set.
fn take_alias(
    records: &mut Records,
    call: &Call,
    username: &str,
    attribute: &str,
    alias: &str,
) -> Result<(), Exception> {
    let taken = records.alias_owner(alias).is_some_and(|owner| owner != username.to_lowercase());
    if taken && !call.force_alias_creation {
        return Err(Exception::new(
            "AliasExistsException",
            format!("An account with the {attribute} already exists."),
        ));
    }
    records.own_alias(alias, username);
    Ok(())
}

fn expired() -> Exception {
    Exception::new("ExpiredCodeException", "Invalid code provided, please request a code again.")
}
