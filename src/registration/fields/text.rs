//! Characters that most fields reject.

use crate::registration::violation::ViolationCode;

/// Returns `true` for control characters and line separators.
pub(in crate::registration) fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

pub(in crate::registration) fn has_control(text: &str) -> bool {
    text.chars().any(is_control)
}

/// Returns `true` if a text contains a character that changes the direction of text. With it a name
/// can look like another one (UAX #9, section 2).
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

/// Converts a blank text to `None`. Forms send an empty text for an empty input.
pub(in crate::registration) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
