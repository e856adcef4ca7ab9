//! From a form as it was sent to a checked [`Registration`] (or [`Confirmation`], or
//! [`Resend`]), or every mistake at once.

mod attributes;
mod confirmation;
mod consent;
mod email;
mod email_domains;
mod entries;
mod form;
mod formats;
mod mistakes;
mod password;
mod phone;
mod policy;
#[expect(clippy::module_inception, reason = "the file of the thing that the folder is about")]
mod registration;
mod resend;
mod rules;
mod rules_error;
mod sent;
mod sms;
#[cfg(feature = "strength")]
mod strength;
mod text;
mod trigger_codes;
mod trigger_context;
mod trigger_metadata;
mod username;
mod violation;

pub use self::{
    confirmation::{Confirmation, ConfirmationForm},
    consent::Consent,
    email::Email,
    form::RegistrationForm,
    phone::PhoneNumber,
    policy::Policy,
    registration::Registration,
    resend::{Resend, ResendForm},
    rules::Rules,
    rules_error::RulesError,
    trigger_context::TriggerContext,
    username::{Username, UsernameKey},
    violation::{Violation, ViolationCode, pointer},
};

#[cfg(test)]
mod tests;
