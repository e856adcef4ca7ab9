//! Characters that are refused, whatever a text is about.

use crate::registration::violation::ViolationCode;

/// A control character, or one that ends a line.
pub(in crate::registration) fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether a text contains a control character.
pub(in crate::registration) fn has_control(text: &str) -> bool {
    text.chars().any(is_control)
}

/// Whether a text contains a character that turns the direction of text: with them a name
/// can be made to look like another one (UAX #9, section 2).
pub(in crate::registration) fn has_direction(text: &str) -> bool {
    text.chars().any(|character| {
        matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

/// Refuses both.
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

/// A field that was filled in: forms send an empty text for an input that nobody touched,
/// so that one counts as absent.
pub(in crate::registration) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
