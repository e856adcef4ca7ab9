//! Classification of Cognito's errors, and the possible effects of a call.
//!
//! The error's code decides. Its message only refines the result, and is never passed on.

mod confirm;
mod failure;
mod form_fields;
mod resend;
mod sign_up;
mod sign_up_error;
mod trigger;

pub(super) use self::{
    confirm::confirm_error, failure::CallError, resend::resend_error, sign_up::sign_up_error,
};
pub use self::{
    confirm::{ConfirmError, ConfirmOutcome},
    failure::{Failure, Misconfiguration},
    form_fields::FormFields,
    resend::{ResendError, ResendOutcome},
    sign_up_error::{Field, Outcome, SignUpError},
    trigger::{MarkedCode, TriggerRejection},
};
