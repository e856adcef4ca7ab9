//! Characters that most fields reject, and characters that users do not see.

use std::borrow::Cow;

use crate::registration::violation::ViolationCode;

/// Returns `true` for control characters and line separators.
pub(in crate::registration) fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

pub(in crate::registration) fn has_control(text: &str) -> bool {
    text.chars().any(is_control)
}

/// Returns `true` if a value contains a character that changes the direction of text. With such a
/// character, a name can look like another name (UAX #9, section 2).
fn has_direction(text: &str) -> bool {
    text.chars().any(|character| {
        matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

/// Rejects control characters and characters that change the direction of text.
pub(in crate::registration) fn check_characters(text: &str) -> Result<(), ViolationCode> {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        Ok(())
    } else if has_control(text) {
        Err(ViolationCode::ControlCharacter)
    } else if has_direction(text) {
        Err(ViolationCode::DirectionCharacter)
    } else {
        Ok(())
    }
}

/// Characters that users copy without noticing, most of them without a glyph: the category Cf and
/// the property `Default_Ignorable_Code_Point` (Unicode 16). The property includes the variation
/// selectors.
const INVISIBLE: [(char, char); 25] = [
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{600}', '\u{605}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

pub(in crate::registration) fn is_invisible(character: char) -> bool {
    !character.is_ascii()
        && INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// Returns `true` for hyphens, dashes, minus signs and prolonged sound marks.
pub(in crate::registration) fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{58A}' | '\u{5BE}' | '\u{1400}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{207B}'
                | '\u{208B}'
                | '\u{2212}'
                | '\u{2E3A}'
                | '\u{2E3B}'
                | '\u{301C}'
                | '\u{3030}'
                | '\u{30A0}'
                | '\u{30FC}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{FF0D}'
                | '\u{FF70}'
    )
}

/// Removes white space and invisible characters at both ends.
pub(in crate::registration) fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

/// Removes invisible characters.
pub(in crate::registration) fn visible(text: &str) -> Cow<'_, str> {
    if text.contains(is_invisible) {
        Cow::Owned(text.replace(is_invisible, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Converts a blank value to `None`. Front ends send an empty string for an empty input.
pub(in crate::registration) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !trim(text).is_empty())
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn knows_every_invisible_character_and_no_other() {
        let unicode = Regex::new(r"\A[\p{Cf}\p{Default_Ignorable_Code_Point}]\z").unwrap();
        for character in '\0'..=char::MAX {
            let expected = unicode.is_match(character.encode_utf8(&mut [0; 4]));
            assert_eq!(is_invisible(character), expected, "{:x}", u32::from(character));
        }
    }

    #[test]
    fn trims_invisible_characters_and_white_space_in_any_order() {
        for (typed, expected) in [
            ("\u{feff} \u{200b}Ada\u{200b} \u{fe0f}", "Ada"),
            ("\u{202a}Ada\u{200d}King\u{202c}", "Ada\u{200d}King"),
            ("\u{a0}\u{ad}\n", ""),
        ] {
            assert_eq!(trim(typed), expected, "{typed:?}");
        }
    }
}
