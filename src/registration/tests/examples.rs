//! The examples in the texts for users.

use std::{fs, path::Path};

use regex::Regex;

use crate::{
    config::AttributeFormat,
    registration::{fields::formats::normalise, violation::ViolationCode},
};

/// Returns the values in a text that look like an example of the text's format.
fn examples(code: ViolationCode, catalogue: &str) -> Vec<String> {
    let pattern = match code {
        ViolationCode::InvalidPhoneNumber => r"\+[0-9][0-9 ]*[0-9]",
        ViolationCode::InvalidEmail => r"[\w.+-]+@[\w.-]+\w",
        ViolationCode::InvalidBirthdate => r"\d{4}-\d{2}-\d{2}",
        ViolationCode::InvalidLocale => r"\b(?:en|[a-z]{2}-[A-Z]{2})\b",
        ViolationCode::InvalidZoneinfo => r"[A-Z]\w+/\w+",
        ViolationCode::InvalidUrl => r"https?://[\w./-]+\w",
        _ => return Vec::new(),
    };
    let id = format!("violation-{} =", code.as_str());
    let line = catalogue.lines().find_map(|line| line.strip_prefix(&id)).unwrap_or_default();
    let found = Regex::new(pattern).unwrap();
    found.find_iter(line).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn the_form_rules_accept_every_example_of_every_language() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| !file.ends_with("developers.ftl")) {
        let catalogue = fs::read_to_string(&file).unwrap();
        for (code, format) in [
            (ViolationCode::InvalidPhoneNumber, AttributeFormat::PhoneNumber),
            (ViolationCode::InvalidEmail, AttributeFormat::Email),
            (ViolationCode::InvalidBirthdate, AttributeFormat::Birthdate),
            (ViolationCode::InvalidLocale, AttributeFormat::Locale),
            (ViolationCode::InvalidZoneinfo, AttributeFormat::Zoneinfo),
            (ViolationCode::InvalidUrl, AttributeFormat::Url),
        ] {
            let examples = examples(code, &catalogue);

            assert!(!examples.is_empty(), "{file:?}: {code:?} has no example");
            for example in examples {
                let result = normalise(format, None, example.clone());
                assert!(result.is_ok(), "{file:?}: {example}: {result:?}");
            }
        }
    }
}
