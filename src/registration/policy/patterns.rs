//! Patterns of the schema and of rules, in ECMA-262 with the flag `u`, as JSON Schema 2020-12
//! recommends (core, section 6.4). They use no syntax that other dialects lack. Characters from
//! U+007F on are literal, because an escape in JSON takes two to three times as many bytes.

/// The characters that [`char::is_whitespace`] accepts. `\s` accepts other characters.
const WHITE_SPACE: &str =
    "\\t-\\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// The characters that [`is_control`](crate::registration::fields::text::is_control) accepts.
const CONTROL: &str = "\\u0000-\\u001f\u{7f}-\u{9f}\u{2028}\u{2029}";

/// Matches the plus sign with which a phone number begins. It may be a full-width plus sign.
pub(super) const PLUS: &str = r"[+\uff0b]";

/// Matches an `@` with a character on both sides, as every email address has.
pub(super) const EMAIL: &str = "[^@]@[^@]";

/// Matches the scheme of a web address.
pub(super) const URL: &str = "[Hh][Tt][Tt][Pp][Ss]?:";

/// Returns the pattern of a user name: a text without white space.
pub(super) fn username() -> String {
    format!("^[^{WHITE_SPACE}]+$")
}

/// Matches every value that counts as absent: white space and invisible characters. Also matches
/// letters outside ASCII, because the list of these characters is long.
pub(super) const BLANK: &str = "^[^!-~]*$";

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

/// Matches a symbol in Cognito's sense: ASCII punctuation, or a space inside the password. Other
/// white space around the password breaks the rule [`no_outer_white_space`].
pub(super) const SYMBOL: &str = r"[!-/:-@\[-`{-~]|[^ ] +[^ ]";

/// Returns a pattern that matches `inner` also with white space and invisible characters around it.
/// Every value that the service trims to `inner` matches.
pub(super) fn trimmed(inner: &str) -> String {
    format!("^[^!-~]*{inner}[^!-~]*$")
}
