//! Forms: from what a client sends to a checked [`Registration`], [`Confirmation`] or [`Resend`],
//! or to all violations at once.

mod email_domains;
mod fields;
mod forms;
mod mistakes;
mod policy;
mod rules;
mod rules_error;
mod submission;
mod trigger_codes;
mod trigger_context;
mod trigger_metadata;
mod violation;

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
    policy::Policy,
    rules::Rules,
    rules_error::RulesError,
    submission::Submission,
    trigger_context::TriggerContext,
    violation::{Violation, ViolationCode, pointer},
};

#[cfg(test)]
mod tests;
