//! The answer to a sign-up that was not refused.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::mask;
use crate::{
    cognito::{Delivery, Medium, SignedUp},
    config::UsernameMode,
    ledger::Earlier,
    registration::Registration,
};

/// What front ends read where the account exists now, or may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Answer {
    #[serde(skip)]
    is_new: bool,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<AnsweredDelivery>,
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Confirmed,
    ConfirmationRequired,
    DeliveryFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    SignIn,
    Confirm,
    Resend,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AnsweredDelivery {
    medium: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
}

impl Answer {
    /// The account was created just now.
    pub(super) fn created(account: SignedUp, registration: &Registration) -> Self {
        let (status, next) = if account.confirmed {
            (Status::Confirmed, Next::SignIn)
        } else {
            (Status::ConfirmationRequired, Next::Confirm)
        };
        Self {
            is_new: true,
            status,
            user_id: Some(account.user_sub),
            username: Some(registration.username.as_str().to_owned()),
            delivery: account.delivery.map(AnsweredDelivery::from),
            next,
        }
    }

    /// The account exists, or probably does, by an earlier try of the same person.
    pub(super) fn pending(earlier: Earlier, registration: &Registration) -> Self {
        let (status, next) = match earlier {
            Earlier::Unknown | Earlier::Created => (Status::ConfirmationRequired, Next::Confirm),
            Earlier::CodeNotDelivered => (Status::DeliveryFailed, Next::Resend),
            Earlier::Confirmed => (Status::Confirmed, Next::SignIn),
        };
        Self {
            is_new: false,
            status,
            user_id: None,
            username: Some(registration.username.as_str().to_owned()),
            delivery: None,
            next,
        }
    }

    /// Made from the input alone: the one answer of conceal mode.
    pub(super) fn unrevealing(mode: UsernameMode, registration: &Registration) -> Self {
        let email = registration.email.as_ref().map(|email| AnsweredDelivery {
            medium: "email",
            destination: Some(mask::email(email.as_str())),
            attribute: Some("email".to_owned()),
        });
        let phone_number = registration.phone_number.as_ref().map(|number| AnsweredDelivery {
            medium: "sms",
            destination: Some(mask::phone_number(number.as_str())),
            attribute: Some("phone_number".to_owned()),
        });
        let is_generated = mode == UsernameMode::Generated;
        Self {
            is_new: false,
            status: Status::ConfirmationRequired,
            user_id: None,
            username: (!is_generated).then(|| registration.username.as_str().to_owned()),
            // Where a pool verifies both, it sends to the phone.
            delivery: match mode {
                UsernameMode::Email => email,
                UsernameMode::Phone => phone_number,
                UsernameMode::Chosen | UsernameMode::Generated => phone_number.or(email),
            },
            next: Next::Confirm,
        }
    }

    /// Every code.
    pub(super) const CODES: [&'static str; 3] =
        ["confirmed", "confirmation_required", "delivery_failed"];

    /// The status as it is logged.
    pub(super) fn code(&self) -> &'static str {
        match self.status {
            Status::Confirmed => "confirmed",
            Status::ConfirmationRequired => "confirmation_required",
            Status::DeliveryFailed => "delivery_failed",
        }
    }

    /// 201 for an account that was created just now, 202 otherwise.
    pub(super) fn status(&self) -> StatusCode {
        if self.is_new { StatusCode::CREATED } else { StatusCode::ACCEPTED }
    }

    /// The document.
    pub(super) fn body(&self) -> String {
        // Texts cannot fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<Delivery> for AnsweredDelivery {
    fn from(delivery: Delivery) -> Self {
        let medium = match delivery.medium {
            Medium::Email => "email",
            Medium::Sms => "sms",
        };
        Self { medium, destination: delivery.destination, attribute: delivery.attribute }
    }
}
