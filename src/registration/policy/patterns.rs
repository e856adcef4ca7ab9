//! The rules for texts as patterns: ECMA-262 with its `u` flag, as JSON Schema asks for
//! (2020-12, core, section 6.4), and without what is peculiar to one dialect.

use std::fmt::Write;

use jiff::tz::TimeZoneDatabase;

/// What [`char::is_whitespace`] holds for. `\s` has one character less, and one more.
pub(super) const WHITE: &str =
    r"\u0009-\u000d \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// What [`is_control`](super::super::text::is_control) holds for.
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f\u2028\u2029";

/// What [`has_direction`](super::super::text::has_direction) looks for.
const DIRECTION: &str = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069";

/// Two hexadecimal digits in a calendar: which days months have, without 29 February.
const MONTH_AND_DAY: &str = "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))";

/// Years that have 29 February.
const LEAP_YEAR: &str =
    "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";

/// A value that counts as absent.
pub(super) fn blank() -> String {
    format!("^[{WHITE}]*$")
}

/// A value that does not.
pub(super) fn filled() -> String {
    format!("[^{WHITE}]")
}

/// A text without control characters.
pub(super) fn no_control() -> String {
    format!("^[^{CONTROL}]*$")
}

/// A text without white space around it.
pub(super) fn no_outer_white_space() -> String {
    format!(r"^[^{WHITE}](?:[\s\S]*[^{WHITE}])?$")
}

/// A symbol as Cognito has them, or a space that is not an outer one.
pub(super) fn symbol() -> String {
    format!("[!-/:-@\\[-`{{-~]|[^{WHITE}][{WHITE}]* [{WHITE}]*[^{WHITE}]")
}

/// A value that is one of these once the white space around it is gone. They neither begin
/// nor end with white space.
pub(super) fn trimmed(inner: &str) -> String {
    format!("^[{WHITE}]*(?:{inner})[{WHITE}]*$")
}

/// The same where the inner pattern could take white space for itself.
pub(super) fn strictly_trimmed(inner: &str) -> String {
    format!("^[{WHITE}]*(?![{WHITE}])(?:{inner})(?<![{WHITE}])[{WHITE}]*$")
}

/// A value of this many characters once the white space around it is gone.
pub(super) fn trimmed_length(min: usize, max: usize) -> String {
    strictly_trimmed(&format!(r"[\s\S]{{{min},{max}}}"))
}

/// A person's name.
pub(super) fn name() -> String {
    let (outer, inner) =
        (format!("[^{WHITE}{CONTROL}{DIRECTION}]"), format!("[^{CONTROL}{DIRECTION}]"));
    trimmed(&format!("{outer}(?:{inner}*{outer})?"))
}

/// A day from 1900 to 2025, all of which have passed.
pub(super) fn day_that_has_passed() -> String {
    day("19|20[01]|202[0-5]")
}

/// A later day, of which a document that stays as it is cannot tell.
pub(super) fn day_that_may_lie_ahead() -> String {
    day("202[6-9]|20[3-9]|2[1-9]|[3-9]")
}

fn day(years: &str) -> String {
    trimmed(&format!("(?={years})(?:[0-9]{{4}}-{MONTH_AND_DAY}|{LEAP_YEAR}-02-29)"))
}

/// A language with a script and a region, the order of which no canonical form changes.
const SIMPLE_LOCALE: &str = "[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?";

pub(super) fn simple_locale() -> String {
    trimmed(SIMPLE_LOCALE)
}

/// A tag with more parts, such as variants and extensions.
pub(super) fn extended_locale() -> String {
    trimmed(&format!("(?!{SIMPLE_LOCALE}[{WHITE}]*$)[A-Za-z]{{2,3}}(?:[-_][A-Za-z0-9]{{1,8}})+"))
}

/// The names of the time zones that the service knows.
pub(super) fn zones() -> String {
    let database = TimeZoneDatabase::bundled();
    let names = database.available();
    let names = names.map(|name| name.as_str().to_owned());
    let known = names.filter(|name| {
        database.get(name).is_ok_and(|zone| zone.iana_name() == Some(name.as_str()))
    });
    trimmed(&known.map(|name| literal(&name)).collect::<Vec<_>>().join("|"))
}

/// What begins as an http or https address.
pub(super) fn web_address() -> String {
    format!("^[{WHITE}]*[Hh][Tt][Tt][Pp][Ss]?:[^{CONTROL}{DIRECTION}]*[{WHITE}]*$")
}

/// What is written as a phone number: at most 64 of the characters that people use for one.
pub(super) fn phone_number() -> String {
    trimmed(
        r"[+\uff0b][\p{N} .\-/()\u2010-\u2015\u2212\uff08\uff09\uff0e\uff0d\uff0f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]{0,63}",
    )
}

/// A whole number of 64 bits.
pub(super) fn number() -> String {
    let below = |max: &str| {
        let mut choices = vec!["[0-9]{1,18}".to_owned(), max.to_owned()];
        for (place, digit) in max.char_indices().filter(|(_, digit)| *digit != '0') {
            let (before, rest) = (&max[..place], max.len() - place - 1);
            let lower = char::from_digit(digit.to_digit(10).unwrap_or(1) - 1, 10).unwrap_or('0');
            choices.push(format!("{before}[0-{lower}][0-9]{{{rest}}}"));
        }
        choices.join("|")
    };
    trimmed(&format!(
        r"\+?0*(?:{})|-0*(?:{})",
        below(&i64::MAX.to_string()),
        below(i64::MIN.to_string().trim_start_matches('-'))
    ))
}

/// All ways to write one whole number.
pub(super) fn spelled_number(canonical: &str) -> String {
    match canonical.strip_prefix('-') {
        Some(digits) => format!("-0*{digits}"),
        None if canonical == "0" => "[+-]?0+".to_owned(),
        None => format!(r"\+?0*{canonical}"),
    }
}

/// A text as it is.
pub(super) fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        push_literal(&mut pattern, character);
    }
    pattern
}

/// A text in capital or small letters, with `_` for `-` where that is the same.
pub(super) fn literal_in_any_case(text: &str, hyphen: &str) -> String {
    let mut pattern = String::with_capacity(text.len() * 4);
    for character in text.chars() {
        if character.is_ascii_alphabetic() {
            let (small, capital) = (character.to_ascii_lowercase(), character.to_ascii_uppercase());
            pattern.extend(['[', small, capital, ']']);
        } else if character == '-' {
            pattern.push_str(hyphen);
        } else {
            push_literal(&mut pattern, character);
        }
    }
    pattern
}

/// A character outside a class.
pub(super) fn push_literal(pattern: &mut String, character: char) {
    match character {
        '\\' | '^' | '$' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => {
            pattern.extend(['\\', character]);
        }
        ' '..='~' => pattern.push(character),
        _ => push_code_point(pattern, character),
    }
}

/// A character in a class.
pub(super) fn push_in_class(pattern: &mut String, character: char) {
    match character {
        '\\' | '^' | '[' | ']' | '-' => pattern.extend(['\\', character]),
        // In some dialects `&&` and `~~` combine classes.
        '&' | '~' => push_code_point(pattern, character),
        ' '..='~' => pattern.push(character),
        _ => push_code_point(pattern, character),
    }
}

fn push_code_point(pattern: &mut String, character: char) {
    let code_point = u32::from(character);
    // Writing to a text cannot fail.
    let _ = if code_point > 0xffff {
        write!(pattern, r"\u{{{code_point:x}}}")
    } else {
        write!(pattern, r"\u{code_point:04x}")
    };
}

/// Email addresses.
pub(super) mod email {
    use super::{CONTROL, DIRECTION, WHITE, trimmed};

    /// What stands before the `@`: at most 64 characters, no stray dots.
    const LOCAL_PART: &str =
        "(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*";

    const LABEL: &str = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    /// A label of an internationalised domain in its ASCII form.
    const ENCODED: &str = r"(?:[^@]*\.)?[Xx][Nn]--";

    /// An address of at most so many characters at a domain in plain ASCII.
    pub(in super::super) fn plain(max: usize, never_delivered: &[&str]) -> String {
        let too_long = format!("[^{WHITE}]{{{}}}", max + 1);
        let never: Vec<String> =
            never_delivered.iter().map(|name| super::literal_in_any_case(name, "-")).collect();
        let no_top_level = format!("(?:{}|[0-9]+)[{WHITE}]*$", never.join("|"));
        trimmed(&format!(
            r"(?!{too_long}){LOCAL_PART}@(?!{ENCODED})(?:{LABEL}\.)+(?!{no_top_level}){LABEL}"
        ))
    }

    /// An address at an internationalised domain, which tables must judge.
    pub(in super::super) fn international() -> String {
        let of_a_domain = format!("[^@%{WHITE}{CONTROL}{DIRECTION}]");
        trimmed(&format!(r"{LOCAL_PART}@(?=[^@]*[^\u0000-\u007f{WHITE}]|{ENCODED}){of_a_domain}+"))
    }
}
