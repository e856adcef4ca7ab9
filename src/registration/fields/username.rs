//! The name that Cognito knows an account by.

use std::fmt;

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
            text::{check_characters, filled},
        },
        mistakes::Mistakes,
        rules::Rules,
        violation::{Violation, ViolationCode},
    },
};

/// How many characters a user name may have (Cognito's model).
pub(in crate::registration) const MAX_LENGTH: usize = 128;

/// Exactly the text that is sent as `Username`, and that the SecretHash is made over.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Username {
    text: String,
    is_generated: bool,
}

impl Username {
    /// Reads a user name as it is given to confirm an account or to send a code again:
    /// what a registration answered, or the email address or phone number where the pool
    /// takes those.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn of_account(typed: &str, rules: &Rules) -> Result<Self, ViolationCode> {
        match rules.mode {
            UsernameMode::Email => Email::parse(typed).map(|email| Self::same_as_email(&email)),
            UsernameMode::Phone => {
                PhoneNumber::parse(typed).map(|number| Self::same_as_phone(&number))
            }
            UsernameMode::Chosen | UsernameMode::Generated if looks_like_email(typed) => {
                Email::parse(typed).map(|email| Self::same_as_email(&email))
            }
            UsernameMode::Chosen | UsernameMode::Generated if typed.trim().starts_with('+') => {
                // A chosen name may begin with a plus, too.
                PhoneNumber::parse(typed)
                    .map(|number| Self::same_as_phone(&number))
                    .or_else(|_| Self::of_model(typed, &rules.username_model))
            }
            UsernameMode::Chosen | UsernameMode::Generated => {
                Self::of_model(typed, &rules.username_model)
            }
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The phone number that the name is, where it is one.
    #[must_use]
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        if !self.text.starts_with('+') {
            return None;
        }
        PhoneNumber::parse(&self.text).ok()
    }

    /// Whether the name is an email address.
    #[must_use]
    pub fn is_email(&self) -> bool {
        looks_like_email(&self.text)
    }

    /// Whether the name was made here, so that nobody knows it by heart.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.is_generated
    }

    /// A name that somebody picked, as it is: nothing is trimmed, since the name must be
    /// typed again at every sign-in.
    fn chosen(typed: &str, model: &Regex) -> Result<Self, ViolationCode> {
        let name = Self::of_model(typed, model)?;
        // A pool with aliases refuses names that could be taken for one.
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
        Ok(Self { text: typed.to_owned(), is_generated: false })
    }

    fn same_as_email(email: &Email) -> Self {
        Self { text: email.as_str().to_owned(), is_generated: false }
    }

    fn same_as_phone(number: &PhoneNumber) -> Self {
        Self { text: number.as_str().to_owned(), is_generated: false }
    }

    /// A UUID (version 8, RFC 9562) that the same recipient with the same password gets
    /// again, so that a second try meets its own account.
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

impl fmt::Debug for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Username(..)")
    }
}

/// The key that generated user names are derived with. It must stay the same for as long
/// as second tries are to meet their own account.
#[derive(Clone)]
pub struct UsernameKey(Hmac<Sha256>);

impl UsernameKey {
    /// A key of its own, used for nothing else.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(hmac_sha256(&key))
    }
}

impl fmt::Debug for UsernameKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UsernameKey(..)")
    }
}

/// What a user name is made from, besides the field of that name.
pub(in crate::registration) struct Sources<'a> {
    pub(in crate::registration) email: Option<&'a Email>,
    pub(in crate::registration) phone_number: Option<&'a PhoneNumber>,
    pub(in crate::registration) password: Option<&'a SecretString>,
    pub(in crate::registration) key: &'a UsernameKey,
}

/// The user name as the deployment's mode has it; nothing where a mistake is in the way.
pub(in crate::registration) fn check(
    sent: Option<String>,
    sources: &Sources<'_>,
    rules: &Rules,
    mistakes: &mut Mistakes,
) -> Option<Username> {
    let sent = filled(sent);
    if rules.mode != UsernameMode::Chosen && sent.is_some() && !mistakes.any_at(&["username"]) {
        mistakes.add(&["username"], ViolationCode::NotAllowed);
    }
    match rules.mode {
        UsernameMode::Email => check_email(sources.email?, mistakes),
        UsernameMode::Phone => sources.phone_number.map(Username::same_as_phone),
        UsernameMode::Chosen => check_chosen(sent, rules, mistakes),
        UsernameMode::Generated => check_generated(sources, rules, mistakes),
    }
}

/// An email address may be longer than a user name may.
fn check_email(email: &Email, mistakes: &mut Mistakes) -> Option<Username> {
    if email.as_str().len() > MAX_LENGTH {
        let too_long = Violation::new(&["email"], ViolationCode::TooLong);
        mistakes.push(too_long.with("max", MAX_LENGTH));
        return None;
    }
    Some(Username::same_as_email(email))
}

fn check_chosen(sent: Option<String>, rules: &Rules, mistakes: &mut Mistakes) -> Option<Username> {
    if mistakes.any_at(&["username"]) {
        return None;
    }
    let Some(typed) = sent else {
        mistakes.add(&["username"], ViolationCode::Required);
        return None;
    };
    Username::chosen(&typed, &rules.username_model)
        .map_err(|code| mistakes.add(&["username"], code))
        .ok()
}

fn check_generated(
    sources: &Sources<'_>,
    rules: &Rules,
    mistakes: &mut Mistakes,
) -> Option<Username> {
    let recipient =
        sources.email.map(Email::as_str).or(sources.phone_number.map(PhoneNumber::as_str));
    let Some(recipient) = recipient else {
        if !mistakes.any_at(&["email"]) && !mistakes.any_at(&["phone_number"]) {
            let field = match rules.email {
                Presence::Off => "phone_number",
                Presence::Auto | Presence::Required | Presence::Optional => "email",
            };
            mistakes.add(&[field], ViolationCode::MissingRecipient);
        }
        return None;
    };
    Some(Username::derived(recipient, sources.password, sources.key))
}

/// The user name of an account that is there, as it is given to confirm it or to send a code
/// again; nothing where a mistake is in the way.
pub(in crate::registration) fn given(
    sent: Option<String>,
    rules: &Rules,
    mistakes: &mut Mistakes,
) -> Option<Username> {
    let Some(typed) = filled(sent) else {
        mistakes.add(&["username"], ViolationCode::Required);
        return None;
    };
    let is_too_long = |text: &str| text.chars().count() > MAX_LENGTH;
    match Username::of_account(&typed, rules) {
        Ok(name) if !is_too_long(name.as_str()) => return Some(name),
        Err(code) if !is_too_long(typed.trim()) => mistakes.add(&["username"], code),
        Ok(_) | Err(_) => {
            let too_long = Violation::new(&["username"], ViolationCode::TooLong);
            mistakes.push(too_long.with("max", MAX_LENGTH));
        }
    }
    None
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
    fn judges_chosen_names() {
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
    fn derives_one_name_for_one_recipient_and_password() {
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
        fn accepts_only_what_the_model_takes(typed in r"[\PC\PZ]{0,140}") {
            let model = model();
            if let Ok(name) = Username::chosen(&typed, &model) {
                prop_assert!(model.is_match(name.as_str()));
                prop_assert!((1..=128).contains(&name.as_str().chars().count()));
                prop_assert_eq!(name.as_str(), typed);
            }
        }
    }
}
