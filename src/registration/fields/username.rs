use hmac::{Hmac, Mac};
use regex::Regex;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    config::{Presence, UsernameMode},
    keyed_digest::hmac_sha256,
    registration::{
        fields::{
            email::Email,
            phone::PhoneNumber,
            text::{check_characters, filled, trim},
        },
        rules::Rules,
        violation::{Violation, ViolationCode},
        violations::Violations,
    },
};

/// The maximum length of a user name in characters (Cognito's model).
pub(in crate::registration) const MAX_LENGTH: usize = 128;

/// The `Username` that the service sends to Cognito.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Username {
    text: String,
    is_generated: bool,
}

impl Username {
    /// Parses the user name of an existing account: the `username` of the response to the sign-up,
    /// an alias, or the account's own name. In pools with sign-in by email or phone number, the
    /// account's own name is a UUID.
    ///
    /// # Errors
    /// Returns the code of the violated form rule.
    pub fn of_account(typed: &str, rules: &Rules) -> Result<Self, ViolationCode> {
        if let Some(uuid) = uuid(trim(typed)) {
            // A user may have chosen a name that looks like a UUID.
            let is_chosen = rules.mode == UsernameMode::Chosen;
            return Ok(Self::not_generated(if is_chosen { trim(typed) } else { &uuid }));
        }
        let parse_number = || {
            PhoneNumber::parse_in(rules.default_country, typed)
                .map(|number| Self::not_generated(number.as_str()))
        };
        let begins_with_plus = trim(typed).starts_with(['+', '＋']);
        match rules.mode {
            UsernameMode::Email => {
                Email::parse(typed).map(|email| Self::not_generated(email.as_str()))
            }
            UsernameMode::Phone => parse_number(),
            UsernameMode::Chosen | UsernameMode::Generated if looks_like_email(typed) => {
                Email::parse(typed).map(|email| Self::not_generated(email.as_str()))
            }
            // A chosen name may consist of digits, or begin with a plus sign.
            UsernameMode::Chosen if !begins_with_plus => {
                Self::of_model(typed, &rules.username_model)
            }
            UsernameMode::Chosen | UsernameMode::Generated => {
                parse_number().or_else(|_| Self::of_model(typed, &rules.username_model))
            }
        }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name as a phone number, or `None` if the name is not a phone number.
    #[must_use]
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        if !self.text.starts_with('+') {
            return None;
        }
        PhoneNumber::parse(&self.text).ok()
    }

    /// Returns `true` if the name looks like an email address.
    #[must_use]
    pub fn is_email(&self) -> bool {
        looks_like_email(&self.text)
    }

    /// Returns `true` if the service generated the name.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.is_generated
    }

    /// Parses a chosen name. Does not trim the name, because the user types the same characters at
    /// sign-in.
    fn chosen(typed: &str, model: &Regex) -> Result<Self, ViolationCode> {
        let name = Self::of_model(typed, model)?;
        // A pool with aliases rejects names that look like an alias.
        if looks_like_email(typed) {
            return Err(ViolationCode::LooksLikeEmail);
        }
        if looks_like_phone_number(typed) {
            return Err(ViolationCode::LooksLikePhoneNumber);
        }
        Ok(name)
    }

    fn of_model(typed: &str, model: &Regex) -> Result<Self, ViolationCode> {
        check_characters(typed)?;
        if typed.chars().count() > MAX_LENGTH || !model.is_match(typed) {
            return Err(ViolationCode::InvalidUsername);
        }
        Ok(Self::not_generated(typed))
    }

    fn not_generated(text: &str) -> Self {
        Self { text: text.to_owned(), is_generated: false }
    }

    /// Derives a UUID (version 8, RFC 9562) from recipient and password. A repeated sign-up
    /// therefore has the same user name.
    fn derived(recipient: &str, password: Option<&SecretString>, key: &UsernameKey) -> Self {
        let mut digest = key.0.clone();
        digest.update(&(recipient.len() as u64).to_be_bytes());
        digest.update(recipient.as_bytes());
        if let Some(password) = password {
            digest.update(password.expose_secret().as_bytes());
        }
        let digest = digest.finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self {
            text: uuid::Builder::from_custom_bytes(bytes)
                .into_uuid()
                .hyphenated()
                .encode_lower(&mut Uuid::encode_buffer())
                .to_owned(),
            is_generated: true,
        }
    }
}

opaque_debug!(Username);

/// The key from which the service derives user names. A repeated sign-up has the same user name
/// only with the same key.
#[derive(Clone)]
pub struct UsernameKey(Hmac<Sha256>);

impl UsernameKey {
    /// Creates the key. The service must not use these bytes for another purpose.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(hmac_sha256(&key))
    }
}

opaque_debug!(UsernameKey);

/// The values from which the service derives a user name that the user does not choose.
pub(in crate::registration) struct Sources<'a> {
    pub(in crate::registration) email: Option<&'a Email>,
    pub(in crate::registration) phone_number: Option<&'a PhoneNumber>,
    pub(in crate::registration) password: Option<&'a SecretString>,
    pub(in crate::registration) key: &'a UsernameKey,
}

/// Checks or derives the user name, according to the deployment's mode. Returns `None` if there is
/// a violation.
pub(in crate::registration) fn check(
    sent: Option<String>,
    sources: &Sources<'_>,
    rules: &Rules,
    violations: &mut Violations,
) -> Option<Username> {
    let sent = filled(sent);
    if rules.mode != UsernameMode::Chosen && sent.is_some() && !violations.any_at(&["username"]) {
        violations.add(&["username"], ViolationCode::NotAllowed);
    }
    match rules.mode {
        UsernameMode::Email => check_email(sources.email?, violations),
        UsernameMode::Phone => {
            sources.phone_number.map(|number| Username::not_generated(number.as_str()))
        }
        UsernameMode::Chosen => check_chosen(sent, rules, violations),
        UsernameMode::Generated => check_generated(sources, rules, violations),
    }
}

/// Rejects an email address that is too long for a user name.
fn check_email(email: &Email, violations: &mut Violations) -> Option<Username> {
    if email.as_str().len() > MAX_LENGTH {
        let too_long = Violation::new(&["email"], ViolationCode::TooLong);
        violations.push(too_long.with("max", MAX_LENGTH));
        return None;
    }
    Some(Username::not_generated(email.as_str()))
}

fn check_chosen(
    sent: Option<String>,
    rules: &Rules,
    violations: &mut Violations,
) -> Option<Username> {
    if violations.any_at(&["username"]) {
        return None;
    }
    let Some(typed) = sent else {
        violations.add(&["username"], ViolationCode::Required);
        return None;
    };
    Username::chosen(&typed, &rules.username_model)
        .map_err(|code| violations.add(&["username"], code))
        .ok()
}

fn check_generated(
    sources: &Sources<'_>,
    rules: &Rules,
    violations: &mut Violations,
) -> Option<Username> {
    let recipient =
        sources.email.map(Email::as_str).or(sources.phone_number.map(PhoneNumber::as_str));
    let Some(recipient) = recipient else {
        if !violations.any_at(&["email"]) && !violations.any_at(&["phone_number"]) {
            let field = match rules.email {
                Presence::Off => "phone_number",
                Presence::Auto | Presence::Required | Presence::Optional => "email",
            };
            violations.add(&[field], ViolationCode::MissingRecipient);
        }
        return None;
    };
    Some(Username::derived(recipient, sources.password, sources.key))
}

/// Checks the user name of an existing account. Returns `None` if there is a violation.
pub(in crate::registration) fn existing(
    sent: Option<String>,
    rules: &Rules,
    violations: &mut Violations,
) -> Option<Username> {
    let Some(typed) = filled(sent) else {
        violations.add(&["username"], ViolationCode::Required);
        return None;
    };
    let is_too_long = |text: &str| text.chars().count() > MAX_LENGTH;
    match Username::of_account(&typed, rules) {
        Ok(name) if !is_too_long(name.as_str()) => return Some(name),
        Err(code) if !is_too_long(trim(&typed)) => violations.add(&["username"], code),
        Ok(_) | Err(_) => {
            let too_long = Violation::new(&["username"], ViolationCode::TooLong);
            violations.push(too_long.with("max", MAX_LENGTH));
        }
    }
    None
}

/// Returns a UUID in lower case, or `None` if the value is not a UUID with four hyphens.
fn uuid(text: &str) -> Option<String> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36).map(|uuid| uuid.to_string())
}

fn looks_like_email(name: &str) -> bool {
    name.trim_matches('@').contains('@')
}

fn looks_like_phone_number(name: &str) -> bool {
    name.strip_prefix('+')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn model() -> Regex {
        Regex::new(crate::registration::rules::USERNAME_MODEL).unwrap()
    }

    #[test]
    fn checks_chosen_names() {
        let model = model();
        let longest = "ü".repeat(128);
        for (typed, expected) in [
            ("ada", Ok(())),
            ("Ada.Lovelace-1815", Ok(())),
            ("zoë", Ok(())),
            ("エイダ", Ok(())),
            ("@ada", Ok(())),
            ("+ada", Ok(())),
            (&longest, Ok(())),
            ("", Err(ViolationCode::InvalidUsername)),
            (" ada", Err(ViolationCode::InvalidUsername)),
            ("ada lovelace", Err(ViolationCode::InvalidUsername)),
            ("ada\u{a0}", Err(ViolationCode::InvalidUsername)),
            ("ada\u{ad}", Err(ViolationCode::InvalidUsername)),
            ("ada\n", Err(ViolationCode::ControlCharacter)),
            ("ada\u{202e}", Err(ViolationCode::DirectionCharacter)),
            ("ada@example.com", Err(ViolationCode::LooksLikeEmail)),
            ("a@b", Err(ViolationCode::LooksLikeEmail)),
            ("+14155550100", Err(ViolationCode::LooksLikePhoneNumber)),
        ] {
            let name = Username::chosen(typed, &model);

            assert_eq!(name.as_ref().map(|_| ()).map_err(|code| *code), expected, "{typed:?}");
            if let Ok(name) = name {
                assert_eq!(name.as_str(), typed);
            }
        }
    }

    #[test]
    fn derives_the_name_from_recipient_password_and_key() {
        let key = UsernameKey::new([7; 32]);
        let password = SecretString::from("correct horse");
        let other_password = SecretString::from("battery staple");
        let name = |recipient: &str, password: Option<&SecretString>| {
            Username::derived(recipient, password, &key).text
        };

        let first = name("ada@example.com", Some(&password));

        let uuid = Uuid::parse_str(&first).unwrap();
        assert_eq!(uuid.get_version_num(), 8);
        assert_eq!(first, name("ada@example.com", Some(&password)));
        assert_ne!(first, name("ada@example.com", Some(&other_password)));
        assert_ne!(first, name("ada@example.com", None));
        assert_ne!(first, name("eve@example.com", Some(&password)));
        let other_key = UsernameKey::new([8; 32]);
        assert_ne!(first, Username::derived("ada@example.com", Some(&password), &other_key).text);
        assert_eq!(format!("{key:?}"), "UsernameKey(..)");
    }

    proptest! {
        #[test]
        fn accepts_only_names_of_the_model(typed in r"[\PC\PZ]{0,140}") {
            let model = model();
            if let Ok(name) = Username::chosen(&typed, &model) {
                prop_assert!(model.is_match(name.as_str()));
                prop_assert!((1..=128).contains(&name.as_str().chars().count()));
                prop_assert_eq!(name.as_str(), typed);
            }
        }
    }
}
