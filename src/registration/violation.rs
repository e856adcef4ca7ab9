use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A violation of a form rule. Contains nothing that the client sent except the names of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The place in the body as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The code of the form rule.
    pub code: ViolationCode,
    /// The parameters of the text for users, such as `min`.
    pub params: BTreeMap<&'static str, Value>,
}

impl Violation {
    /// Creates a violation at a path such as `["attributes", "given_name"]`.
    #[must_use]
    pub fn new(path: &[&str], code: ViolationCode) -> Self {
        Self { pointer: pointer(path), code, params: BTreeMap::new() }
    }

    /// Creates a violation of the field at a JSON pointer.
    #[must_use]
    pub fn at(pointer: &str, code: ViolationCode) -> Self {
        Self { pointer: pointer.to_owned(), code, params: BTreeMap::new() }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.params.insert(name, value.into());
        self
    }
}

/// Converts a path to a JSON pointer, with `~` and `/` escaped (RFC 6901, section 3).
#[must_use]
pub fn pointer(path: &[&str]) -> String {
    let mut pointer = String::with_capacity(32);
    for name in path {
        pointer.push('/');
        if name.contains(['~', '/']) {
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        } else {
            pointer.push_str(name);
        }
    }
    pointer
}

impl Serialize for ViolationCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

macro_rules! violation_codes {
    ($(#[doc = $doc:literal] $name:ident = $code:literal,)*) => {
        /// The code of a form rule. The codes are part of the contract and do not change.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum ViolationCode {
            $(#[doc = $doc] $name,)*
        }

        impl ViolationCode {
            /// All violation codes.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the code in responses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

violation_codes! {
    /// The value is missing.
    Required = "required",
    /// The deployment does not accept the field.
    NotAllowed = "not_allowed",
    /// The contract does not have the field.
    UnknownField = "unknown_field",
    /// The body is empty.
    EmptyBody = "empty_body",
    /// The body is not valid JSON at `line` and `column`.
    InvalidJson = "invalid_json",
    /// The key occurs again at `line` and `column`.
    DuplicateKey = "duplicate_key",
    /// The JSON type is not `expected`.
    WrongType = "wrong_type",
    /// The value has fewer than `min` characters.
    TooShort = "too_short",
    /// The value has more than `max` characters.
    TooLong = "too_long",
    /// The map has more than `max` entries.
    TooMany = "too_many",
    /// The value does not match the required pattern, or the code does not have `length` digits.
    InvalidFormat = "invalid_format",
    /// The value is not one of `options`.
    NotAnOption = "not_an_option",
    /// The value contains a control character.
    ControlCharacter = "control_character",
    /// The value contains a character that changes the direction of text.
    DirectionCharacter = "direction_character",
    /// The value contains a web address.
    ContainsUrl = "contains_url",
    /// The value begins or ends with white space.
    WhiteSpace = "white_space",
    /// The value is not an email address.
    InvalidEmail = "invalid_email",
    /// The email address cannot receive mail.
    UndeliverableEmail = "undeliverable_email",
    /// The service accepts no sign-up with an address of this domain.
    DomainNotAllowed = "domain_not_allowed",
    /// The domain is a disposable email domain.
    DisposableDomain = "disposable_domain",
    /// The domain is probably a misspelling of `suggestion`.
    MisspelledDomain = "misspelled_domain",
    /// The value is not a valid phone number.
    InvalidPhoneNumber = "invalid_phone_number",
    /// The service sends no messages to numbers of this country.
    CallingCodeNotAllowed = "calling_code_not_allowed",
    /// The service sends no messages to this type of number, such as a landline.
    PhoneNumberNotMobile = "phone_number_not_mobile",
    /// The user name contains a character that is not allowed, such as white space.
    InvalidUsername = "invalid_username",
    /// The user name looks like an email address.
    LooksLikeEmail = "looks_like_email",
    /// The user name looks like a phone number.
    LooksLikePhoneNumber = "looks_like_phone_number",
    /// The form has neither an email address nor a phone number.
    MissingRecipient = "missing_recipient",
    /// The password has no upper-case letter from A to Z.
    NeedsUppercase = "needs_uppercase",
    /// The password has no lower-case letter from a to z.
    NeedsLowercase = "needs_lowercase",
    /// The password has no digit from 0 to 9.
    NeedsNumber = "needs_number",
    /// The password has no symbol.
    NeedsSymbol = "needs_symbol",
    /// The password contains the user name, the email address or the phone number.
    ContainsUsername = "contains_username",
    /// The password is too weak: its zxcvbn score `score` is below `min`.
    TooWeak = "too_weak",
    /// The password occurs `count` times in data breaches.
    Breached = "breached",
    /// Cognito rejected the password without a known reason.
    WeakPassword = "weak_password",
    /// The value is not a day from 1900 until today.
    InvalidBirthdate = "invalid_birthdate",
    /// The value is not a language tag.
    InvalidLocale = "invalid_locale",
    /// The value is not the name of a time zone.
    InvalidZoneinfo = "invalid_zoneinfo",
    /// The value is not an http or https URL.
    InvalidUrl = "invalid_url",
    /// The value is not a whole number.
    InvalidNumber = "invalid_number",
    /// Cognito rejected the value without a known reason.
    InvalidValue = "invalid_value",
    /// An existing account has the value.
    Taken = "taken",
    /// Clients sent too many requests for the value.
    LimitExceeded = "limit_exceeded",
    /// The user must agree to version `version` of the document.
    ConsentRequired = "consent_required",
    /// The current version of the document is `version`.
    ConsentOutdated = "consent_outdated",
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_violation_code_is_in_the_api_reference() {
        let reference = include_str!("../../docs/api.md");
        for code in super::ViolationCode::ALL {
            let code = code.as_str();
            assert!(reference.contains(&format!("`{code}`")), "{code}");
        }
    }

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn escapes_pointers() {
        for (path, expected) in [
            (&["email"][..], "/email"),
            (&["attributes", "custom:plan"], "/attributes/custom:plan"),
            (&["attributes", "a/b~c"], "/attributes/a~1b~0c"),
            (&["attributes", "~1"], "/attributes/~01"),
            (&["attributes", ""], "/attributes/"),
            (&[], ""),
        ] {
            assert_eq!(pointer(path), expected, "{path:?}");
        }
    }

    #[test]
    fn violation_codes_are_distinct_and_in_snake_case() {
        let codes: BTreeSet<_> = ViolationCode::ALL.iter().map(|code| code.as_str()).collect();

        assert_eq!(codes.len(), ViolationCode::ALL.len());
        for code in codes {
            let is_snake = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_snake, "{code}");
        }
    }
}
