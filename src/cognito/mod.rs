//! The calls to Amazon Cognito, and what comes of them.

mod client;
mod form_fields;
mod outcome;
mod secret_hash;
mod secrets;
mod sign_up;
mod user_context;

pub use self::{
    client::{Cognito, ConnectError, Connection},
    form_fields::FormFields,
    outcome::{Field, FieldMistake, Misconfiguration, Mistake, Outcome, SignUpError},
    secret_hash::secret_hash,
    secrets::ClientSecrets,
    sign_up::{Delivery, Medium, SignedUp},
    user_context::{Caller, DeviceDataError, build_encoded_data, verify_encoded_data},
};
