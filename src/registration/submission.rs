//! The common part of the three checked forms.

use secrecy::{ExposeSecret, SecretString};

use super::{
    Confirmation, Email, PhoneNumber, Registration, Resend, Rules,
    trigger_context::{TriggerContext, fill},
};
use crate::json::to_json;

/// A checked form, the input of a use case.
pub trait Submission {
    /// Returns the values that decide if two requests are the same. Omits values that may differ
    /// between repetitions (`human_proof`, `session`, `device_data`, `analytics_endpoint_id`), and
    /// values that the service generates.
    fn identity(&self) -> SecretString;

    /// Fills in the metadata for Lambda triggers that the settings name.
    fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>);
}

impl Submission for Registration {
    fn identity(&self) -> SecretString {
        let username = (!self.username.is_generated()).then(|| self.username.as_str());
        let consents: Vec<(&str, &str)> = self
            .consents
            .iter()
            .map(|consent| (consent.document.as_str(), consent.version.as_str()))
            .collect();
        let parts = (
            username,
            self.password.as_ref().map(ExposeSecret::expose_secret),
            self.email.as_ref().map(Email::as_str),
            self.phone_number.as_ref().map(PhoneNumber::as_str),
            &self.attributes,
            &self.client_metadata,
            &self.validation_data,
            consents,
        );
        to_json(&parts).into()
    }

    fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>) {
        fill(&mut self.client_metadata, &rules.client_metadata, &self.consents, context);
        fill(&mut self.validation_data, &rules.validation_data, &self.consents, context);
    }
}

impl Submission for Confirmation {
    fn identity(&self) -> SecretString {
        let parts = (self.username.as_str(), self.code.expose_secret(), &self.client_metadata);
        to_json(&parts).into()
    }

    fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>) {
        fill(&mut self.client_metadata, &rules.client_metadata, &[], context);
    }
}

impl Submission for Resend {
    fn identity(&self) -> SecretString {
        to_json(&(self.username.as_str(), &self.client_metadata)).into()
    }

    fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>) {
        fill(&mut self.client_metadata, &rules.client_metadata, &[], context);
    }
}
