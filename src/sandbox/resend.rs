//! `ResendConfirmationCode`.

use serde_json::{Value, json};

use super::{
    PoolSettings, account::Code, answer::Refusal, call::Call, delivery, sign_up::message,
    state::Records,
};

/// Sends a new code, or says so for a user that is not there.
pub(super) fn resend(
    settings: &PoolSettings,
    records: &mut Records,
    call: &Call,
) -> Result<Value, Refusal> {
    let now = records.now();
    if !records.name(call.username()).resend_attempts.take(now) {
        return Err(Refusal::new(
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        ));
    }
    let Some((name, account)) = records.account(call.username()) else {
        return Ok(
            json!({"CodeDeliveryDetails": delivery::simulated(settings.sign_in, call.username())}),
        );
    };
    if account.confirmed {
        return Err(Refusal::invalid_parameter("User is already confirmed."));
    }
    let Some(destination) = account.destination(settings.sign_in) else {
        return Err(Refusal::not_authorized(
            "Cannot resend codes. Auto verification not turned on.",
        ));
    };

    let code = Code::new(now);
    let details = destination.details();
    let message = message(&destination, &code, &name.username, "resend");
    records.deliver(message);
    if let Some(account) = &mut records.name(call.username()).account {
        account.code = Some(code);
    }
    Ok(json!({"CodeDeliveryDetails": details}))
}
