//! `POST /register/confirm`: its body as sent, and a confirmation whose every field was checked.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use validator::Validate;

use crate::registration::{
    fields::{
        text::{check_characters, filled},
        username::{self, Username},
    },
    forms::{
        entries::Entries,
        sent::{self, SentSecret, secret, text, visible_ascii},
    },
    mistakes::Mistakes,
    rules::Rules,
    trigger_metadata,
    violation::{Violation, ViolationCode},
};

/// How many characters a code may have (Cognito's model).
const MAX_CODE: usize = 2048;

/// How many characters a session must and may have (Cognito's model).
const MIN_SESSION: usize = 20;
const MAX_SESSION: usize = 4096;

// As with a registration, unknown fields are collected by whoever reads the body, and what
// stands beside the fields is what the contract says of them.
/// A code, and the account that it is to confirm.
#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct ConfirmationForm {
    /// The account that is meant: the `username` that the sign-up answered, or the email address
    /// or phone number where the pool takes those; made canonical as at sign-up.
    #[serde(deserialize_with = "text")]
    username: Option<String>,
    /// The code that the person was sent; white space around it is left out.
    #[serde(deserialize_with = "secret")]
    #[validate(nested)]
    code: Option<SentSecret<MAX_CODE>>,
    /// What Lambda triggers of the user pool are told; only keys that the deployment allows.
    #[validate(nested)]
    client_metadata: Entries,
    /// The Amazon Pinpoint endpoint, in visible ASCII.
    #[serde(deserialize_with = "text")]
    #[validate(length(max = 128, code = "too_long"), custom(function = visible_ascii))]
    analytics_endpoint_id: Option<String>,
    /// The `EncodedData` that Cognito's script has collected in the browser or app.
    #[serde(deserialize_with = "text")]
    device_data: Option<String>,
    /// The session that belongs to this sign-up, where the front end has one.
    #[serde(deserialize_with = "secret")]
    #[validate(nested)]
    session: Option<SentSecret<MAX_SESSION>>,
}

/// A confirmation that breaks no rule, made by [`Confirmation::parse`] alone.
pub struct Confirmation {
    /// The name of the account.
    pub username: Username,
    /// The code that its owner was sent.
    pub code: SecretString,
    /// What Lambda triggers see.
    pub client_metadata: BTreeMap<String, String>,
    /// The Pinpoint endpoint.
    pub analytics_endpoint_id: Option<String>,
    /// Cognito's EncodedData as the front end collected it, unchecked.
    pub device_data: Option<String>,
    /// The session that the sign-up gave out: whoever has it may go on to sign in.
    pub session: Option<SecretString>,
}

impl Confirmation {
    /// Checks a form by a deployment's rules.
    ///
    /// # Errors
    /// All mistakes at once, in the order of the contract's fields.
    pub fn parse(form: ConfirmationForm, rules: &Rules) -> Result<Self, Vec<Violation>> {
        let mut mistakes = sent::mistakes(&form);
        let username = username::given(form.username, rules, &mut mistakes);
        let code = check_code(form.code, &mut mistakes);
        let session = check_session(form.session, &mut mistakes);
        let client_metadata = trigger_metadata::check(
            "client_metadata",
            form.client_metadata,
            &rules.client_metadata,
            &mut mistakes,
        );
        match (username, code) {
            (Some(username), Some(code)) if mistakes.is_empty() => Ok(Self {
                username,
                code,
                client_metadata,
                analytics_endpoint_id: filled(form.analytics_endpoint_id),
                device_data: filled(form.device_data),
                session,
            }),
            _ => Err(mistakes.in_order()),
        }
    }
}

impl fmt::Debug for ConfirmationForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ConfirmationForm(..)")
    }
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Confirmation(..)")
    }
}

/// The code without the white space that copying brings along. Any within it is a mistake,
/// which is said here and costs none of the attempts that Cognito allows.
fn check_code(sent: Option<SentSecret<MAX_CODE>>, mistakes: &mut Mistakes) -> Option<SecretString> {
    if mistakes.any_at(&["code"]) {
        return None;
    }
    let sent = sent.map(|sent| sent.0);
    let code = sent.as_ref().map_or("", |sent| sent.expose_secret().trim());
    let mistake = match check_characters(code) {
        _ if code.is_empty() => ViolationCode::Required,
        Err(mistake) => mistake,
        Ok(()) if code.contains(char::is_whitespace) => ViolationCode::InvalidFormat,
        Ok(()) => return Some(SecretString::from(code)),
    };
    mistakes.add(&["code"], mistake);
    None
}

fn check_session(
    sent: Option<SentSecret<MAX_SESSION>>,
    mistakes: &mut Mistakes,
) -> Option<SecretString> {
    let session = sent.map(|sent| sent.0).filter(|session| !session.expose_secret().is_empty())?;
    if mistakes.any_at(&["session"]) {
        return None;
    }
    if let Err(mistake) = check_characters(session.expose_secret()) {
        mistakes.add(&["session"], mistake);
        return None;
    }
    if session.expose_secret().chars().count() < MIN_SESSION {
        let mistake = Violation::new(&["session"], ViolationCode::TooShort);
        mistakes.push(mistake.with("min", MIN_SESSION));
        return None;
    }
    Some(session)
}
