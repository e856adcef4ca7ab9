//! The section `[registration]`: what a sign-up form holds; what a setting means stands in
//! `config/default.toml`.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    email_domains::EmailDomains,
    passwords::{PasswordStrength, PwnedPasswords},
};
use crate::config::deserialize::set;

/// What a sign-up form holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct Registration {
    pub username: UsernameMode,
    pub existing_accounts: ExistingAccounts,
    #[serde(with = "humantime_serde")]
    pub conceal_response_interval: Duration,
    pub conceal_silent_resend: bool,
    pub email: Presence,
    pub phone_number: Presence,
    pub email_domains: EmailDomains,
    #[serde(with = "humantime_serde")]
    pub resend_interval: Duration,
    pub password: PasswordPolicy,
    pub password_strength: PasswordStrength,
    pub pwned_passwords: PwnedPasswords,
    pub attributes: BTreeMap<String, AttributeRule>,
    pub client_metadata: PassedOn,
    pub validation_data: PassedOn,
    pub consents: BTreeMap<String, ConsentDocument>,
    pub trigger_codes: BTreeMap<String, TriggerCode>,
}

impl Registration {
    /// Resolves a phone number with the presence `auto` to `off` if every number is rejected, so
    /// that the form does not ask for one.
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

    /// Whether who signs up again in conceal mode is sent another code.
    #[must_use]
    pub fn resends_silently(&self) -> bool {
        self.conceal_silent_resend && self.existing_accounts == ExistingAccounts::Conceal
    }

    /// Whether the form has an email address, with `auto` resolved.
    #[must_use]
    pub fn email_presence(&self) -> Presence {
        match (self.email, self.username) {
            (_, UsernameMode::Email) => Presence::Required,
            (Presence::Auto, _) => Presence::Optional,
            (presence, _) => presence,
        }
    }

    /// Whether the form has a phone number, with `auto` resolved.
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

/// What people sign in with.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UsernameMode {
    /// Their email address.
    Email,
    /// Their phone number.
    Phone,
    /// A name they pick.
    Chosen,
    /// A UUID made here; they sign in with an alias.
    Generated,
}

/// What a sign-up says where the account exists already.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ExistingAccounts {
    /// That it exists.
    Reveal,
    /// The same as for a new account.
    Conceal,
}

/// Whether a form has a field.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// As the user name mode has it.
    Auto,
    /// It must be given.
    Required,
    /// It may be given.
    Optional,
    /// It is refused.
    Off,
}

/// The pool's password policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
#[expect(clippy::struct_excessive_bools, reason = "the policy of a pool has four of them")]
pub struct PasswordPolicy {
    pub required: bool,
    pub min_length: usize,
    pub require_uppercase: bool,
    pub require_lowercase: bool,
    pub require_number: bool,
    pub require_symbol: bool,
}

/// The rule for one attribute that callers may set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct AttributeRule {
    pub required: bool,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<String>,
    pub one_of: Vec<String>,
    pub format: Option<AttributeFormat>,
}

/// The shape of an attribute's value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeFormat {
    /// Any text without control characters.
    Text,
    /// A person's name: also without characters that turn the direction of text.
    Name,
    /// `YYYY-MM-DD`, a day that exists and has passed.
    Birthdate,
    /// A BCP 47 language tag.
    Locale,
    /// A name from the IANA time zone database.
    Zoneinfo,
    /// An http or https address.
    Url,
    /// A phone number, made canonical as E.164.
    PhoneNumber,
    /// An email address.
    Email,
    /// A whole number.
    Number,
}

/// What of a map in the request goes on to Cognito.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct PassedOn {
    pub allow: Vec<String>,
    pub fill: BTreeMap<String, FilledIn>,
}

/// A value that the service itself fills in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FilledIn {
    /// The first language of `Accept-Language`.
    Locale,
    /// The `User-Agent`.
    UserAgent,
    /// The consents given, as `terms=2026-10,privacy=3`.
    Consents,
}

/// A document that people agree to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct ConsentDocument {
    pub version: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default, deserialize_with = "set")]
    pub attribute: Option<String>,
}

/// A code that the pre-sign-up trigger may pick.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml says what each means")]
pub struct TriggerCode {
    pub detail: String,
    #[serde(default)]
    pub fields: Vec<String>,
}
