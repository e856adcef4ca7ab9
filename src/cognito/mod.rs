//! The calls to Amazon Cognito, and what comes of them.

mod accounts;
mod call;
mod client;
mod confirm;
mod form_fields;
mod intake;
mod outcome;
mod resend;
mod secret_hash;
mod secrets;
mod sign_up;
mod signature;
mod user_context;

pub(crate) use self::client::{aws_environment, sdk_config};
pub use self::{
    accounts::{Accounts, AccountsError, Page, Unconfirmed},
    call::Reply,
    client::{Cognito, ConnectError, Connection},
    form_fields::FormFields,
    outcome::{
        ConfirmError, ConfirmOutcome, Failure, Field, FieldMistake, MarkedCode, Misconfiguration,
        Mistake, Outcome, ResendError, ResendOutcome, SignUpError, TriggerRefusal,
    },
    secret_hash::secret_hash,
    secrets::ClientSecrets,
    sign_up::{Delivery, Medium, SignedUp},
    user_context::{Caller, DeviceDataError, build_encoded_data, verify_encoded_data},
};
