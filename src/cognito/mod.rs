//! Calls to Amazon Cognito, and the classification of their results.

mod accounts;
pub(crate) mod aws;
mod call;
mod client;
pub(crate) mod client_secrets;
mod confirm;
mod connect_error;
mod digest;
mod outcome;
mod request_headers;
mod resend;
mod sign_up;
mod signature;
mod user_context;
mod validate_response;

pub use self::{
    accounts::{Accounts, AccountsError, Page, Unconfirmed},
    call::Reply,
    client::{Cognito, Connection},
    client_secrets::{ClientSecrets, SecretCache, secret_hash},
    connect_error::ConnectError,
    outcome::{
        ConfirmError, Failure, Field, FormFields, MarkedCode, Misconfiguration, ResendError,
        SignUpError, TriggerRejection,
    },
    sign_up::{AccountState, Delivery, Medium, SignedUp},
    user_context::{ClientInfo, DeviceDataError, build_encoded_data, verify_encoded_data},
};
