//! `InitiateAuth`, for users who have just confirmed their account.

use serde_json::{Value, json};

use super::{authorization, tokens};
use crate::{
    protocol::{call::Call, operation::Operation, response::Exception},
    state::{pool_state::PoolState, records::Records, session::Session},
};

/// Signs a user in with the session of `ConfirmSignUp`. The pool has no other sign-in.
pub(crate) fn initiate_auth(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    call.check(None)?;
    authorization::check(state, call)?;
    let flow = call.auth_flow.as_deref().unwrap_or_default();
    if flow != "USER_AUTH" || !state.settings().user_auth {
        let message = format!("{flow} flow not enabled for this client");
        return Err(Exception::invalid_parameter(message));
    }
    state.with(|records| {
        check_session(records, call)?;
        let Some((user, account)) = records.account(call.username()) else { return Err(unknown()) };
        let result = tokens::tokens(state.settings(), call.client_id(), &user.username, account);
        Ok(json!({"AuthenticationResult": result, "ChallengeParameters": {}}))
    })
}

/// Checks the session of the account, and marks the session as used.
fn check_session(records: &mut Records, call: &Call) -> Result<(), Exception> {
    let now = records.now();
    let account = records.account_mut(call.username()).ok_or_else(unknown)?;
    if !account.confirmed {
        return Err(Exception::new("UserNotConfirmedException", "User is not confirmed."));
    }
    Session::check(account.session.as_ref(), Operation::Confirm, call, now)?;
    if let Some(session) = &mut account.session {
        session.is_used = true;
    }
    Ok(())
}

/// Returns the exception of a pool with `PreventUserExistenceErrors`.
fn unknown() -> Exception {
    Exception::not_authorized("Incorrect username or password.")
}
