//! The response to `POST /register`.

use actix_web::http::StatusCode;
use serde::Serialize;

use crate::{cognito, signup::SignUpOutcome, store::PriorAttempt};

/// A sign-up that was not rejected: the account exists, or probably exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::http) struct SignUpResponse<'a> {
    #[serde(skip)]
    is_new: bool,
    /// The state of the account.
    status: Status,
    /// The account's `sub`. Present only if this request created the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    /// The user name to confirm the account with. Absent if the service makes the user names and
    /// must not tell if the account exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    /// The recipient of the code, if it may be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery<'a>>,
    /// The next step of the front end.
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// The account can sign in.
    Confirmed,
    /// A code was sent. It confirms the account.
    ConfirmationRequired,
    /// The account exists or probably exists, and its code was not delivered.
    DeliveryFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    /// Let the user sign in.
    SignIn,
    /// Ask the user for the code (`POST /register/confirm`).
    Confirm,
    /// Request another code (`POST /register/resend`).
    Resend,
}

/// The recipient of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Delivery<'a> {
    /// The medium of the message.
    medium: Medium,
    /// The masked address or phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'a str>,
    /// The attribute that holds the address or phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Medium {
    Email,
    Sms,
}

impl<'a> From<&'a SignUpOutcome> for SignUpResponse<'a> {
    fn from(outcome: &'a SignUpOutcome) -> Self {
        match outcome {
            SignUpOutcome::Created { account, username } => {
                let (status, next) = if account.confirmed {
                    (Status::Confirmed, Next::SignIn)
                } else {
                    (Status::ConfirmationRequired, Next::Confirm)
                };
                Self {
                    is_new: true,
                    status,
                    user_id: Some(&account.user_sub),
                    username: Some(username),
                    delivery: account.delivery.as_ref().map(Delivery::from),
                    next,
                }
            }
            SignUpOutcome::Pending { prior, username } => {
                let (status, next) = match prior {
                    PriorAttempt::Unknown | PriorAttempt::Created => {
                        (Status::ConfirmationRequired, Next::Confirm)
                    }
                    PriorAttempt::CodeNotDelivered => (Status::DeliveryFailed, Next::Resend),
                    PriorAttempt::Confirmed => (Status::Confirmed, Next::SignIn),
                };
                let username = Some(username.as_str());
                Self { is_new: false, status, user_id: None, username, delivery: None, next }
            }
            SignUpOutcome::Concealed { username, delivery } => Self {
                is_new: false,
                status: Status::ConfirmationRequired,
                user_id: None,
                username: username.as_deref(),
                delivery: delivery.as_ref().map(Delivery::from),
                next: Next::Confirm,
            },
        }
    }
}

impl SignUpResponse<'_> {
    /// Every `status`.
    pub(in crate::http) const CODES: [&'static str; 3] =
        ["confirmed", "confirmation_required", "delivery_failed"];

    /// Returns the `status`, for the log.
    pub(in crate::http) fn code(&self) -> &'static str {
        match self.status {
            Status::Confirmed => "confirmed",
            Status::ConfirmationRequired => "confirmation_required",
            Status::DeliveryFailed => "delivery_failed",
        }
    }

    /// Returns 201 if this request created the account, and 202 otherwise.
    pub(in crate::http) fn status(&self) -> StatusCode {
        if self.is_new { StatusCode::CREATED } else { StatusCode::ACCEPTED }
    }
}

impl<'a> From<&'a cognito::Delivery> for Delivery<'a> {
    fn from(delivery: &'a cognito::Delivery) -> Self {
        Self {
            medium: match delivery.medium {
                cognito::Medium::Email => Medium::Email,
                cognito::Medium::Sms => Medium::Sms,
            },
            destination: delivery.destination.as_deref(),
            attribute: delivery.attribute.as_deref(),
        }
    }
}
