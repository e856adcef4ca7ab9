//! What an answer of Cognito means: which of our errors it is, and what the call may have done.
//! Decided by the error's code; its message only refines, and goes no further.

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
    trigger::{MarkedCode, TriggerRefusal},
};
