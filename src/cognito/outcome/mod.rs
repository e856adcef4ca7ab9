//! Classification of Cognito's errors, and the possible effects of a call.
//!
//! The error code selects the class, and the error message only refines the class. The service
//! never returns the error message to a client.

mod classify;
mod confirm;
mod failure;
mod form_fields;
mod invalid_parameter;
mod resend;
mod sign_up;
mod sign_up_error;
mod trigger;

pub(super) use self::{
    classify::exception, confirm::confirm_error, failure::CallError, resend::resend_error,
    sign_up::sign_up_error,
};
pub use self::{
    confirm::ConfirmError,
    failure::{Failure, Misconfiguration},
    form_fields::FormFields,
    resend::ResendError,
    sign_up_error::{Field, SignUpError},
    trigger::{MarkedCode, TriggerRejection},
};
