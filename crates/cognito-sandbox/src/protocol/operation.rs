//! The operations of a sign-up.

use serde::Serialize;

/// An operation of a sign-up.
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
