//! Arbitrary settings.

use proptest::{collection::btree_map, option, prelude::*, sample::select};

use super::super::super::tests::settings as with;
use crate::config::{
    AttributeFormat, AttributeRule, ConsentDocument, DomainCheck, PasswordPolicy, Presence,
    Registration, TriggerMetadata, UsernameMode,
};

pub(super) const ATTRIBUTES: [&str; 8] = [
    "given_name",
    "birthdate",
    "locale",
    "zoneinfo",
    "website",
    "updated_at",
    "custom:plan",
    "custom:a~/b",
];

pub(super) const KEYS: [&str; 3] = ["campaign", "a/b", "invite"];

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

const PATTERNS: [&str; 13] = [
    "[A-Z]+|[0-9]+",
    "^[A-Za-z]{2}.*$",
    r"\d{2,4}",
    r"(?i)ada|grace|europe/paris",
    r"\w+( \w+)*",
    r"[\p{L} '-]*",
    " *[a-z]+ *",
    "[^x]{1,7}",
    "(?s).*a.*",
    r"\bAda\b",
    "19.*",
    "de|en-.*",
    "",
];

/// Returns options of a format. Some options violate other form rules.
fn options(format: AttributeFormat) -> &'static [&'static str] {
    match format {
        AttributeFormat::Text => &["free", "team", " free", "a.b*c", "", "Zoë"],
        AttributeFormat::Address => &["1 High St\nLondon", "a\tb"],
        AttributeFormat::Name => &["Ada", "Grace Hopper", "O'Hara", "Zoë"],
        AttributeFormat::Birthdate => &["1815-12-10", "1952-02-29", "1999-12-31"],
        AttributeFormat::Locale => &["de", "en-GB", "zh_hant_tw", "de-u-co-phonebk"],
        AttributeFormat::Zoneinfo => &["Europe/Paris", "Etc/GMT+1", "UTC"],
        AttributeFormat::Url => &["https://example.com/", "https://example.com/ada"],
        AttributeFormat::PhoneNumber => &["+14155550100", "+447911123456"],
        AttributeFormat::Email => &["ada@example.com", "ada@xn--mnchen-3ya.example"],
        AttributeFormat::Number => &["0", "42", "-7"],
    }
}

fn standard_format(name: &str) -> AttributeFormat {
    crate::registration::fields::formats::default_format(name)
}

prop_compose! {
    fn any_rule()(
        required in prop::bool::weighted(0.3),
        min_length in option::weighted(0.3, 0_usize..7),
        more in option::weighted(0.3, select(vec![0_usize, 1, 4, 12, 40, 2047, 3000])),
        pattern in option::weighted(0.3, select(&PATTERNS[..])),
        format in option::weighted(0.5, select(&FORMATS[..])),
        options in option::weighted(0.25, 1_usize..5),
    ) -> (AttributeRule, usize) {
        let rule = AttributeRule {
            required,
            min_length,
            max_length: more.map(|more| min_length.unwrap_or(0) + more),
            pattern: pattern.map(ToOwned::to_owned),
            one_of: Vec::new(),
            format,
            ..AttributeRule::default()
        };
        (rule, options.unwrap_or(0))
    }
}

fn named((name, (mut rule, count)): (&str, (AttributeRule, usize))) -> (String, AttributeRule) {
    let mut options = options(rule.format.unwrap_or_else(|| standard_format(name))).to_vec();
    // The service rejects birthdates before 1900.
    options.retain(|option| *option != "1815-12-10");
    rule.one_of = options.into_iter().take(count).map(ToOwned::to_owned).collect();
    (name.to_owned(), rule)
}

fn any_presence() -> impl Strategy<Value = Presence> {
    select(vec![Presence::Auto, Presence::Required, Presence::Optional, Presence::Off])
}

prop_compose! {
    fn any_password_policy()(
        required in any::<bool>(),
        min_length in select(vec![6_usize, 8, 12, 99]),
        needs in any::<[bool; 4]>(),
    ) -> PasswordPolicy {
        PasswordPolicy {
            required,
            min_length,
            require_uppercase: needs[0],
            require_lowercase: needs[1],
            require_number: needs[2],
            require_symbol: needs[3],
        }
    }
}

fn any_trigger_metadata() -> impl Strategy<Value = TriggerMetadata> {
    let keys = proptest::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len());
    keys.prop_map(|keys| {
        let allow = keys.into_iter().map(ToOwned::to_owned).collect();
        TriggerMetadata { allow, fill: std::collections::BTreeMap::new() }
    })
}

fn any_document() -> impl Strategy<Value = ConsentDocument> {
    (any::<bool>(), select(vec!["2026-10", "3", " ü\n"])).prop_map(|(required, version)| {
        ConsentDocument { version: version.to_owned(), required, ..ConsentDocument::default() }
    })
}

prop_compose! {
    pub(super) fn any_settings()(
        mode in select(vec![
            UsernameMode::Email,
            UsernameMode::Phone,
            UsernameMode::Chosen,
            UsernameMode::Generated,
        ]),
        email in any_presence(),
        phone_number in any_presence(),
        password in any_password_policy(),
        attributes in btree_map(select(&ATTRIBUTES[..]), any_rule(), 0..4),
        client_metadata in any_trigger_metadata(),
        validation_data in any_trigger_metadata(),
        consents in btree_map("terms|privacy", any_document(), 0..3),
        domains in any::<[bool; 3]>(),
        default_country in option::weighted(0.3, select(vec!["GB", "US", "AR"])),
        urls_in_names in any::<bool>(),
    ) -> Registration {
        let mut settings = Registration {
            username: mode,
            email,
            phone_number,
            password,
            attributes: attributes.into_iter().map(named).collect(),
            client_metadata,
            validation_data,
            consents,
            default_country: default_country.map(ToOwned::to_owned),
            urls_in_names,
            ..with("")
        };
        let check = |is_on| if is_on { DomainCheck::Reject } else { DomainCheck::Off };
        settings.email_domains.misspelled = check(domains[0]);
        settings.email_domains.disposable = check(domains[1]);
        if domains[2] {
            settings.email_domains.block = vec!["blocked.example.com".to_owned()];
        }
        let both_are_off = settings.email_presence() == Presence::Off
            && settings.phone_number_presence() == Presence::Off;
        if mode == UsernameMode::Generated && both_are_off {
            settings.email = Presence::Auto;
        }
        settings
    }
}
