//! One broken rule of a form: where, which, and the numbers that belong to it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// What is wrong with one field. It holds no text for people and nothing that was typed,
/// other than the names of fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where in the body, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Which rule is broken.
    pub code: ViolationCode,
    /// What a text about it needs, such as `min`.
    pub params: BTreeMap<&'static str, Value>,
}

impl Violation {
    /// A rule broken at a path such as `["attributes", "given_name"]`.
    #[must_use]
    pub fn new(path: &[&str], code: ViolationCode) -> Self {
        Self { pointer: pointer(path), code, params: BTreeMap::new() }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.params.insert(name, value.into());
        self
    }
}

/// A path as a JSON pointer, with `~` and `/` escaped (RFC 6901, section 3).
#[must_use]
pub fn pointer(path: &[&str]) -> String {
    let length = path.iter().map(|segment| segment.len() + 1).sum();
    let mut pointer = String::with_capacity(length);
    for segment in path {
        pointer.push('/');
        if segment.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            pointer.push_str(&segment.replace('~', "~0").replace('/', "~1"));
        } else {
            pointer.push_str(segment);
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
        /// Which rule is broken. The codes are part of the contract and stay as they are.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum ViolationCode {
            $(#[doc = $doc] $name,)*
        }

        impl ViolationCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as callers see it.
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
    /// It must be given.
    Required = "required",
    /// This deployment does not take it.
    NotAllowed = "not_allowed",
    /// The contract has no such field.
    UnknownField = "unknown_field",
    /// It is of another JSON type than `expected`.
    WrongType = "wrong_type",
    /// It has fewer than `min` characters.
    TooShort = "too_short",
    /// It has more than `max` characters.
    TooLong = "too_long",
    /// It has more than `max` entries.
    TooMany = "too_many",
    /// It does not look as it should.
    InvalidFormat = "invalid_format",
    /// It is none of `options`.
    NotAnOption = "not_an_option",
    /// It contains a control character.
    ControlCharacter = "control_character",
    /// It contains a character that turns the direction of text.
    DirectionCharacter = "direction_character",
    /// It begins or ends with white space.
    WhiteSpace = "white_space",
    /// It is no email address.
    InvalidEmail = "invalid_email",
    /// It is an email address that no mail can ever reach.
    UndeliverableEmail = "undeliverable_email",
    /// Addresses of this domain may not register.
    DomainNotAllowed = "domain_not_allowed",
    /// The domain is one of throwaway mail.
    DisposableDomain = "disposable_domain",
    /// The domain is a misspelling of the provider `suggestion`.
    MisspelledDomain = "misspelled_domain",
    /// It is no phone number, or one that cannot exist.
    InvalidPhoneNumber = "invalid_phone_number",
    /// Numbers of this country are sent no messages.
    CallingCodeNotAllowed = "calling_code_not_allowed",
    /// It is a number that gets no messages, such as a premium number or a landline.
    PhoneNumberNotMobile = "phone_number_not_mobile",
    /// It contains what a user name may not, such as white space.
    InvalidUsername = "invalid_username",
    /// A chosen name looks like an email address.
    LooksLikeEmail = "looks_like_email",
    /// A chosen name looks like a phone number.
    LooksLikePhoneNumber = "looks_like_phone_number",
    /// Neither an email address nor a phone number is given.
    MissingRecipient = "missing_recipient",
    /// The password has no upper-case letter.
    NeedsUppercase = "needs_uppercase",
    /// The password has no lower-case letter.
    NeedsLowercase = "needs_lowercase",
    /// The password has no digit.
    NeedsNumber = "needs_number",
    /// The password has no symbol.
    NeedsSymbol = "needs_symbol",
    /// The password contains the user name.
    ContainsUsername = "contains_username",
    /// The password is guessed too easily: its `score` is below `min`, of 4.
    TooWeak = "too_weak",
    /// The password was found in data breaches, `count` times.
    Breached = "breached",
    /// Cognito refused the password for a reason that is not known.
    WeakPassword = "weak_password",
    /// It is no day from 1900 until today.
    InvalidBirthdate = "invalid_birthdate",
    /// It is no language tag.
    InvalidLocale = "invalid_locale",
    /// It is no name of a time zone.
    InvalidZoneinfo = "invalid_zoneinfo",
    /// It is no http or https address.
    InvalidUrl = "invalid_url",
    /// It is no whole number.
    InvalidNumber = "invalid_number",
    /// Cognito refused it for a reason that is not known.
    InvalidValue = "invalid_value",
    /// Somebody has it already.
    Taken = "taken",
    /// Version `version` of the document must be agreed to.
    ConsentRequired = "consent_required",
    /// The document now stands at version `version`.
    ConsentOutdated = "consent_outdated",
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_is_in_the_api_reference() {
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
    fn codes_are_distinct_and_in_snake_case() {
        let codes: BTreeSet<_> = ViolationCode::ALL.iter().map(|code| code.as_str()).collect();

        assert_eq!(codes.len(), ViolationCode::ALL.len());
        for code in codes {
            let is_snake = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_snake, "{code}");
        }
    }
}
