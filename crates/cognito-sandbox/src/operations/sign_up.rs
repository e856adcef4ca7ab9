//! `SignUp`.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{attributes, delivery, password};
use crate::{
    protocol::{call::Call, operation::Operation, response::Exception},
    settings::{PoolSettings, SignIn},
    state::{
        account::{Account, Code},
        records::Records,
        session::Session,
    },
};

/// Deviations from the ordinary sign-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignUpOptions {
    /// Confirms the account at once.
    pub(crate) auto_confirm: bool,
    /// Creates a code.
    pub(crate) has_code: bool,
    /// Puts the message into the inbox.
    pub(crate) delivers: bool,
}

pub(crate) fn sign_up(
    settings: &PoolSettings,
    records: &mut Records,
    call: &Call,
    options: SignUpOptions,
) -> Result<Value, Exception> {
    let attributes = attributes::check(settings.sign_in, call)?;
    match &call.password {
        Some(password) => password::check(password.expose_secret(), &settings.password_policy)?,
        None if settings.passwordless => {}
        None => return Err(Exception::invalid_parameter(PASSWORD_MISSING)),
    }
    if records.account(call.username()).is_some() {
        return Err(exists(settings.sign_in));
    }

    let confirmed = settings.auto_confirm || options.auto_confirm;
    let sub = Uuid::new_v4().to_string();
    let now = records.now();
    let session = settings.user_auth.then(|| Session::new(Operation::SignUp, call, now));
    let mut output = json!({"UserConfirmed": confirmed, "UserSub": sub});
    if let Some(session) = &session {
        output["Session"] = session.token().into();
    }
    let mut account = Account { sub, confirmed, attributes, code: None, session, created: now };
    let destination = delivery::destination(settings.sign_in, &account.attributes);
    if let Some(destination) = destination.filter(|_| options.has_code && !confirmed) {
        output["CodeDeliveryDetails"] = destination.details();
        let code = Code::new(now);
        if options.delivers {
            records.deliver(destination.message(&code, call.username(), "sign_up"));
        }
        account.code = Some(code);
    }
    records.create(call.username(), account);
    Ok(output)
}

const PASSWORD_MISSING: &str = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null";

/// Returns the exception for a taken user name. SignUp reports the exception with each value of
/// `PreventUserExistenceErrors`. A duplicate alias fails at `ConfirmSignUp`.
fn exists(sign_in: SignIn) -> Exception {
    let message = match sign_in.username_attribute() {
        Some(attribute) => format!("An account with the given {attribute} already exists."),
        None => "User already exists".to_owned(),
    };
    Exception::new("UsernameExistsException", message)
}
