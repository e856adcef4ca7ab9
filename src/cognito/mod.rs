//! The calls to Amazon Cognito, and what comes of them.

mod accounts;
pub(crate) mod aws;
mod budget;
mod call;
mod client;
mod confirm;
mod form_fields;
mod held_secrets;
mod intake;
mod outcome;
mod resend;
mod secret_hash;
pub(crate) mod secret_sources;
mod secrets;
#[cfg_attr(not(feature = "secrets-manager"), path = "no_secrets_manager.rs")]
mod secrets_manager;
mod sign_up;
mod signature;
mod user_context;

pub use self::{
    accounts::{Accounts, AccountsError, Page, Unconfirmed},
    budget::Budget,
    call::Reply,
    client::{Cognito, ConnectError, Connection},
    form_fields::FormFields,
    held_secrets::HeldSecrets,
    outcome::{
        ConfirmError, ConfirmOutcome, Failure, Field, FieldMistake, MarkedCode, Misconfiguration,
        Mistake, Outcome, ResendError, ResendOutcome, SignUpError, TriggerRefusal,
    },
    secret_hash::secret_hash,
    secrets::ClientSecrets,
    sign_up::{Delivery, Medium, SignedUp},
    user_context::{Caller, DeviceDataError, build_encoded_data, verify_encoded_data},
};
