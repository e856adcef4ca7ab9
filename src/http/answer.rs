//! The answer to a sign-up that was not refused.

use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::mask;
use crate::{
    cognito::{Delivery, Medium, SignedUp},
    config::UsernameMode,
    ledger::PriorAttempt,
    registration::Registration,
};

/// What is said where the account exists now, or may.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[schemars(rename = "SignUpAnswer")]
pub(super) struct Answer {
    #[serde(skip)]
    is_new: bool,
    /// What became of the sign-up.
    status: Status,
    /// The account's `sub`. Only where it was created just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// The name to confirm the account with. Missing where the service makes the names and may
    /// not tell whether there is an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Where the code goes, as far as that may be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<AnsweredDelivery>,
    /// What the front end does next.
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Status {
    /// The account can sign in.
    Confirmed,
    /// A code was sent, and confirms the account.
    ConfirmationRequired,
    /// The account probably exists, but its code did not go out.
    DeliveryFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Next {
    /// Let the person sign in.
    SignIn,
    /// Ask for the code (`POST /register/confirm`).
    Confirm,
    /// Have a code sent (`POST /register/resend`).
    Resend,
}

/// Where a code goes.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[schemars(rename = "Delivery")]
struct AnsweredDelivery {
    /// How it is sent.
    medium: AnsweredMedium,
    /// The address, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    /// The attribute that holds the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum AnsweredMedium {
    Email,
    Sms,
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
    pub(super) fn pending(earlier: PriorAttempt, registration: &Registration) -> Self {
        let (status, next) = match earlier {
            PriorAttempt::Unknown | PriorAttempt::Created => {
                (Status::ConfirmationRequired, Next::Confirm)
            }
            PriorAttempt::CodeNotDelivered => (Status::DeliveryFailed, Next::Resend),
            PriorAttempt::Confirmed => (Status::Confirmed, Next::SignIn),
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
            medium: AnsweredMedium::Email,
            destination: Some(mask::email(email.as_str())),
            attribute: Some("email".to_owned()),
        });
        let phone_number = registration.phone_number.as_ref().map(|number| AnsweredDelivery {
            medium: AnsweredMedium::Sms,
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

    /// One of each kind, under the names that they have in the contract.
    pub(super) fn examples() -> [(&'static str, Self); 5] {
        let delivered = |medium, destination: &str, attribute: &str| AnsweredDelivery {
            medium,
            destination: Some(destination.to_owned()),
            attribute: Some(attribute.to_owned()),
        };
        let created = Self {
            is_new: true,
            status: Status::ConfirmationRequired,
            user_id: Some("7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned()),
            username: Some("ada@example.com".to_owned()),
            delivery: Some(delivered(AnsweredMedium::Email, "a***@e***", "email")),
            next: Next::Confirm,
        };
        let with_every_field = Self {
            username: Some("ada".to_owned()),
            delivery: Some(delivered(AnsweredMedium::Sms, "+*******0100", "phone_number")),
            ..created.clone()
        };
        let confirmed = Self {
            status: Status::Confirmed,
            username: Some("signup.confirmed-at-once@example.com".to_owned()),
            delivery: None,
            next: Next::SignIn,
            ..created.clone()
        };
        let pending = Self { is_new: false, user_id: None, delivery: None, ..created.clone() };
        let not_delivered = Self {
            status: Status::DeliveryFailed,
            username: Some("signup.code-delivery-failure@example.com".to_owned()),
            next: Next::Resend,
            ..pending.clone()
        };
        [
            ("created", created),
            ("created_with_every_field", with_every_field),
            ("created_and_confirmed", confirmed),
            ("created_by_an_earlier_try", pending),
            ("code_not_delivered", not_delivered),
        ]
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
            Medium::Email => AnsweredMedium::Email,
            Medium::Sms => AnsweredMedium::Sms,
        };
        Self { medium, destination: delivery.destination, attribute: delivery.attribute }
    }
}
