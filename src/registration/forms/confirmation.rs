use std::collections::BTreeMap;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use validator::Validate;

use crate::registration::{
    fields::{
        text::{check_characters, filled, has_control, is_dash, is_invisible, trim},
        username::{self, Username},
    },
    forms::{
        sent::{self, SentSecret, secret, text, visible_ascii},
        string_map::StringMap,
    },
    rules::Rules,
    trigger_metadata,
    violation::{Violation, ViolationCode},
    violations::Violations,
};

/// The maximum length of a code in characters (Cognito's model).
const MAX_CODE: usize = 2048;

/// The minimum length of a session in characters (Cognito's model).
const MIN_SESSION: usize = 20;

/// The maximum length of a session in characters (Cognito's model).
const MAX_SESSION: usize = 4096;

/// The form of a confirm, unchecked.
#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct ConfirmationForm {
    /// The `username` of the response to the sign-up, or an alias. The service normalises the value
    /// like the name of a sign-up.
    #[serde(deserialize_with = "text")]
    username: Option<String>,
    #[serde(deserialize_with = "secret")]
    #[validate(nested)]
    code: Option<SentSecret<MAX_CODE>>,
    #[validate(nested)]
    client_metadata: StringMap,
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"), custom(function = visible_ascii))]
    analytics_endpoint_id: Option<String>,
    #[serde(deserialize_with = "text")]
    device_data: Option<String>,
    #[serde(deserialize_with = "secret")]
    #[validate(nested)]
    session: Option<SentSecret<MAX_SESSION>>,
}

/// A checked form of a confirm.
pub struct Confirmation {
    /// The name of the account.
    pub username: Username,
    /// The code that the user typed, in ASCII digits.
    pub code: SecretString,
    /// The client metadata for Lambda triggers.
    pub client_metadata: BTreeMap<String, String>,
    /// The Pinpoint endpoint.
    pub analytics_endpoint_id: Option<String>,
    /// Cognito's EncodedData, unchecked.
    pub device_data: Option<String>,
    /// The session of the response to the sign-up.
    pub session: Option<SecretString>,
}

impl Confirmation {
    /// Checks a form by a deployment's form rules.
    ///
    /// # Errors
    /// Returns all violations at once, in the contract's order of fields.
    pub fn parse(form: ConfirmationForm, rules: &Rules) -> Result<Self, Vec<Violation>> {
        let mut violations = sent::violations(&form);
        let username = username::existing(form.username, rules, &mut violations);
        let code = check_code(form.code, rules.code_length, &mut violations);
        let session = check_session(form.session, &mut violations);
        let client_metadata = trigger_metadata::check(
            "client_metadata",
            form.client_metadata,
            &rules.client_metadata,
            &mut violations,
        );
        match (username, code) {
            (Some(username), Some(code)) if violations.is_empty() => Ok(Self {
                username,
                code,
                client_metadata,
                analytics_endpoint_id: filled(form.analytics_endpoint_id),
                device_data: filled(form.device_data),
                session,
            }),
            _ => Err(violations.in_order()),
        }
    }
}

opaque_debug!(ConfirmationForm, Confirmation);

/// Removes characters that users type or copy with the digits of a code, and converts the digits of
/// other scripts. Rejects a code of another length without a call, because Cognito limits the
/// number of confirms.
fn check_code(
    sent: Option<SentSecret<MAX_CODE>>,
    length: usize,
    violations: &mut Violations,
) -> Option<SecretString> {
    if violations.any_at(&["code"]) {
        return None;
    }
    let sent = sent.map(|sent| sent.0);
    let typed = sent.as_ref().map_or("", |sent| trim(sent.expose_secret()));
    if typed.is_empty() {
        violations.add(&["code"], ViolationCode::Required);
        return None;
    }
    if has_control(typed) {
        violations.add(&["code"], ViolationCode::ControlCharacter);
        return None;
    }
    let is_dropped = |one: &char| one.is_whitespace() || is_dash(*one) || is_invisible(*one);
    let digits: Option<String> =
        typed.chars().filter(|one| !is_dropped(one)).map(decimal_digit).collect();
    let Some(code) = digits.filter(|digits| digits.len() == length) else {
        let violation = Violation::new(&["code"], ViolationCode::InvalidFormat);
        violations.push(violation.with("length", length));
        return None;
    };
    Some(SecretString::from(code))
}

/// Returns the ASCII digit of a decimal digit of any script, or `None` for another character.
fn decimal_digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return Some(character).filter(char::is_ascii_digit);
    }
    PHONE_NUMBER_UTIL.normalize_digits_only(character.encode_utf8(&mut [0; 4])).chars().next()
}

fn check_session(
    sent: Option<SentSecret<MAX_SESSION>>,
    violations: &mut Violations,
) -> Option<SecretString> {
    let session = sent.map(|sent| sent.0).filter(|session| !session.expose_secret().is_empty())?;
    if violations.any_at(&["session"]) {
        return None;
    }
    if let Err(violation) = check_characters(session.expose_secret()) {
        violations.add(&["session"], violation);
        return None;
    }
    if session.expose_secret().chars().count() < MIN_SESSION {
        let violation = Violation::new(&["session"], ViolationCode::TooShort);
        violations.push(violation.with("min", MIN_SESSION));
        return None;
    }
    Some(session)
}
