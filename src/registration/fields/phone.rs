use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use crate::registration::{
    fields::text::{is_dash, visible},
    violation::ViolationCode,
};

const MAX_TYPED: usize = 64;

/// The maximum number of digits in E.164 and in Cognito.
const MAX_DIGITS: usize = 15;

/// The calling code of Mexico.
const MEXICO: i32 = 52;

/// The mobile prefix of Mexico until 2019: a 1 before the ten digits. Many users still write the 1.
const MEXICAN_MOBILE: u64 = 10_000_000_000;

/// A valid phone number in E.164 format: `+` and at most 15 digits.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct PhoneNumber {
    e164: String,
    calling_code: u16,
}

impl PhoneNumber {
    /// Parses a number as users type it: with `+` and the calling code, and optionally with spaces,
    /// dots, dashes, slashes and parentheses. Removes invisible characters.
    ///
    /// # Errors
    /// Returns `invalid_phone_number` if the number is not valid.
    pub fn parse(typed: &str) -> Result<Self, ViolationCode> {
        Self::parse_in(None, typed)
    }

    /// Parses a number. With a country, also accepts the national format without `+`.
    pub(in crate::registration) fn parse_in(
        country: Option<Region>,
        typed: &str,
    ) -> Result<Self, ViolationCode> {
        let number = parse(country, typed).ok_or(ViolationCode::InvalidPhoneNumber)?;
        // A number is ambiguous if the library parses its E.164 format differently.
        if number.e164 != typed && parse(None, &number.e164).as_ref() != Some(&number) {
            return Err(ViolationCode::InvalidPhoneNumber);
        }
        Ok(number)
    }

    /// Loads the tables before the first request needs them.
    pub(in crate::registration) fn warm_up() {
        let _ = parse(None, "+14155550100");
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

/// Returns the country of an ISO 3166 code. Returns `None` if the code is unknown, or if the
/// country has no phone numbers.
pub(in crate::registration) fn country(code: &str) -> Option<Region> {
    Region::from_code(code).ok().filter(|country| calling_code(*country).is_some())
}

pub(in crate::registration) fn calling_code(country: Region) -> Option<u16> {
    u16::try_from(PHONE_NUMBER_UTIL.get_country_code_for_region(country)?).ok()
}

/// Parses a number. Without a country, the library accepts only numbers with a `+`.
fn parse(country: Option<Region>, typed: &str) -> Option<PhoneNumber> {
    let typed = visible(typed);
    let typed = typed.trim();
    let digits = typed.strip_prefix(['+', '＋']).unwrap_or(typed);
    if typed.len() > MAX_TYPED || !digits.chars().all(is_expected) {
        return None;
    }
    let mut number = PHONE_NUMBER_UTIL.parse(typed, country).ok()?;
    if number.country_code == MEXICO && number.national_number / MEXICAN_MOBILE == 1 {
        number.national_number -= MEXICAN_MOBILE;
    }
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

/// Returns `true` for digits of any script and for separators. Returns `false` for letters. The
/// service therefore rejects extensions, and numbers in words.
fn is_expected(character: char) -> bool {
    match character {
        '0'..='9' | ' ' | '.' | '/' | '(' | ')' | '（' | '）' | '．' | '／' => true,
        _ if is_dash(character) => true,
        _ if character.is_ascii() => false,
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
            ("+52 1 55 1234 5678", "+525512345678", 52),
            ("\u{feff}+44\u{200b}7911\u{fe0f}123456\u{200e}", "+447911123456", 44),
            ("\u{202a}+44 7911 123456\u{202c}", "+447911123456", 44),
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
    fn rejects_values_that_are_not_valid_numbers() {
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

    #[test]
    fn accepts_numbers_of_the_default_country_without_a_calling_code() {
        for (country_code, typed, expected) in [
            ("GB", "07911 123456", Some("+447911123456")),
            ("GB", "(07911) 123456\u{200b}", Some("+447911123456")),
            ("GB", "447911123456", Some("+447911123456")),
            ("GB", "00 1 415 555 0100", Some("+14155550100")),
            ("GB", "+1 415 555 0100", Some("+14155550100")),
            ("US", "(415) 555-0100", Some("+14155550100")),
            ("US", "415 555 01000", None),
            ("US", "07911 123456", None),
            ("GB", "ada", None),
            ("GB", "", None),
        ] {
            let number = PhoneNumber::parse_in(country(country_code), typed);

            let number = number.as_ref().ok().map(PhoneNumber::as_str);
            assert_eq!(number, expected, "{country_code} {typed:?}");
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
