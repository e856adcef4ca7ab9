//! What a user name and the attributes of an account may be.

use std::collections::BTreeMap;

use super::{
    SignIn,
    answer::Refusal,
    call::{Attribute, Call},
};

/// The standard attributes that an app client may write (`OpenID` Connect Core 1.0, section 5.1).
pub(super) const STANDARD: [&str; 17] = [
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

/// The account's attributes, if user name and attributes are what the pool takes.
pub(super) fn check(sign_in: SignIn, call: &Call) -> Result<BTreeMap<String, String>, Refusal> {
    let username = call.username();
    check_username(sign_in, username)?;

    let mut attributes = BTreeMap::new();
    for attribute in &call.user_attributes {
        check_attribute(attribute)?;
        attributes.insert(attribute.name.clone(), attribute.value.clone());
    }
    if let Some(own) = username_attribute(sign_in) {
        let value = attributes.entry(own.to_owned()).or_insert_with(|| username.to_owned());
        if !value.eq_ignore_ascii_case(username) {
            // No report of the real wording was found; the refusal itself is documented.
            return Err(Refusal::invalid_parameter(format!(
                "Username should match the {own} attribute."
            )));
        }
    }
    Ok(attributes)
}

/// The attribute that the user name stands for, where it stands for one.
pub(super) fn username_attribute(sign_in: SignIn) -> Option<&'static str> {
    match sign_in {
        SignIn::Email => Some("email"),
        SignIn::Phone => Some("phone_number"),
        SignIn::Username | SignIn::Alias => None,
    }
}

fn check_username(sign_in: SignIn, username: &str) -> Result<(), Refusal> {
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
    Err(Refusal::invalid_parameter(message))
}

/// Any well-formed `custom:` name is taken to be in the schema, so that a front end can be built
/// before its pool is; a real pool knows only its own.
fn check_attribute(Attribute { name, value }: &Attribute) -> Result<(), Refusal> {
    if matches!(name.as_str(), "sub" | "email_verified" | "phone_number_verified") {
        return Err(Refusal::not_authorized("A client attempted to write unauthorized attribute"));
    }
    if let Some(custom) = name.strip_prefix("custom:") {
        if (1..=20).contains(&custom.chars().count()) {
            return Ok(());
        }
        return Err(Refusal::invalid_parameter(format!(
            "Type for attribute {{{name}}} could not be determined"
        )));
    }
    let off_schema = |fault: &str| {
        Refusal::invalid_parameter(format!(
            "Attributes did not conform to the schema: {name}: {fault}"
        ))
    };
    match name.as_str() {
        "email" if !is_email(value) => {
            Err(Refusal::invalid_parameter("Invalid email address format."))
        }
        "phone_number" if !is_phone_number(value) => {
            Err(Refusal::invalid_parameter("Invalid phone number format."))
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

/// The shape that Cognito asks of a mail address: ASCII, one `@`, a domain of at least two labels.
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

/// E.164: `+`, then at most 15 digits, the first not 0.
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
