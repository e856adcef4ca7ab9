use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    email_domains::EmailDomains,
    passwords::{PasswordStrength, PwnedPasswords},
};
use crate::config::deserialize::set;

/// The sign-up form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub username: UsernameMode,
    pub existing_accounts: ExistingAccounts,
    #[serde(with = "humantime_serde")]
    pub conceal_response_interval: Duration,
    pub conceal_silent_resend: bool,
    pub return_session: bool,
    pub email: Presence,
    pub phone_number: Presence,
    #[serde(deserialize_with = "set")]
    pub default_country: Option<String>,
    pub email_domains: EmailDomains,
    #[serde(with = "humantime_serde")]
    pub resend_interval: Duration,
    pub code_length: usize,
    pub password: PasswordPolicy,
    pub password_strength: PasswordStrength,
    pub pwned_passwords: PwnedPasswords,
    pub urls_in_names: bool,
    pub attributes: BTreeMap<String, AttributeRule>,
    pub client_metadata: TriggerMetadata,
    pub validation_data: TriggerMetadata,
    pub consents: BTreeMap<String, ConsentDocument>,
    pub trigger_codes: BTreeMap<String, TriggerCode>,
}

impl Registration {
    /// Resolves a phone number with the presence `auto` to `off` if the service rejects every
    /// number. The form then has no phone number.
    pub(in crate::config) fn drop_useless_phone_number(&mut self, rejects_every_number: bool) {
        let is_open = self.phone_number == Presence::Auto
            && matches!(self.username, UsernameMode::Chosen | UsernameMode::Generated)
            && !self.phone_number_is_the_only_recipient();
        if is_open && rejects_every_number {
            self.phone_number = Presence::Off;
        }
    }

    /// Returns `true` if codes can go to phone numbers only.
    pub(in crate::config) fn phone_number_is_the_only_recipient(&self) -> bool {
        self.username == UsernameMode::Generated
            && self.email == Presence::Off
            && self.phone_number == Presence::Auto
    }

    /// Returns the longest time that a response waits after the call to Cognito.
    #[must_use]
    pub fn max_response_delay(&self) -> Duration {
        match self.existing_accounts {
            ExistingAccounts::Conceal => self.conceal_response_interval,
            ExistingAccounts::Reveal => Duration::ZERO,
        }
    }

    /// Returns `true` if a repeated sign-up in conceal mode causes another code.
    #[must_use]
    pub fn resends_silently(&self) -> bool {
        self.conceal_silent_resend && self.existing_accounts == ExistingAccounts::Conceal
    }

    /// Returns the presence of the email address, with `auto` resolved.
    #[must_use]
    pub fn email_presence(&self) -> Presence {
        match (self.email, self.username) {
            (_, UsernameMode::Email) => Presence::Required,
            (Presence::Auto, _) => Presence::Optional,
            (presence, _) => presence,
        }
    }

    /// Returns the presence of the phone number, with `auto` resolved.
    #[must_use]
    pub fn phone_number_presence(&self) -> Presence {
        match (self.phone_number, self.username) {
            (_, UsernameMode::Phone) => Presence::Required,
            (Presence::Auto, UsernameMode::Email) => Presence::Off,
            (Presence::Auto, _) => Presence::Optional,
            (presence, _) => presence,
        }
    }
}

/// The source of the user name.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UsernameMode {
    Email,
    Phone,
    Chosen,
    Generated,
}

/// The response to a sign-up whose account exists.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExistingAccounts {
    Reveal,
    Conceal,
}

/// The presence of a field in the form.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// The presence that the user name mode requires.
    Auto,
    Required,
    Optional,
    /// The service rejects the field.
    Off,
}

/// The pool's password policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a pool's policy has four")]
pub struct PasswordPolicy {
    pub required: bool,
    pub min_length: usize,
    pub require_uppercase: bool,
    pub require_lowercase: bool,
    pub require_number: bool,
    pub require_symbol: bool,
}

/// The form rule for one attribute that clients may set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeRule {
    pub required: bool,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<String>,
    pub one_of: Vec<String>,
    pub format: Option<AttributeFormat>,
    pub label: Option<String>,
    pub hint: Option<String>,
}

/// The format of an attribute's value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeFormat {
    /// Any characters except control characters.
    Text,
    /// A postal address, which may have several lines.
    Address,
    /// A name: like `Text`, but without characters that change the direction of text.
    Name,
    /// `YYYY-MM-DD`, an existing day from 1900 until today.
    Birthdate,
    /// A BCP 47 language tag.
    Locale,
    /// A name from the IANA time zone database.
    Zoneinfo,
    /// An http or https URL.
    Url,
    /// A phone number, normalised to E.164.
    PhoneNumber,
    /// An email address.
    Email,
    /// A whole number.
    Number,
}

impl AttributeFormat {
    /// Returns the format of a standard attribute (OIDC Core 1.0, section 5.1, as in Cognito).
    pub(crate) fn of_standard_attribute(name: &str) -> Option<Self> {
        Some(match name {
            "name" | "given_name" | "family_name" | "middle_name" | "nickname"
            | "preferred_username" | "gender" => Self::Name,
            "address" => Self::Address,
            "birthdate" => Self::Birthdate,
            "locale" => Self::Locale,
            "zoneinfo" => Self::Zoneinfo,
            "website" | "picture" | "profile" => Self::Url,
            "updated_at" => Self::Number,
            _ => return None,
        })
    }

    /// Returns the default of `max_length`, in characters. Cognito stores at most 2,048.
    pub(crate) fn default_max_length(self) -> usize {
        if self == Self::Name { 100 } else { 2048 }
    }
}

/// The metadata for Lambda triggers: keys that clients may set, and keys that the service sets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerMetadata {
    pub allow: Vec<String>,
    pub fill: BTreeMap<String, ServerValue>,
}

/// A value that the service sets.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ServerValue {
    /// The first language of `Accept-Language`.
    Locale,
    /// The `User-Agent`.
    UserAgent,
    /// The given consents, such as `privacy=3,terms=2026-10`.
    Consents,
}

/// A document that users agree to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentDocument {
    pub version: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default, deserialize_with = "set")]
    pub attribute: Option<String>,
    pub title: Option<String>,
    #[serde(default, deserialize_with = "set")]
    pub url: Option<String>,
}

/// A trigger code, which the pre-sign-up trigger may select.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerCode {
    pub detail: String,
    #[serde(default)]
    pub fields: Vec<String>,
}
