//! Validation of user names and attributes.

use std::collections::BTreeMap;

use crate::{
    protocol::{
        call::{Attribute, Call},
        response::Exception,
    },
    settings::SignIn,
};

/// The standard attributes that an app client may write (`OpenID` Connect Core 1.0, section 5.1).
pub(crate) const STANDARD: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Validates user name and attributes, and returns the attributes of the account.
pub(crate) fn check(sign_in: SignIn, call: &Call) -> Result<BTreeMap<String, String>, Exception> {
    let username = call.username();
    check_username(sign_in, username)?;

    let mut attributes = BTreeMap::new();
    for attribute in &call.user_attributes {
        check_attribute(attribute)?;
        attributes.insert(attribute.name.clone(), attribute.value.clone());
    }
    if let Some(own) = sign_in.username_attribute() {
        let value = attributes.entry(own.to_owned()).or_insert_with(|| username.to_owned());
        if !value.eq_ignore_ascii_case(username) {
            // AWS documents the rejection, but not its text.
            return Err(Exception::invalid_parameter(format!(
                "Username should match the {own} attribute."
            )));
        }
    }
    Ok(attributes)
}

fn check_username(sign_in: SignIn, username: &str) -> Result<(), Exception> {
    let message = match sign_in {
        SignIn::Email if !is_email(username) => "Username should be an email.",
        SignIn::Phone if !is_phone_number(username) => "Username should be a phone number.",
        SignIn::Alias if is_email(username) => {
            "Username cannot be of email format, since user pool is configured for email alias."
        }
        SignIn::Alias if is_phone_number(username) => {
            "Username cannot be of phone number format, since user pool is configured for phone number alias."
        }
        _ => return Ok(()),
    };
    Err(Exception::invalid_parameter(message))
}

/// Validates an attribute. The pool accepts any well-formed `custom:` name, because developers may
/// build a front end before its pool.
fn check_attribute(Attribute { name, value }: &Attribute) -> Result<(), Exception> {
    if matches!(name.as_str(), "sub" | "email_verified" | "phone_number_verified") {
        return Err(Exception::not_authorized(
            "A client attempted to write unauthorized attribute",
        ));
    }
    if let Some(custom) = name.strip_prefix("custom:") {
        if (1..=20).contains(&custom.chars().count()) {
            return Ok(());
        }
        return Err(Exception::invalid_parameter(format!(
            "Type for attribute {{{name}}} could not be determined"
        )));
    }
    let off_schema = |reason: &str| {
        Exception::invalid_parameter(format!(
            "Attributes did not conform to the schema: {name}: {reason}"
        ))
    };
    match name.as_str() {
        "email" if !is_email(value) => {
            Err(Exception::invalid_parameter("Invalid email address format."))
        }
        "phone_number" if !is_phone_number(value) => {
            Err(Exception::invalid_parameter("Invalid phone number format."))
        }
        "birthdate" if !is_date(value) => {
            Err(off_schema("Invalid date format, expected YYYY-MM-DD."))
        }
        "updated_at" if value.parse::<u64>().is_err() => {
            Err(off_schema("Attribute is not a number."))
        }
        known if STANDARD.contains(&known) => Ok(()),
        _ => Err(off_schema("Attribute does not exist in the schema.")),
    }
}

/// Matches an email address as Cognito does: ASCII, one `@`, a domain of at least two labels.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let local_ok = (1..=64).contains(&local.len())
        && local.split('.').all(|part| !part.is_empty())
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local_ok && domain.contains('.') && domain.split('.').all(label_ok)
}

/// Matches E.164: `+`, then 2 to 15 digits, the first not 0.
fn is_phone_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (2..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}
