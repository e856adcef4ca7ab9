//! Patterns of the schema and of rules, in ECMA-262 with the flag `u`, as JSON Schema 2020-12
//! recommends (core, section 6.4). They use no syntax that other dialects lack.

use crate::registration::fields::text::INVISIBLE;

/// The characters that [`char::is_whitespace`] accepts. `\s` has other ones.
const WHITE_SPACE: &str =
    r"\u0009-\u000d \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// The characters that [`is_control`](crate::registration::fields::text::is_control) accepts.
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f\u2028\u2029";

/// Matches the plus sign with which a phone number begins. It may be a full-width one.
pub(super) const PLUS: &str = r"[+\uff0b]";

/// Matches an `@` with a character on both sides, as every email address has.
pub(super) const EMAIL: &str = "[^@]@[^@]";

/// Matches the scheme of a web address.
pub(super) const URL: &str = "[Hh][Tt][Tt][Pp][Ss]?:";

/// Returns the pattern of a user name: a text without white space.
pub(super) fn username() -> String {
    format!("^[^{WHITE_SPACE}]+$")
}

/// Returns the pattern of a value that counts as absent. The invisible characters are literal,
/// because the dialects have no common escape for characters above U+FFFF.
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

/// Returns a pattern that every value matches unless it counts as absent.
pub(super) fn filled() -> String {
    format!("[^{WHITE_SPACE}]")
}

/// Returns the pattern of a text without control characters.
pub(super) fn no_control() -> String {
    format!("^[^{CONTROL}]*$")
}

/// Returns the pattern of a text without white space around it.
pub(super) fn no_outer_white_space() -> String {
    format!(r"^[^{WHITE_SPACE}](?:[\s\S]*[^{WHITE_SPACE}])?$")
}

/// Returns the pattern of a symbol in Cognito's sense: ASCII punctuation, or a space inside the
/// password.
pub(super) fn symbol() -> String {
    format!("[!-/:-@\\[-`{{-~]|[^{WHITE_SPACE}][{WHITE_SPACE}]* [{WHITE_SPACE}]*[^{WHITE_SPACE}]")
}

/// Returns a pattern that matches `inner` also with white space and invisible characters around it.
/// Every value that the service trims to `inner` matches.
pub(super) fn trimmed(inner: &str) -> String {
    format!("^[^!-~]*{inner}[^!-~]*$")
}
