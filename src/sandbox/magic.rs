//! Failures on demand, by user name.
//!
//! A user whose name reads `<operation>.<case>` gets that case and nothing else: sign up as
//! `signup.internal-error@example.com`, and the pool answers 500. What counts as the name:
//!
//! * the part before the `@`, where the user name is a mail address;
//! * the whole user name, where it is a plain one;
//! * the part before the `@` of the `email` attribute (else the `phone_number`), where the user name
//!   is a UUID;
//! * for phone numbers, the case's own number: `+1415555` and its four digits from the table. The
//!   numbers 0100 to 0199, which North America keeps for fiction, belong to no case.
//!
//! `+anything` may follow the case, so that a name can be used once per test:
//! `signup.username-exists+42@example.com`. Phone numbers have no such suffix; empty the pool
//! (`DELETE /sandbox/state`) between two uses. Capital letters are as good as small ones.
//!
//! A name plays at its own operation only: `confirm.…` and `resend.…` names sign up like any other.
//! Before a case is played, the pool has checked the limits of the service model, the client id and
//! the `SecretHash`. Where the table says that the operation is carried out, a refusal of the pool
//! (weak password, user exists) comes first; so a second `SignUp` for `signup.created-hang` is
//! answered with `UsernameExistsException`, as it would be by Cognito.
//!
//! The numbers and names are relied on by front ends' tests: add to them, never change them.
//! `GET /sandbox/cases` lists them too, from [`CASES`].
//!
#![doc = include_str!("cases.md")]

use std::{collections::HashMap, sync::LazyLock, time::Duration};

use serde::Serialize;
use serde_json::Value;

pub use super::cases::CASES;
use super::{
    account::{Account, Name},
    answer::{Answer, Content, Refusal},
    call::Call,
};

/// One thing that can go wrong, or be odd.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the user name reads, such as `signup.internal-error`.
    pub name: &'static str,
    /// The operation that it plays at.
    pub operation: Operation,
    /// The last four digits of its phone number, below 1000.
    pub number: u16,
    /// Whether the account is created (or confirmed, or the code sent) all the same; a throttled
    /// operation is carried out in the end.
    pub carried_out: bool,
    /// What the caller gets.
    pub play: Play,
    /// One sentence for people.
    pub meaning: &'static str,
}

/// The operations that cases exist for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Operation {
    /// `SignUp`.
    SignUp,
    /// `ConfirmSignUp`.
    #[serde(rename = "ConfirmSignUp")]
    Confirm,
    /// `ResendConfirmationCode`.
    #[serde(rename = "ResendConfirmationCode")]
    Resend,
}

/// What a case does.
#[derive(Clone, Copy, Debug)]
pub enum Play {
    /// One of Cognito's exceptions, with one of its real messages; `{client}` is the client's id.
    Refuse {
        /// The exception's name.
        code: &'static str,
        /// Its message.
        message: &'static str,
    },
    /// An answer that Cognito's own code would not write.
    Raw(RawAnswer),
    /// The ordinary answer, late.
    Delay(Duration),
    /// No answer, on a connection that stays open.
    Silence,
    /// No answer, and a TCP reset (a FIN where the platform is not Unix).
    Reset,
    /// `TooManyRequestsException` for the first calls of this name, then the ordinary answer.
    Throttle(u32),
    /// The ordinary answer of a pool whose pre-sign-up trigger confirms.
    ConfirmAtOnce,
}

/// An answer byte by byte.
#[derive(Clone, Copy, Debug)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The header `x-amzn-errortype`.
    pub error_type: Option<&'static str>,
    /// The body.
    pub body: &'static str,
    /// The exception that a careful client reads from it, if it can read any.
    pub code: Option<&'static str>,
}

impl Case {
    /// The case's phone number.
    #[must_use]
    pub fn phone_number(&self) -> String {
        format!("{BLOCK}{:04}", self.number)
    }

    /// The exception that a careful client ends up with, if any.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self.play {
            Play::Refuse { code, .. } => Some(code),
            Play::Raw(raw) => raw.code,
            Play::Throttle(_) => Some(THROTTLED),
            Play::Delay(_) | Play::Silence | Play::Reset | Play::ConfirmAtOnce => None,
        }
    }

    /// Where the sending of the code is what fails, nothing reaches the inbox.
    fn delivers(&self) -> bool {
        !self.code().is_some_and(|code| {
            ["CodeDelivery", "LimitExceeded", "InvalidSmsRole", "InvalidEmailRole"]
                .iter()
                .any(|start| code.starts_with(start))
        })
    }
}

/// What a case asks of the ordinary operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Orders {
    /// Confirm the account at once.
    pub(super) confirmed: bool,
    /// Put the message into the inbox.
    pub(super) delivers: bool,
}

/// The case that this call's user name asks for.
pub(super) fn find(
    operation: Operation,
    call: &Call,
    account: Option<(&Name, &Account)>,
) -> Option<&'static Case> {
    let username = account.map_or(call.username(), |(name, _)| name.username.as_str());
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

/// Plays a case, or lets the operation go its ordinary way. `attempt` counts the calls of this
/// operation for this user name, from 1.
pub(super) fn play(
    case: Option<&Case>,
    attempt: u32,
    client_id: &str,
    ordinary: impl FnOnce(Orders) -> Result<Value, Refusal>,
) -> Answer {
    let usual = Orders { confirmed: false, delivers: true };
    let Some(case) = case else {
        return ordinary(usual).into();
    };
    let staged = match case.play {
        Play::Throttle(times) if attempt <= times => {
            return Err(Refusal::new(THROTTLED, "Rate exceeded")).into();
        }
        Play::Throttle(_) => return ordinary(usual).into(),
        Play::ConfirmAtOnce => {
            return ordinary(Orders { confirmed: true, ..usual }).into();
        }
        Play::Delay(after) => {
            return Answer { after, ..ordinary(usual).into() };
        }
        Play::Refuse { code, message } => {
            Content::Refused(Refusal::new(code, message.replace("{client}", client_id)))
        }
        Play::Raw(raw) => Content::Raw(raw),
        Play::Silence => Content::Silence,
        Play::Reset => Content::Reset,
    };
    if case.carried_out
        && let Err(refusal) = ordinary(Orders { delivers: case.delivers(), ..usual })
    {
        return Content::Refused(refusal).into();
    }
    staged.into()
}

const BLOCK: &str = "+1415555";
const THROTTLED: &str = "TooManyRequestsException";

/// The case that a mail address, a phone number or a plain name stands for.
fn named(name: &str) -> Option<&'static Case> {
    static BY_NAME: LazyLock<HashMap<&str, &Case>> =
        LazyLock::new(|| CASES.iter().map(|case| (case.name, case)).collect());
    static BY_NUMBER: LazyLock<HashMap<u16, &Case>> =
        LazyLock::new(|| CASES.iter().map(|case| (case.number, case)).collect());

    if let Some(digits) = name.strip_prefix(BLOCK) {
        let number = (digits.len() == 4).then(|| digits.parse().ok()).flatten()?;
        return BY_NUMBER.get(&number).copied();
    }
    let local = name.split('@').next().unwrap_or_default();
    let wanted = local.split('+').next().unwrap_or_default().to_lowercase();
    BY_NAME.get(wanted.as_str()).copied()
}
