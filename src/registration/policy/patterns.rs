//! Patterns of the schema and of form rules, in ECMA-262 with the flag `u`, as JSON Schema 2020-12
//! recommends (core, section 6.4). The patterns use no syntax that other dialects lack, except
//! `\uXXXX`. PCRE2 and RE2 write `\x{XXXX}` instead. Most characters from U+007F on are literal,
//! because an escape takes more bytes in JSON.

/// The characters that [`char::is_whitespace`] accepts. In ECMA-262, `\s` accepts other characters.
const WHITE_SPACE: &str =
    "\\t-\\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// The characters that [`is_control`](crate::registration::fields::text::is_control) accepts.
const CONTROL: &str = "\\u0000-\\u001f\u{7f}-\u{9f}\u{2028}\u{2029}";

/// The pattern of the plus sign at the beginning of a phone number. The sign may be full-width.
pub(super) const PLUS: &str = r"[+\uff0b]";

/// The pattern of an `@` with a character on both sides. Every email address contains such an `@`.
pub(super) const EMAIL: &str = "[^@]@[^@]";

/// The pattern of the scheme of a web address.
pub(super) const URL: &str = "[Hh][Tt][Tt][Pp][Ss]?:";

/// Returns the pattern of a user name: a value without white space.
pub(super) fn username() -> String {
    format!("^[^{WHITE_SPACE}]+$")
}

/// The pattern of a value that counts as absent: white space and invisible characters. The pattern
/// also matches letters outside ASCII, because a list of all invisible characters would be long.
pub(super) const BLANK: &str = "^[^!-~]*$";

/// Returns a pattern that every value matches unless the value counts as absent.
pub(super) fn filled() -> String {
    format!("[^{WHITE_SPACE}]")
}

/// Returns the pattern of a value without control characters.
pub(super) fn no_control() -> String {
    format!("^[^{CONTROL}]*$")
}

/// Returns the pattern of a value without white space at its ends.
pub(super) fn no_outer_white_space() -> String {
    format!(r"^[^{WHITE_SPACE}](?:[\s\S]*[^{WHITE_SPACE}])?$")
}

/// The pattern of a symbol as Cognito defines symbols: ASCII punctuation, or a space inside the
/// password. A password with other white space at its ends breaks the form rule of
/// [`no_outer_white_space`].
pub(super) const SYMBOL: &str = r"[!-/:-@\[-`{-~]|[^ ] +[^ ]";

/// Returns a pattern that matches `inner`, also with white space and invisible characters at both
/// ends. Every value that the service trims to `inner` matches the pattern.
pub(super) fn trimmed(inner: &str) -> String {
    format!("^[^!-~]*{inner}[^!-~]*$")
}
