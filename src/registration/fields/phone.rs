use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use crate::registration::violation::ViolationCode;

const MAX_TYPED: usize = 64;

/// The maximum number of digits (E.164, and Cognito).
const MAX_DIGITS: usize = 15;

/// A valid phone number in E.164 format: `+` and at most 15 digits.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct PhoneNumber {
    e164: String,
    calling_code: u16,
}

impl PhoneNumber {
    /// Parses a number as users type it: with `+` and the calling code, and optionally with spaces,
    /// dots, dashes, slashes and parentheses.
    ///
    /// # Errors
    /// `invalid_phone_number` if the number is not valid.
    pub fn parse(typed: &str) -> Result<Self, ViolationCode> {
        let number = parse(typed).ok_or(ViolationCode::InvalidPhoneNumber)?;
        // A number whose E.164 format is parsed differently is ambiguous.
        if number.e164 != typed && parse(&number.e164).as_ref() != Some(&number) {
            return Err(ViolationCode::InvalidPhoneNumber);
        }
        Ok(number)
    }

    /// Loads the tables, so that no request waits for them.
    pub(in crate::registration) fn warm_up() {
        let _ = parse("+14155550100");
    }

    /// Returns the number in E.164 format.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.e164
    }

    /// Returns the calling code, such as 44.
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.calling_code
    }

    /// Returns the digits after the calling code.
    #[must_use]
    pub fn national_digits(&self) -> &str {
        let code_digits = self.calling_code.checked_ilog10().unwrap_or(0) as usize + 1;
        self.e164.get(1 + code_digits..).unwrap_or_default()
    }
}

opaque_debug!(PhoneNumber);

fn parse(typed: &str) -> Option<PhoneNumber> {
    let typed = typed.trim();
    if typed.len() > MAX_TYPED || !typed.strip_prefix(['+', '＋'])?.chars().all(is_expected) {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(typed, None).ok()?;
    if number.extension.is_some() || !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return None;
    }
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    let digits = e164.strip_prefix('+')?;
    let is_e164 = digits.len() <= MAX_DIGITS
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let calling_code = u16::try_from(number.country_code).ok()?;
    is_e164.then_some(PhoneNumber { e164, calling_code })
}

/// Returns `true` for digits of any script and for separators. Letters are rejected, and with them
/// extensions and numbers that are spelled as words.
fn is_expected(character: char) -> bool {
    match character {
        '0'..='9' | ' ' | '.' | '-' | '/' | '(' | ')' => true,
        _ if character.is_ascii() => false,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '（' | '）' | '．' | '－' | '／' => true,
        _ => !character.is_control() && (character.is_numeric() || character.is_whitespace()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn normalises_numbers() {
        for (typed, expected, calling_code) in [
            ("+14155550100", "+14155550100", 1),
            (" +1 (415) 555-0100 ", "+14155550100", 1),
            ("+1.415.555.0100", "+14155550100", 1),
            ("+44 07911 123456", "+447911123456", 44),
            ("+44 (0) 7911 123456", "+447911123456", 44),
            ("+49 (0)30 901820", "+4930901820", 49),
            ("+49 30/901820", "+4930901820", 49),
            ("+39 06 698 12345", "+390669812345", 39),
            ("＋４４ ７９１１ １２３４５６", "+447911123456", 44),
            ("+٤٤ ٧٩١١ ١٢٣٤٥٦", "+447911123456", 44),
            ("+44\u{a0}7911‑123456", "+447911123456", 44),
            ("+852 9123 4567", "+85291234567", 852),
        ] {
            let number = PhoneNumber::parse(typed).expect(typed);

            assert_eq!(number.as_str(), expected, "{typed:?}");
            assert_eq!(number.calling_code(), calling_code, "{typed:?}");
            assert!(
                expected.ends_with(number.national_digits()) && number.national_digits().len() >= 8,
                "{typed:?}"
            );
        }
    }

    #[test]
    fn accepts_the_numbers_of_every_region() {
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            let example = PHONE_NUMBER_UTIL.get_example_number(region).unwrap();
            let typed = example.format_as(PhoneNumberFormat::International);
            let expected = example.format_as(PhoneNumberFormat::E164);

            let number = PhoneNumber::parse(&typed);

            let number = number.as_ref().map(PhoneNumber::as_str);
            assert_eq!(number, Ok(expected.as_ref()), "{region:?}");
        }
    }

    #[test]
    fn rejects_texts_that_are_not_valid_numbers() {
        let endless = format!("+1{}", "5".repeat(100));
        for typed in [
            "",
            "+",
            "+1",
            "++14155550100",
            "14155550100",
            "0014155550100",
            "07911 123456",
            "+1 800 FLOWERS",
            "+1 415 555 0100 ext. 12",
            "+1 415 555 0100 x12",
            "+1 415 555 0100;ext=12",
            "+1 415 555 0100#12",
            "tel:+14155550100",
            "+14155550100;phone-context=+44",
            "+15551234567",
            "+1415555010",
            "+141555501000",
            "+999 12345678",
            "+0 4155550100",
            "+44 7911 123456\n+44 7911 123457",
            "+44\u{202e}7911123456",
            "not a number",
            &endless,
        ] {
            assert_eq!(
                PhoneNumber::parse(typed),
                Err(ViolationCode::InvalidPhoneNumber),
                "{typed:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent(typed in r"\+[1-9][0-9 .()-]{6,16}") {
            if let Ok(number) = PhoneNumber::parse(&typed) {
                let again = PhoneNumber::parse(number.as_str());
                prop_assert_eq!(again, Ok(number));
            }
        }

        #[test]
        fn never_panics(typed in any::<String>(), digits in r"\+[\p{N}\p{P}\p{Z}]{0,20}") {
            let _ = PhoneNumber::parse(&typed);
            let _ = PhoneNumber::parse(&format!("+{typed}"));
            let _ = PhoneNumber::parse(&digits);
        }
    }
}
