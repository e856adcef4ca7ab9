//! Phone numbers.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use crate::registration::violation::ViolationCode;

/// How many characters somebody may type for a number.
const MAX_TYPED: usize = 64;

/// How many digits a number may have (E.164, and Cognito).
const MAX_DIGITS: usize = 15;

/// A phone number that can exist, as E.164: `+` and at most 15 digits.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct PhoneNumber {
    canonical: String,
    calling_code: u16,
}

impl PhoneNumber {
    /// Reads a number as people type it: with `+` and its calling code, and with spaces,
    /// dots, dashes, slashes and parentheses as they like.
    ///
    /// # Errors
    /// `invalid_phone_number` where no such number can exist.
    pub fn parse(typed: &str) -> Result<Self, ViolationCode> {
        let number = read(typed).ok_or(ViolationCode::InvalidPhoneNumber)?;
        // Numbers that would change when read again would be two numbers in one.
        if number.canonical != typed && read(&number.canonical).as_ref() != Some(&number) {
            return Err(ViolationCode::InvalidPhoneNumber);
        }
        Ok(number)
    }

    /// Gets the tables ready, which takes a while, so that no caller waits for it.
    pub(in crate::registration) fn warm_up() {
        let _ = read("+14155550100");
    }

    /// The number as E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.canonical
    }

    /// The calling code, such as 44.
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.calling_code
    }

    /// The digits after the calling code.
    #[must_use]
    pub fn national_digits(&self) -> &str {
        let code_digits = self.calling_code.checked_ilog10().unwrap_or(0) as usize + 1;
        self.canonical.get(1 + code_digits..).unwrap_or_default()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PhoneNumber(..)")
    }
}

fn read(typed: &str) -> Option<PhoneNumber> {
    let typed = typed.trim();
    if typed.len() > MAX_TYPED || !typed.strip_prefix(['+', '＋'])?.chars().all(is_expected) {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(typed, None).ok()?;
    if number.extension.is_some() || !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return None;
    }
    let canonical = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    let digits = canonical.strip_prefix('+')?;
    let is_canonical = digits.len() <= MAX_DIGITS
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let calling_code = u16::try_from(number.country_code).ok()?;
    is_canonical.then_some(PhoneNumber { canonical, calling_code })
}

/// Digits of any script, and what people put between them. Letters stay out, and with them
/// extensions and numbers that are spelt as words.
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
    fn brings_numbers_into_one_form() {
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
    fn takes_the_numbers_of_every_region() {
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
    fn refuses_what_cannot_be_called() {
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
        fn is_the_same_when_read_twice(typed in r"\+[1-9][0-9 .()-]{6,16}") {
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
