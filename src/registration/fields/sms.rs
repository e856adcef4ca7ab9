//! The form rule for phone numbers that may receive messages. It limits SMS pumping: attackers
//! earn from codes that the pool sends to their own numbers.

use std::collections::BTreeSet;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType, Region};

use crate::{
    config::{Limits, LimitsMode, SmsNumbers},
    registration::{
        fields::phone::{self, PhoneNumber},
        violation::ViolationCode,
    },
};

#[derive(Debug)]
pub(in crate::registration) struct SmsRule {
    mode: LimitsMode,
    allowed: Allowed,
    numbers: SmsNumbers,
}

#[derive(Debug)]
enum Allowed {
    All,
    Only { regions: Vec<Region>, calling_codes: BTreeSet<u16> },
}

impl SmsRule {
    /// Compiles the settings. The error names the entry that is neither a country nor a calling
    /// code.
    pub(in crate::registration) fn new(settings: &Limits) -> Result<Self, String> {
        let mut regions = Vec::new();
        let mut calling_codes = BTreeSet::new();
        let mut allows_all = false;
        for entry in &settings.sms.allow {
            match entry.strip_prefix('+') {
                None if entry == "*" => allows_all = true,
                None => regions.push(region(entry)?),
                Some(digits) => {
                    calling_codes.insert(calling_code(digits)?);
                }
            }
        }
        let allowed =
            if allows_all { Allowed::All } else { Allowed::Only { regions, calling_codes } };
        Ok(Self { mode: settings.sms_mode(), allowed, numbers: settings.sms.numbers })
    }

    pub(in crate::registration) fn is_enforced(&self) -> bool {
        self.mode == LimitsMode::Enforce
    }

    /// Checks a number. Returns `None` if the number satisfies the form rule, or if it is off.
    pub(in crate::registration) fn violation(&self, number: &PhoneNumber) -> Option<ViolationCode> {
        if self.mode == LimitsMode::Off {
            return None;
        }
        let Ok(parsed) = PHONE_NUMBER_UTIL.parse(number.as_str(), None) else {
            // This error cannot occur, because `PhoneNumber` parsed the number before.
            return Some(ViolationCode::PhoneNumberNotMobile);
        };
        if let Allowed::Only { regions, calling_codes } = &self.allowed
            && !calling_codes.contains(&number.calling_code())
        {
            let region = PHONE_NUMBER_UTIL.get_region_for_number(&parsed);
            if region.is_none_or(|region| !regions.contains(&region)) {
                return Some(ViolationCode::CallingCodeNotAllowed);
            }
        }
        let is_accepted = match self.numbers {
            SmsNumbers::Any => true,
            SmsNumbers::Mobile => match PHONE_NUMBER_UTIL.get_number_type(&parsed) {
                PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => true,
                PhoneNumberType::FixedLine => may_be_mobile(number),
                _ => false,
            },
        };
        (!is_accepted).then_some(ViolationCode::PhoneNumberNotMobile)
    }

    /// Returns the calling codes that numbers may have. Returns `None` if the service accepts all
    /// calling codes.
    pub(in crate::registration) fn calling_codes(&self) -> Option<Vec<u16>> {
        let Allowed::Only { regions, calling_codes } = &self.allowed else { return None };
        let of_regions = regions.iter().filter_map(|region| phone::calling_code(*region));
        let all: BTreeSet<u16> = calling_codes.iter().copied().chain(of_regions).collect();
        self.is_enforced().then(|| all.into_iter().collect())
    }

    pub(in crate::registration) fn codes(&self) -> Vec<ViolationCode> {
        if !self.is_enforced() {
            return Vec::new();
        }
        let code = matches!(self.allowed, Allowed::Only { .. })
            .then_some(ViolationCode::CallingCodeNotAllowed);
        let kind =
            (self.numbers == SmsNumbers::Mobile).then_some(ViolationCode::PhoneNumberNotMobile);
        code.into_iter().chain(kind).collect()
    }
}

impl Default for SmsRule {
    fn default() -> Self {
        Self { mode: LimitsMode::Off, allowed: Allowed::All, numbers: SmsNumbers::Any }
    }
}

/// Returns `true` for a number that is a mobile number with the mobile prefix of its country, such
/// as the 9 in Argentina. Many users omit the prefix.
fn may_be_mobile(number: &PhoneNumber) -> bool {
    let (code, digits) = (number.calling_code(), number.national_digits());
    let prefix = PHONE_NUMBER_UTIL.get_country_mobile_token(code.into());
    prefix.is_some_and(|prefix| {
        let with_prefix = PHONE_NUMBER_UTIL.parse(format!("+{code}{prefix}{digits}"), None);
        with_prefix.is_ok_and(|number| {
            PHONE_NUMBER_UTIL.get_number_type(&number) == PhoneNumberType::Mobile
        })
    })
}

fn region(entry: &str) -> Result<Region, String> {
    phone::country(entry).ok_or_else(|| format!("limits.sms.allow: `{entry}` is neither a country with phone numbers nor a calling code. Use a country such as \"GB\", or a calling code such as \"+44\"."))
}

fn calling_code(digits: &str) -> Result<u16, String> {
    let code: Option<u16> = digits.parse().ok().filter(|code: &u16| code.to_string() == digits);
    let is_known = |code: &u16| {
        PHONE_NUMBER_UTIL.get_supported_calling_codes().any(|known| known == i32::from(*code))
    };
    code.filter(is_known).ok_or_else(|| {
        format!("limits.sms.allow: `+{digits}` is not a calling code. Use a calling code such as \"+44\".")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(allow: &[&str], numbers: SmsNumbers) -> Result<SmsRule, String> {
        let defaults: toml::Table = toml::from_str(crate::config::DEFAULT).unwrap();
        let mut settings: Limits = defaults["limits"].clone().try_into().unwrap();
        settings.sms.allow = allow.iter().map(|&entry| entry.to_owned()).collect();
        settings.sms.numbers = numbers;
        SmsRule::new(&settings)
    }

    #[test]
    fn accepts_mobile_numbers_of_the_allowed_countries() {
        let (code, kind) =
            (ViolationCode::CallingCodeNotAllowed, ViolationCode::PhoneNumberNotMobile);
        for (allow, number, expected) in [
            (&["GB"][..], "+447400123456", None),
            (&["GB"], "+449012345678", Some(kind)),
            (&["GB"], "+442079460018", Some(kind)),
            (&["GB"], "+448001111000", Some(kind)),
            (&["GB"], "+447700300000", Some(code)),
            (&["+44"], "+447700300000", None),
            (&["GB"], "+447911123456", Some(code)),
            (&["GG"], "+447911123456", None),
            (&["de"], "+4915112345678", None),
            (&["DE"], "+4930901820", Some(kind)),
            (&["DE", "US"], "+14155550100", None),
            (&["US"], "+18002345678", Some(kind)),
            (&["US"], "+19002345678", Some(kind)),
            (&["US"], "+15062345678", Some(code)),
            (&["+1"], "+15062345678", None),
            (&["US"], "+447400123456", Some(code)),
            (&["FR", "+39"], "+393123456789", None),
            (&["*"], "+447400123456", None),
            (&["*"], "+979123456789", Some(kind)),
            (&["AR"], "+5491123456789", None),
            (&["AR"], "+541123456789", None),
            (&["AR"], "+543514234567", None),
            (&["AR"], "+548001234567", Some(kind)),
            (&["MX"], "+525512345678", None),
            (&["MX"], "+5215512345678", None),
            (&["BR"], "+551123456789", Some(kind)),
            (&["+882"], "+447400123456", Some(code)),
            (&[], "+447400123456", Some(code)),
            (&[], "+14155550100", Some(code)),
        ] {
            let rule = rule(allow, SmsNumbers::Mobile).unwrap();

            let number = PhoneNumber::parse(number).expect(number);
            assert_eq!(rule.violation(&number), expected, "{allow:?} {}", number.as_str());
        }
    }

    #[test]
    fn accepts_every_type_of_number_if_configured() {
        let rule = rule(&["GB"], SmsNumbers::Any).unwrap();

        for number in ["+447400123456", "+449012345678", "+442079460018"] {
            assert_eq!(rule.violation(&PhoneNumber::parse(number).unwrap()), None, "{number}");
        }
        let german = PhoneNumber::parse("+4915112345678").unwrap();
        assert_eq!(rule.violation(&german), Some(ViolationCode::CallingCodeNotAllowed));
    }

    #[test]
    fn returns_the_allowed_calling_codes() {
        for (allow, expected) in [
            (&["US", "CA", "GB", "+49", "+1"][..], Some(vec![1, 44, 49])),
            (&[], Some(Vec::new())),
            (&["*"], None),
            (&["GB", "*"], None),
        ] {
            let rule = rule(allow, SmsNumbers::Mobile).unwrap();

            assert_eq!(rule.calling_codes(), expected, "{allow:?}");
        }
    }

    #[test]
    fn accepts_every_calling_code_and_rejects_other_entries() {
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            let code = phone::calling_code(region).unwrap();
            assert!(rule(&[&format!("+{code}")], SmsNumbers::Any).is_ok(), "{region:?}");
        }
        for entry in ["", "UK", "XX", "001", "GBR", "44", "+", "+0", "+044", "+999", "+ 44", "**"] {
            let error = rule(&[entry], SmsNumbers::Any).unwrap_err();

            assert!(error.starts_with(&format!("limits.sms.allow: `{entry}`")), "{error}");
        }
    }
}
