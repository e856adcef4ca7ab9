//! A case and its behavior.

use std::time::Duration;

use crate::protocol::{operation::Operation, response::RawResponse};

/// The prefix of the phone numbers of the cases.
pub(super) const NUMBER_PREFIX: &str = "+1415555";
pub(super) const THROTTLED: &str = "TooManyRequestsException";

/// A failure or an unusual behavior of the pool.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The user name, such as `signup.internal-error`.
    pub name: &'static str,
    /// The operation to which the case applies.
    pub operation: Operation,
    /// The last four digits of its phone number, below 1000.
    pub number: u16,
    /// `true` if the pool creates the account, confirms the account or sends the code in spite of
    /// the failure. Also `true` if the pool throttles only the first calls.
    pub carried_out: bool,
    /// The behavior.
    pub play: Play,
    /// A description in one sentence.
    pub meaning: &'static str,
}

/// The behavior of a case.
#[derive(Clone, Copy, Debug)]
pub enum Play {
    /// An exception of Cognito, with a message of a real pool. `{client}` is the id of the app
    /// client.
    Reject {
        /// The name of the exception.
        code: &'static str,
        /// The message of the exception.
        message: &'static str,
    },
    /// A response that Cognito itself would not send.
    Raw(RawResponse),
    /// The ordinary response after a delay.
    Delay(Duration),
    /// No response. The pool keeps the connection open.
    Silence,
    /// No response. The pool resets the connection.
    Reset,
    /// `TooManyRequestsException` for the first calls of a user name, then the ordinary response.
    Throttle(u32),
    /// The ordinary response of a pool whose pre-sign-up trigger confirms the account.
    ConfirmAtOnce,
    /// The ordinary response of a pool that sends no codes.
    SendNoCode,
}

impl Case {
    /// Returns the phone number of the case.
    #[must_use]
    pub fn phone_number(&self) -> String {
        format!("{NUMBER_PREFIX}{:04}", self.number)
    }

    /// Returns the exception that a careful client reads.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self.play {
            Play::Reject { code, .. } => Some(code),
            Play::Raw(raw) => raw.code,
            Play::Throttle(_) => Some(THROTTLED),
            Play::Delay(_)
            | Play::Silence
            | Play::Reset
            | Play::ConfirmAtOnce
            | Play::SendNoCode => None,
        }
    }

    /// Returns `false` if the failure of the case is the delivery of the code.
    pub(crate) fn delivers(&self) -> bool {
        !self.code().is_some_and(|code| {
            [
                "CodeDelivery",
                "InvalidEmailRole",
                "InvalidParameter",
                "InvalidSmsRole",
                "LimitExceeded",
            ]
            .iter()
            .any(|start| code.starts_with(start))
        })
    }
}
