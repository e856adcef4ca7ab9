//! The selection of a case by the user name, and its effect.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

use super::{
    case::{Case, NUMBER_PREFIX, Play, THROTTLED},
    table::CASES,
};
use crate::{
    operations::sign_up::SignUpOptions,
    protocol::{
        call::Call,
        operation::Operation,
        response::{Content, Exception, Response},
    },
    state::account::{Account, User},
};

/// Returns the case that the user name of a call selects.
pub(crate) fn find(
    operation: Operation,
    call: &Call,
    account: Option<(&User, &Account)>,
) -> Option<&'static Case> {
    let username = account.map_or(call.username(), |(user, _)| user.username.as_str());
    let case = if uuid::Uuid::try_parse(username).is_ok() {
        let attribute = |wanted: &str| match account {
            Some((_, account)) => account.attributes.get(wanted).map(String::as_str),
            None => call
                .user_attributes
                .iter()
                .find(|sent| sent.name == wanted)
                .map(|sent| sent.value.as_str()),
        };
        named(attribute("email").or_else(|| attribute("phone_number"))?)?
    } else {
        named(username)?
    };
    (case.operation == operation).then_some(case)
}

/// Plays a case, or runs the ordinary operation. `attempt` is the number of this call among the
/// calls of the operation for the user name, from 1.
pub(crate) fn play(
    case: Option<&Case>,
    attempt: u32,
    client_id: &str,
    ordinary: impl FnOnce(SignUpOptions) -> Result<Value, Exception>,
) -> Response {
    let usual = SignUpOptions { auto_confirm: false, has_code: true, delivers: true };
    let Some(case) = case else {
        return ordinary(usual).into();
    };
    let content = match case.play {
        Play::Throttle(times) if attempt <= times => {
            return Err(Exception::new(THROTTLED, "Rate exceeded")).into();
        }
        Play::Throttle(_) => return ordinary(usual).into(),
        Play::ConfirmAtOnce => {
            return ordinary(SignUpOptions { auto_confirm: true, ..usual }).into();
        }
        Play::SendNoCode => {
            return ordinary(SignUpOptions { has_code: false, ..usual }).into();
        }
        Play::Delay(delay) => {
            return Response { delay, ..ordinary(usual).into() };
        }
        Play::Reject { code, message } => {
            Content::Exception(Exception::new(code, message.replace("{client}", client_id)))
        }
        Play::Raw(raw) => Content::Raw(raw),
        Play::Silence => Content::Silence,
        Play::Reset => Content::Reset,
    };
    if case.carried_out
        && let Err(exception) = ordinary(SignUpOptions { delivers: case.delivers(), ..usual })
    {
        return Content::Exception(exception).into();
    }
    content.into()
}

/// Returns the case of an email address, a phone number or a plain user name.
fn named(name: &str) -> Option<&'static Case> {
    static BY_NAME: LazyLock<HashMap<&str, &Case>> =
        LazyLock::new(|| CASES.iter().map(|case| (case.name, case)).collect());
    static BY_NUMBER: LazyLock<HashMap<u16, &Case>> =
        LazyLock::new(|| CASES.iter().map(|case| (case.number, case)).collect());

    if let Some(digits) = name.strip_prefix(NUMBER_PREFIX) {
        let number = (digits.len() == 4).then(|| digits.parse().ok()).flatten()?;
        return BY_NUMBER.get(&number).copied();
    }
    let local = name.split('@').next().unwrap_or_default();
    let wanted = local.split('+').next().unwrap_or_default().to_lowercase();
    BY_NAME.get(wanted.as_str()).copied()
}
