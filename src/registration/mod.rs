//! The parser of forms. Converts a client's input to a checked [`Registration`], [`Confirmation`]
//! or [`Resend`], or to all violations at once.

/// Implements `Debug` without any value, because the values are personal data or secrets.
macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

mod email_domains;
mod fields;
mod forms;
mod policy;
mod rules;
mod rules_error;
mod submission;
mod trigger_codes;
mod trigger_context;
mod trigger_metadata;
mod violation;
mod violations;

pub use self::{
    fields::{
        consent::Consent,
        email::Email,
        phone::PhoneNumber,
        username::{Username, UsernameKey},
    },
    forms::{
        confirmation::{Confirmation, ConfirmationForm},
        registration::Registration,
        registration_form::RegistrationForm,
        resend::{Resend, ResendForm},
    },
    policy::{Policy, PolicyField},
    rules::Rules,
    rules_error::RulesError,
    submission::Submission,
    trigger_context::TriggerContext,
    violation::{Violation, ViolationCode, pointer},
    violations::FIELDS,
};

#[cfg(test)]
mod tests;
