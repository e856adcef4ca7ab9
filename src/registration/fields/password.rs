//! The password policy. The service never trims or normalises a password.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    config::PasswordPolicy,
    registration::{
        fields::{email::Email, text::has_control},
        violation::{Violation, ViolationCode},
        violations::Violations,
    },
};

/// The minimum length of a name that passwords must not contain. Shorter names are part of too many
/// words.
const MIN_NAME: usize = 3;

const FIELD: [&str; 1] = ["password"];

/// The names that a password must not contain.
#[derive(Clone, Copy, Default)]
pub(in crate::registration) struct Names<'a> {
    pub(in crate::registration) username: Option<&'a str>,
    pub(in crate::registration) email: Option<&'a Email>,
    /// The number without its calling code.
    pub(in crate::registration) phone_digits: Option<&'a str>,
}

/// Converts an empty password to `None`. Front ends send an empty password for an empty input.
pub(in crate::registration) fn given(sent: Option<SecretString>) -> Option<SecretString> {
    sent.filter(|password| !password.expose_secret().is_empty())
}

pub(in crate::registration) fn check(
    password: Option<&SecretString>,
    policy: &PasswordPolicy,
    names: Names<'_>,
    violations: &mut Violations,
) {
    if violations.any_at(&FIELD) {
        return;
    }
    let Some(password) = password else {
        if policy.required {
            violations.add(&FIELD, ViolationCode::Required);
        }
        return;
    };
    let password = password.expose_secret();
    if password.chars().count() < policy.min_length {
        violations
            .push(Violation::new(&FIELD, ViolationCode::TooShort).with("min", policy.min_length));
    }
    for (is_broken, code) in [
        (has_outer_white_space(password), ViolationCode::WhiteSpace),
        (has_control(password), ViolationCode::ControlCharacter),
        (
            policy.require_uppercase && !has(password, |c| c.is_ascii_uppercase()),
            ViolationCode::NeedsUppercase,
        ),
        (
            policy.require_lowercase && !has(password, |c| c.is_ascii_lowercase()),
            ViolationCode::NeedsLowercase,
        ),
        (
            policy.require_number && !has(password, |c| c.is_ascii_digit()),
            ViolationCode::NeedsNumber,
        ),
        (policy.require_symbol && !has(password.trim(), is_symbol), ViolationCode::NeedsSymbol),
        (contains_name(password, names), ViolationCode::ContainsUsername),
    ] {
        if is_broken {
            violations.add(&FIELD, code);
        }
    }
}

fn has(password: &str, class: impl Fn(char) -> bool) -> bool {
    password.chars().any(class)
}

/// Returns `true` for Cognito's symbols: ASCII punctuation, and a space within the password (Amazon
/// Cognito Developer Guide, "Adding user pool password requirements").
fn is_symbol(character: char) -> bool {
    character.is_ascii_punctuation() || character == ' '
}

fn has_outer_white_space(password: &str) -> bool {
    password.starts_with(char::is_whitespace) || password.ends_with(char::is_whitespace)
}

fn contains_name(password: &str, names: Names<'_>) -> bool {
    [
        names.username,
        names.email.map(Email::as_str),
        names.email.map(Email::local_part),
        names.phone_digits,
    ]
    .into_iter()
    .flatten()
    .any(|name| name.chars().count() >= MIN_NAME && contains_ignoring_case(password, name))
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let mut windows = text.as_bytes().windows(part.len());
        return windows.any(|window| window.eq_ignore_ascii_case(part.as_bytes()));
    }
    text.char_indices().any(|(at, _)| {
        let mut rest = text[at..].chars().flat_map(char::to_lowercase);
        part.chars().flat_map(char::to_lowercase).all(|character| rest.next() == Some(character))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: PasswordPolicy = PasswordPolicy {
        required: true,
        min_length: 8,
        require_uppercase: true,
        require_lowercase: true,
        require_number: true,
        require_symbol: true,
    };

    fn codes(password: Option<&str>, policy: &PasswordPolicy, names: Names<'_>) -> String {
        let password = password.map(SecretString::from);
        let mut violations = Violations::default();
        check(password.as_ref(), policy, names, &mut violations);
        let codes: Vec<_> =
            violations.in_order().iter().map(|violation| violation.code.as_str()).collect();
        codes.join(" ")
    }

    #[test]
    fn checks_each_form_rule_of_a_password() {
        for (password, expected) in [
            ("Sw0rdfish!", ""),
            ("Sw0rd fish", ""),
            ("Sw0rdfish\u{e9}", "needs_symbol"),
            ("\u{c4}w0rdfish!", "needs_uppercase"),
            ("SW0RD\u{e4}ISH!", "needs_lowercase"),
            ("Sw\u{663}rdfish!", "needs_number"),
            ("Sw0rdfish€", "needs_symbol"),
            ("Sw0rd!", "too_short"),
            ("Sw0rd!üü", ""),
            (" Sw0rdfish", "white_space needs_symbol"),
            ("Sw0rdfish!\u{3000}", "white_space"),
            ("Sw0rd\tfish!", "control_character"),
            ("aaaa", "too_short needs_uppercase needs_number needs_symbol"),
        ] {
            assert_eq!(codes(Some(password), &POLICY, Names::default()), expected, "{password:?}");
        }
    }

    #[test]
    fn accepts_every_symbol_of_cognito() {
        for symbol in "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=".chars() {
            let password = format!("Sw0rd{symbol}fish");

            assert_eq!(codes(Some(&password), &POLICY, Names::default()), "", "{symbol}");
        }
    }

    #[test]
    fn accepts_an_absent_password_if_the_pool_is_passwordless() {
        let passwordless = PasswordPolicy { required: false, ..POLICY };

        assert_eq!(codes(None, &POLICY, Names::default()), "required");
        assert_eq!(codes(None, &passwordless, Names::default()), "");
        assert_eq!(codes(Some("Sw0rd!"), &passwordless, Names::default()), "too_short");
    }

    #[test]
    fn rejects_passwords_that_contain_a_name() {
        let email = Email::parse("lovelace@example.com").unwrap();
        let short = Email::parse("al@example.com").unwrap();
        let by_name = |username| Names { username: Some(username), ..Names::default() };
        let by_email = |email| Names { email: Some(email), ..Names::default() };
        let by_phone = Names { phone_digits: Some("7911123456"), ..Names::default() };
        for (password, names, expected) in [
            ("1!Lovelace", by_name("lovelace"), "contains_username"),
            ("Lovelace1!", by_email(&email), "contains_username"),
            ("Love1ace!x", by_email(&email), ""),
            ("Always1815!", by_email(&short), ""),
            ("1Al@Example.com", by_email(&short), "contains_username"),
            ("ÉMILIE du 1", by_name("émilie"), "contains_username"),
            ("Al always 1", by_name("al"), ""),
            ("Call +447911123456", by_phone, "contains_username"),
        ] {
            assert_eq!(codes(Some(password), &POLICY, names), expected, "{password:?}");
        }
    }
}
