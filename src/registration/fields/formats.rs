use icu_locale_core::Locale;
use jiff::{Timestamp, civil::Date, tz::TimeZone, tz::TimeZoneDatabase};
use rlibphonenumber::Region;
use url::{Host, Url};

use crate::{
    config::AttributeFormat,
    registration::{
        fields::{
            email::Email,
            phone::PhoneNumber,
            text::{check_characters, has_control, trim},
        },
        forms::string_map::{MAX_VALUE, is_longer_than},
        violation::ViolationCode,
    },
};

/// Returns the default format of an attribute.
pub(in crate::registration) fn default_format(name: &str) -> AttributeFormat {
    AttributeFormat::of_standard_attribute(name).unwrap_or(AttributeFormat::Text)
}

/// Normalises a value. Keeps values of the formats `text` and `address` unchanged. Removes white
/// space and invisible characters around the values of all other formats. Reads phone numbers
/// without `+` as numbers of `country`.
pub(in crate::registration) fn normalise(
    format: AttributeFormat,
    country: Option<Region>,
    value: String,
) -> Result<String, ViolationCode> {
    match format {
        AttributeFormat::Text if has_control(&value) => Err(ViolationCode::ControlCharacter),
        AttributeFormat::Address if has_control(&value.replace(['\n', '\r', '\t'], "")) => {
            Err(ViolationCode::ControlCharacter)
        }
        AttributeFormat::Text | AttributeFormat::Address => Ok(value),
        AttributeFormat::Name => {
            let name = trim(&value);
            check_characters(name)?;
            Ok(name.to_owned())
        }
        AttributeFormat::Birthdate => birthdate(trim(&value), today()),
        AttributeFormat::Locale => locale(trim(&value)),
        AttributeFormat::Zoneinfo => zoneinfo(trim(&value)),
        AttributeFormat::Url => url(trim(&value)),
        AttributeFormat::PhoneNumber => {
            PhoneNumber::parse_in(country, &value).map(|number| number.as_str().to_owned())
        }
        AttributeFormat::Email => Email::parse(&value).map(|email| email.as_str().to_owned()),
        AttributeFormat::Number => trim(&value)
            .parse()
            .map(|number: i64| number.to_string())
            .map_err(|_| ViolationCode::InvalidNumber),
    }
}

/// Returns the current date in the time zone that is furthest ahead of UTC. A birthdate cannot be
/// later than this date.
fn today() -> Date {
    let furthest = jiff::tz::Offset::constant(14);
    Timestamp::now().to_zoned(TimeZone::fixed(furthest)).date()
}

/// Accepts `YYYY-MM-DD` from 1900 until today.
fn birthdate(value: &str, today: Date) -> Result<String, ViolationCode> {
    let is_valid = day(value).is_some_and(|day| day.year() >= 1900 && day <= today);
    is_valid.then(|| value.to_owned()).ok_or(ViolationCode::InvalidBirthdate)
}

fn day(text: &str) -> Option<Date> {
    let [year, month, day] = [text.get(..4)?, text.get(5..7)?, text.get(8..)?];
    let has_format = text.len() == 10
        && text.get(4..5) == Some("-")
        && text.get(7..8) == Some("-")
        && [year, month, day].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !has_format {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Normalises a BCP 47 tag. The underscores that OIDC allows become hyphens.
fn locale(value: &str) -> Result<String, ViolationCode> {
    let tag = value.replace('_', "-");
    match Locale::try_from_str(&tag) {
        // BCP 47 allows longer language subtags, such as `english`, but none is registered.
        Ok(locale) if locale.id.language.as_str().len() <= 3 => Ok(locale.to_string()),
        _ => Err(ViolationCode::InvalidLocale),
    }
}

/// Accepts an exact name of the IANA time zone database that is part of the binary.
fn zoneinfo(value: &str) -> Result<String, ViolationCode> {
    let is_name =
        TimeZoneDatabase::bundled().get(value).is_ok_and(|zone| zone.iana_name() == Some(value));
    is_name.then(|| value.to_owned()).ok_or(ViolationCode::InvalidZoneinfo)
}

/// Normalises a public http or https URL. The URL has no user name and no password, and its host is
/// an IP address or has a dot.
fn url(value: &str) -> Result<String, ViolationCode> {
    check_characters(value).map_err(|_| ViolationCode::InvalidUrl)?;
    let url = Url::parse(value).map_err(|_| ViolationCode::InvalidUrl)?;
    let has_public_host = match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').contains('.'),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    let is_public = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && has_public_host
        && !is_longer_than(url.as_str(), MAX_VALUE);
    is_public.then(|| String::from(url)).ok_or(ViolationCode::InvalidUrl)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [AttributeFormat; 10] = [
        AttributeFormat::Text,
        AttributeFormat::Address,
        AttributeFormat::Name,
        AttributeFormat::Birthdate,
        AttributeFormat::Locale,
        AttributeFormat::Zoneinfo,
        AttributeFormat::Url,
        AttributeFormat::PhoneNumber,
        AttributeFormat::Email,
        AttributeFormat::Number,
    ];

    #[test]
    fn normalises_values() {
        for (format, typed, expected) in [
            (AttributeFormat::Text, " as typed ", " as typed "),
            (AttributeFormat::Address, "1 High St\r\n\tLondon\n", "1 High St\r\n\tLondon\n"),
            (AttributeFormat::Name, " Ada King-Noël ", "Ada King-Noël"),
            (AttributeFormat::Name, "\u{feff}\u{202b} Ada\u{200d}King\u{200b} ", "Ada\u{200d}King"),
            (AttributeFormat::Birthdate, "\u{feff}1952-02-29\u{200b}", "1952-02-29"),
            (AttributeFormat::Birthdate, " 1952-02-29 ", "1952-02-29"),
            (AttributeFormat::Locale, "DE_de", "de-DE"),
            (AttributeFormat::Locale, "zh-hant-tw", "zh-Hant-TW"),
            (AttributeFormat::Locale, "en", "en"),
            (AttributeFormat::Zoneinfo, "Europe/Paris", "Europe/Paris"),
            (AttributeFormat::Zoneinfo, "UTC", "UTC"),
            (AttributeFormat::Url, " HTTPS://Example.com/Ada ", "https://example.com/Ada"),
            (AttributeFormat::Url, "http://192.0.2.1:8080/", "http://192.0.2.1:8080/"),
            (AttributeFormat::PhoneNumber, "+44 7911 123456", "+447911123456"),
            (AttributeFormat::Email, "Ada@Example.com", "ada@example.com"),
            (AttributeFormat::Number, " 0042 ", "42"),
            (AttributeFormat::Number, "-7", "-7"),
        ] {
            let value = normalise(format, None, typed.to_owned());

            assert_eq!(value.as_deref(), Ok(expected), "{format:?} {typed:?}");
        }
    }

    #[test]
    fn rejects_values_of_another_format() {
        for (format, expected, values) in [
            (AttributeFormat::Text, ViolationCode::ControlCharacter, &["a\u{7}", "a\nb"][..]),
            (AttributeFormat::Address, ViolationCode::ControlCharacter, &["a\u{b}", "a\u{2028}b"]),
            (AttributeFormat::Name, ViolationCode::ControlCharacter, &["a\nb", "a\tb"]),
            (
                AttributeFormat::Name,
                ViolationCode::DirectionCharacter,
                &["a\u{202e}b", "a\u{200f}b", "a\u{2066}b\u{2069}c"],
            ),
            (
                AttributeFormat::Birthdate,
                ViolationCode::InvalidBirthdate,
                &[
                    "1951-02-29",
                    "1899-12-31",
                    "9999-01-01",
                    "10.12.1815",
                    "2001-1-01x",
                    "20010101",
                    "2001-+1-01",
                ],
            ),
            (
                AttributeFormat::Locale,
                ViolationCode::InvalidLocale,
                &["english", "en_US.UTF-8", "e"],
            ),
            (
                AttributeFormat::Zoneinfo,
                ViolationCode::InvalidZoneinfo,
                &["europe/paris", "Europe/Atlantis", "../../etc/passwd"],
            ),
            (
                AttributeFormat::Url,
                ViolationCode::InvalidUrl,
                &[
                    "example.com",
                    "javascript:alert(1)",
                    "ftp://example.com",
                    "https://localhost/",
                    "https://ada:pw@example.com/",
                    "https://exa\tmple.com/",
                ],
            ),
            (AttributeFormat::PhoneNumber, ViolationCode::InvalidPhoneNumber, &["12"]),
            (AttributeFormat::Email, ViolationCode::InvalidEmail, &["ada"]),
            (
                AttributeFormat::Number,
                ViolationCode::InvalidNumber,
                &["1.5", "99999999999999999999"],
            ),
        ] {
            for typed in values {
                let value = normalise(format, None, (*typed).to_owned());

                assert_eq!(value, Err(expected), "{format:?} {typed:?}");
            }
        }
    }

    #[test]
    fn accepts_today_as_birthdate() {
        let today = Date::constant(2026, 10, 1);

        assert!(birthdate("2026-10-01", today).is_ok());
        assert!(birthdate("2026-10-02", today).is_err());
    }

    proptest! {
        #[test]
        fn normalisation_is_idempotent(typed in any::<String>(), likely in r"[a-z]{2,3}[_-][A-Z]{2}|https?://[a-zü]{1,5}\.[a-z]{2}/\PC{0,9}|-?[0-9]{1,20}|[12][0-9]{3}-[01][0-9]-[0-3][0-9]") {
            for format in FORMATS {
                for text in [&typed, &likely] {
                    if let Ok(value) = normalise(format, None, text.clone()) {
                        let again = normalise(format, None, value.clone());
                        prop_assert_eq!(again, Ok(value), "{:?}", format);
                    }
                }
            }
        }
    }
}
