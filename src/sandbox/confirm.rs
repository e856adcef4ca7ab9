//! `ConfirmSignUp`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{PoolSettings, SignIn, answer::Refusal, call::Call, state::Records};

/// Confirms the account, or refuses as a pool with `PreventUserExistenceErrors` would.
pub(super) fn confirm(
    settings: &PoolSettings,
    records: &mut Records,
    call: &Call,
) -> Result<Value, Refusal> {
    let now = records.now();
    if !records.name(call.username()).confirm_attempts.take(now) {
        return Err(Refusal::new(
            "TooManyFailedAttemptsException",
            "Attempt limit exceeded, please try after some time.",
        ));
    }
    let Some((name, account)) = records.account(call.username()) else {
        // AWS documents only that the answer tells nothing about existence. Pools that have the switch
        // on were seen to answer as they do for a code that has run out.
        return Err(expired());
    };
    if account.confirmed {
        return Err(Refusal::not_authorized(
            "User cannot be confirmed. Current status is CONFIRMED",
        ));
    }
    let Some(code) = &account.code else {
        return Err(expired());
    };
    if call.confirmation_code.as_deref() != Some(code.digits.as_str()) {
        return Err(Refusal::new(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        ));
    }
    if code.is_expired(now) {
        return Err(expired());
    }

    let username = name.username.clone();
    if settings.sign_in == SignIn::Alias {
        let verified = account
            .destination(settings.sign_in)
            .map(|found| (found.attribute, found.to.to_owned()));
        if let Some((attribute, alias)) = verified {
            take_alias(records, call, &username, attribute, &alias)?;
        }
    }
    if let Some(account) = &mut records.name(&username).account {
        account.confirmed = true;
        account.code = None;
    }
    if settings.passwordless {
        return Ok(json!({"Session": format!("sandbox-session-{}", Uuid::new_v4())}));
    }
    Ok(json!({}))
}

/// An alias belongs to the account that confirmed it first, unless `ForceAliasCreation` moves it.
fn take_alias(
    records: &mut Records,
    call: &Call,
    username: &str,
    attribute: &str,
    alias: &str,
) -> Result<(), Refusal> {
    let taken = records.alias_owner(alias).is_some_and(|owner| owner != username.to_lowercase());
    if taken && !call.force_alias_creation {
        return Err(Refusal::new(
            "AliasExistsException",
            format!("An account with the {attribute} already exists."),
        ));
    }
    records.own_alias(alias, username);
    Ok(())
}

fn expired() -> Refusal {
    Refusal::new("ExpiredCodeException", "Invalid code provided, please request a code again.")
}
