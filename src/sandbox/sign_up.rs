//! `SignUp`.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    PoolSettings, SignIn,
    account::{Account, Code},
    answer::Refusal,
    attributes,
    call::Call,
    delivery::Destination,
    magic::Orders,
    password,
    seen::Message,
    state::Records,
};

/// Creates the account, or refuses as the pool would.
pub(super) fn sign_up(
    settings: &PoolSettings,
    records: &mut Records,
    call: &Call,
    orders: Orders,
) -> Result<Value, Refusal> {
    let attributes = attributes::check(settings.sign_in, call)?;
    match &call.password {
        Some(password) => password::check(password.expose_secret(), &settings.password_policy)?,
        None if settings.passwordless => {}
        None => return Err(Refusal::invalid_parameter(PASSWORD_MISSING)),
    }
    if records.account(call.username()).is_some() {
        return Err(exists(settings.sign_in));
    }

    let confirmed = settings.auto_confirm || orders.confirmed;
    let sub = Uuid::new_v4().to_string();
    let now = records.now();
    let mut account = Account { sub: sub.clone(), confirmed, attributes, code: None, created: now };
    let mut output = json!({"UserConfirmed": confirmed, "UserSub": sub});
    if let (false, Some(destination)) = (confirmed, account.destination(settings.sign_in)) {
        output["CodeDeliveryDetails"] = destination.details();
        let code = Code::new(now);
        if orders.delivers {
            records.deliver(message(&destination, &code, call.username(), "sign_up"));
        }
        account.code = Some(code);
    }
    if settings.passwordless {
        // Pools with choice-based sign-in hand out a session that ConfirmSignUp may take along.
        output["Session"] = Value::String(format!("sandbox-session-{}", Uuid::new_v4()));
    }
    records.create(call.username(), account);
    Ok(output)
}

/// The message that carries a code.
pub(super) fn message(
    destination: &Destination<'_>,
    code: &Code,
    username: &str,
    purpose: &'static str,
) -> Message {
    Message {
        to: destination.to.to_owned(),
        medium: destination.medium(),
        code: code.digits.clone(),
        username: username.to_owned(),
        purpose,
        at: jiff::Timestamp::now().to_string(),
    }
}

const PASSWORD_MISSING: &str = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null";

/// SignUp tells on a user that exists, whatever `PreventUserExistenceErrors` says. A duplicate of
/// somebody's alias passes here, and fails at `ConfirmSignUp`.
fn exists(sign_in: SignIn) -> Refusal {
    let message = match attributes::username_attribute(sign_in) {
        Some(attribute) => format!("An account with the given {attribute} already exists."),
        None => "User already exists".to_owned(),
    };
    Refusal::new("UsernameExistsException", message)
}
