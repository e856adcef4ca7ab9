//! Patterns of the schema and of rules, in ECMA-262 with the flag `u`, as JSON Schema 2020-12
//! recommends (core, section 6.4). They use no syntax that other dialects lack.

use crate::registration::fields::text::INVISIBLE;

/// The characters that [`char::is_whitespace`] accepts. `\s` has other ones.
const WHITE_SPACE: &str =
    r"\u0009-\u000d \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// The characters that [`is_control`](crate::registration::fields::text::is_control) accepts.
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f\u2028\u2029";

/// A phone number begins with a plus sign, which may be a full-width one.
pub(super) const PLUS: &str = r"[+\uff0b]";

/// An email address has something on both sides of its `@`.
pub(super) const EMAIL: &str = "[^@]@[^@]";

/// An address of the web has one of two schemes.
pub(super) const URL: &str = "[Hh][Tt][Tt][Pp][Ss]?:";

/// A user name has no white space.
pub(super) fn username() -> String {
    format!("^[^{WHITE_SPACE}]+$")
}

/// A value that counts as absent. The dialects have no common escape for characters above U+FFFF, so
/// the invisible characters are literal.
pub(super) fn blank() -> String {
    let invisible: String = INVISIBLE
        .iter()
        .map(
            |(first, last)| {
                if first == last { first.to_string() } else { format!("{first}-{last}") }
            },
        )
        .collect();
    format!("^[{WHITE_SPACE}{invisible}]*$")
}

/// Every value that does not count as absent matches.
pub(super) fn filled() -> String {
    format!("[^{WHITE_SPACE}]")
}

/// A text without control characters.
pub(super) fn no_control() -> String {
    format!("^[^{CONTROL}]*$")
}

/// A text without white space around it.
pub(super) fn no_outer_white_space() -> String {
    format!(r"^[^{WHITE_SPACE}](?:[\s\S]*[^{WHITE_SPACE}])?$")
}

/// A symbol in Cognito's sense: ASCII punctuation, or a space inside the password.
pub(super) fn symbol() -> String {
    format!("[!-/:-@\\[-`{{-~]|[^{WHITE_SPACE}][{WHITE_SPACE}]* [{WHITE_SPACE}]*[^{WHITE_SPACE}]")
}

/// Every value matches that matches `inner` without the white space and the invisible characters
/// around it.
pub(super) fn trimmed(inner: &str) -> String {
    format!("^[^!-~]*{inner}[^!-~]*$")
}
