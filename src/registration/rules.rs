use std::collections::BTreeMap;

use regex::Regex;
use rlibphonenumber::Region;

use super::{
    email_domains::EmailDomains, rules_error::RulesError, trigger_codes, violation::ViolationCode,
};
use crate::config::{
    AttributeFormat, ConsentDocument, Limits, PasswordPolicy, PasswordStrength, Presence,
    Registration, TriggerMetadata, UsernameMode,
};
use crate::registration::fields::{
    attributes::AttributeRules,
    phone::{self, PhoneNumber},
    sms::SmsRule,
    strength,
};

/// The maximum length of a key of validation data in characters (Cognito's model).
const MAX_NAME: usize = 32;

/// The pattern of user names in Cognito's model: no white space, no control characters.
pub(super) const USERNAME_MODEL: &str = r"\A[\p{L}\p{M}\p{S}\p{N}\p{P}]+\z";

/// The compiled section `[registration]`.
#[derive(Debug)]
pub struct Rules {
    pub(super) mode: UsernameMode,
    pub(super) username_model: Regex,
    pub(super) email: Presence,
    pub(super) phone_number: Presence,
    /// The country of phone numbers without `+`.
    pub(super) default_country: Option<Region>,
    pub(super) sms: SmsRule,
    pub(super) email_domains: EmailDomains,
    /// The number of digits of a code.
    pub(super) code_length: usize,
    pub(super) password: PasswordPolicy,
    pub(super) password_strength: PasswordStrength,
    /// `true` if the service rejects breached passwords.
    pub(super) rejects_pwned: bool,
    pub(super) attributes: BTreeMap<String, AttributeRules>,
    pub(super) client_metadata: TriggerMetadata,
    pub(super) validation_data: TriggerMetadata,
    pub(super) consents: BTreeMap<String, ConsentDocument>,
}

impl Rules {
    /// Compiles the settings.
    ///
    /// # Errors
    /// Returns an error if a setting is not a valid form rule.
    pub fn new(settings: &Registration) -> Result<Self, RulesError> {
        let default_country = settings.default_country.as_deref().map(country).transpose()?;
        let mut attributes = BTreeMap::new();
        for (name, rule) in &settings.attributes {
            let rules = AttributeRules::new(name, rule, default_country, settings.urls_in_names)
                .map_err(|reason| {
                    RulesError::new(format!("registration.attributes.{name}: {reason}"))
                })?;
            attributes.insert(name.clone(), rules);
        }
        let validation_data = &settings.validation_data;
        for name in validation_data.allow.iter().chain(validation_data.fill.keys()) {
            if name.is_empty() || name.chars().count() > MAX_NAME {
                return Err(RulesError::new(format!(
                    "registration.validation_data: `{name}` must have 1 to {MAX_NAME} characters, as Cognito requires"
                )));
            }
        }
        trigger_codes::check(settings).map_err(RulesError::new)?;
        let has_phone_numbers = settings.phone_number_presence() != Presence::Off
            || attributes.values().any(|rules| rules.format == AttributeFormat::PhoneNumber);
        if has_phone_numbers {
            PhoneNumber::warm_up();
        }
        if settings.password_strength.check {
            strength::warm_up();
        }
        Ok(Self {
            mode: settings.username,
            username_model: Regex::new(USERNAME_MODEL).map_err(|error| {
                RulesError::new(format!(
                    "the pattern of user names is invalid: {error}. Report this error."
                ))
            })?,
            email: settings.email_presence(),
            phone_number: settings.phone_number_presence(),
            default_country,
            sms: SmsRule::default(),
            email_domains: EmailDomains::new(&settings.email_domains)?,
            code_length: settings.code_length,
            password: settings.password.clone(),
            password_strength: settings.password_strength.clone(),
            rejects_pwned: settings.pwned_passwords.check,
            attributes,
            client_metadata: settings.client_metadata.clone(),
            validation_data: settings.validation_data.clone(),
            consents: settings.consents.clone(),
        })
    }

    /// Adds the form rule for phone numbers. Without it, the service accepts every valid phone
    /// number.
    ///
    /// # Errors
    /// Returns an error if an entry is neither a country nor a calling code.
    pub fn with_sms(self, settings: &Limits) -> Result<Self, RulesError> {
        Ok(Self { sms: SmsRule::new(settings).map_err(RulesError::new)?, ..self })
    }

    /// Returns the violation of the observed form rule for phone numbers, or `None` if there is no
    /// violation.
    #[must_use]
    pub fn observed_violation(&self, number: &PhoneNumber) -> Option<ViolationCode> {
        self.sms.violation(number).filter(|_| !self.sms.is_enforced())
    }

    /// Returns the violation of the enforced form rule for phone numbers, or `None` if there is no
    /// violation.
    pub(super) fn sms_violation(&self, number: &PhoneNumber) -> Option<ViolationCode> {
        self.sms.violation(number).filter(|_| self.sms.is_enforced())
    }

    /// Returns `false` if the enforced form rule rejects every number of a calling code.
    #[must_use]
    pub fn allows_calling_code(&self, calling_code: u16) -> bool {
        self.sms.calling_codes().is_none_or(|allowed| allowed.contains(&calling_code))
    }

    /// Returns `true` if a form may have both an email address and a phone number.
    #[must_use]
    pub fn accepts_two_recipients(&self) -> bool {
        self.email != Presence::Off && self.phone_number != Presence::Off
    }

    /// Returns `true` if some form rules are in files that may change.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.email_domains.has_files()
    }

    /// Reads changed files again. An unusable file changes nothing.
    pub fn reload(&self) {
        self.email_domains.reload();
    }

    /// Returns the format of an attribute, or `None` if clients cannot set the attribute.
    #[must_use]
    pub fn attribute_format(&self, name: &str) -> Option<AttributeFormat> {
        self.attributes.get(name).map(|rules| rules.format)
    }
}

fn country(code: &str) -> Result<Region, RulesError> {
    phone::country(code).ok_or_else(|| {
        RulesError::new(format!("registration.default_country: `{code}` is not a country with phone numbers. Use a code of ISO 3166, such as \"GB\"."))
    })
}
