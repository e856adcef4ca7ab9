//! `ResendConfirmationCode`.

use serde_json::{Value, json};

use super::delivery;
use crate::{
    protocol::{call::Call, response::Exception},
    settings::PoolSettings,
    state::{account::Code, records::Records},
};

/// Sends a new code. An unknown user gets the same response.
pub(crate) fn resend(
    settings: &PoolSettings,
    records: &mut Records,
    call: &Call,
) -> Result<Value, Exception> {
    let now = records.now();
    if !records.user(call.username()).resend_attempts.take(now) {
        return Err(Exception::new(
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        ));
    }
    let Some((user, account)) = records.account(call.username()) else {
        return Ok(
            json!({"CodeDeliveryDetails": delivery::simulated(settings.sign_in, call.username())}),
        );
    };
    if account.confirmed {
        return Err(Exception::invalid_parameter("User is already confirmed."));
    }
    let Some(destination) = delivery::destination(settings.sign_in, &account.attributes) else {
        return Err(Exception::not_authorized(
            "Cannot resend codes. Auto verification not turned on.",
        ));
    };

    let code = Code::new(now);
    let details = destination.details();
    let message = destination.message(&code, &user.username, "resend");
    records.deliver(message);
    if let Some(account) = &mut records.user(call.username()).account {
        account.code = Some(code);
    }
    Ok(json!({"CodeDeliveryDetails": details}))
}
