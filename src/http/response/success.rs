//! The responses to `POST /register`, `POST /register/confirm` and `POST /register/resend`.

use actix_web::http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::{
    cognito::{AccountState, Delivery},
    signup::{Action, SignUpOutcome},
    store::PriorAttempt,
};

/// The response to a successful request.
#[derive(Clone, Debug, Serialize)]
pub(in crate::http) struct SuccessResponse<'a> {
    #[serde(skip)]
    pub(in crate::http) http_status: StatusCode,
    /// The state of the account or of its code.
    pub(in crate::http) status: &'static str,
    /// The account's `sub`. Present only if this request created the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    /// The user name with which the client confirms the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    /// The recipient of the code. `None` if Cognito named no recipient, or if the response must not
    /// reveal the recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<&'a Delivery>,
    /// Cognito's session. A client with this value can sign the user in.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Exposed<'a>>,
    /// The next step of the front end.
    next: &'static str,
}

type Step = (&'static str, &'static str);

const CONFIRMED: Step = ("confirmed", "sign_in");
const CONFIRMATION_REQUIRED: Step = ("confirmation_required", "confirm");
const DELIVERY_FAILED: Step = ("delivery_failed", "resend");
const APPROVAL_REQUIRED: Step = ("approval_required", "wait");
const CODE_SENT: Step = ("code_sent", "confirm");

impl<'a> From<&'a SignUpOutcome> for SuccessResponse<'a> {
    fn from(outcome: &'a SignUpOutcome) -> Self {
        match outcome {
            SignUpOutcome::Created { account, username } => {
                let step = match account.state {
                    AccountState::Confirmed => CONFIRMED,
                    AccountState::CodeSent => CONFIRMATION_REQUIRED,
                    AccountState::AwaitingApproval => APPROVAL_REQUIRED,
                };
                Self {
                    user_id: Some(&account.user_sub),
                    username: Some(username),
                    delivery: account.delivery.as_ref(),
                    session: account.session.as_ref().map(Exposed),
                    ..Self::new(StatusCode::CREATED, step)
                }
            }
            SignUpOutcome::Pending { prior, username } => {
                let step = match prior {
                    PriorAttempt::Unknown | PriorAttempt::Created => CONFIRMATION_REQUIRED,
                    PriorAttempt::CodeNotDelivered => DELIVERY_FAILED,
                    PriorAttempt::AwaitingApproval => APPROVAL_REQUIRED,
                    PriorAttempt::Confirmed => CONFIRMED,
                };
                Self { username: Some(username), ..Self::new(StatusCode::ACCEPTED, step) }
            }
            SignUpOutcome::Concealed { username, delivery } => Self {
                username: Some(username),
                delivery: delivery.as_ref(),
                ..Self::new(StatusCode::ACCEPTED, CONFIRMATION_REQUIRED)
            },
        }
    }
}

impl<'a> From<&'a Action> for SuccessResponse<'a> {
    fn from(action: &'a Action) -> Self {
        match action {
            Action::Confirmed { session } => Self {
                session: session.as_ref().map(Exposed),
                ..Self::new(StatusCode::OK, CONFIRMED)
            },
            Action::CodeSent => Self::new(StatusCode::ACCEPTED, CODE_SENT),
        }
    }
}

impl SuccessResponse<'_> {
    pub(in crate::http) const CODES: [&'static str; 5] =
        [CONFIRMED.0, CONFIRMATION_REQUIRED.0, DELIVERY_FAILED.0, APPROVAL_REQUIRED.0, CODE_SENT.0];

    /// The routes with their statuses and codes.
    pub(in crate::http) const OF_ROUTES: [(&'static str, u16, &'static str); 9] = [
        ("/register", 201, CONFIRMED.0),
        ("/register", 201, CONFIRMATION_REQUIRED.0),
        ("/register", 201, APPROVAL_REQUIRED.0),
        ("/register", 202, CONFIRMED.0),
        ("/register", 202, CONFIRMATION_REQUIRED.0),
        ("/register", 202, APPROVAL_REQUIRED.0),
        ("/register", 202, DELIVERY_FAILED.0),
        ("/register/confirm", 200, CONFIRMED.0),
        ("/register/resend", 202, CODE_SENT.0),
    ];

    fn new(http_status: StatusCode, (status, next): Step) -> Self {
        Self {
            http_status,
            status,
            user_id: None,
            username: None,
            delivery: None,
            session: None,
            next,
        }
    }
}

/// A secret that the body of a response contains.
#[derive(Clone, Debug)]
struct Exposed<'a>(&'a SecretString);

impl Serialize for Exposed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}
