use std::collections::BTreeMap;

use regex::Regex;
use rlibphonenumber::Region;

use crate::{
    config::{AttributeFormat, AttributeRule},
    registration::{
        fields::{formats, text::trim, urls::contains_url},
        forms::string_map::{MAX_VALUE, StringMap},
        rules_error::whole_value,
        violation::{Violation, ViolationCode},
        violations::Violations,
    },
};

#[derive(Debug)]
pub(in crate::registration) struct AttributeRules {
    pub(in crate::registration) required: bool,
    pub(in crate::registration) min_length: usize,
    pub(in crate::registration) max_length: usize,
    pub(in crate::registration) pattern: Option<Regex>,
    pub(in crate::registration) one_of: Vec<String>,
    pub(in crate::registration) format: AttributeFormat,
    /// The country of phone numbers without `+`.
    pub(in crate::registration) country: Option<Region>,
    pub(in crate::registration) rejects_urls: bool,
}

impl AttributeRules {
    /// Compiles a form rule. Returns the reason if the form rule is not valid.
    pub(in crate::registration) fn new(
        name: &str,
        rule: &AttributeRule,
        country: Option<Region>,
        names_have_urls: bool,
    ) -> Result<Self, String> {
        let format = rule.format.unwrap_or_else(|| formats::default_format(name));
        let rules = Self {
            required: rule.required,
            min_length: rule.min_length.unwrap_or(0),
            max_length: rule.max_length.unwrap_or(format.default_max_length()).min(MAX_VALUE),
            pattern: rule.pattern.as_deref().map(whole_value).transpose()?,
            // Normalises options like the values of forms. Otherwise, no value would equal an
            // option that is not normalised.
            one_of: rule
                .one_of
                .iter()
                .map(|option| {
                    formats::normalise(format, country, option.clone()).map_err(|_| {
                        format!(
                            "one_of: `{option}` does not have the attribute's format. Correct the option."
                        )
                    })
                })
                .collect::<Result<_, _>>()?,
            format,
            country,
            rejects_urls: format == AttributeFormat::Name
                && !names_have_urls
                && rule.one_of.is_empty(),
        };
        if rules.min_length > rules.max_length {
            return Err(format!(
                "min_length is more than the maximum length of {}. Reduce min_length, or set a larger max_length of at most {MAX_VALUE}.",
                rules.max_length
            ));
        }
        Ok(rules)
    }

    pub(in crate::registration) fn check(
        &self,
        value: &str,
        path: &[&str],
        violations: &mut Violations,
    ) {
        let length = value.chars().count();
        if length < self.min_length {
            let violation = Violation::new(path, ViolationCode::TooShort);
            violations.push(violation.with("min", self.min_length));
        }
        if length > self.max_length {
            let violation = Violation::new(path, ViolationCode::TooLong);
            violations.push(violation.with("max", self.max_length));
        }
        if self.rejects_urls && contains_url(value) {
            violations.add(path, ViolationCode::ContainsUrl);
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(value)
        {
            violations.add(path, ViolationCode::InvalidFormat);
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|option| option == value) {
            let violation = Violation::new(path, ViolationCode::NotAnOption);
            violations.push(violation.with("options", self.one_of.clone()));
        }
    }
}

pub(in crate::registration) fn check(
    sent: StringMap,
    rules: &BTreeMap<String, AttributeRules>,
    violations: &mut Violations,
) -> Vec<(String, String)> {
    if violations.any_at(&["attributes"]) {
        return Vec::new();
    }
    let mut sent = sent.0;
    let mut attributes = Vec::with_capacity(sent.len());
    for (name, rules) in rules {
        let path = ["attributes", name.as_str()];
        if violations.any_at(&path) {
            sent.remove(name);
            continue;
        }
        // Front ends send an empty string for an empty input.
        let given = sent.remove_entry(name).filter(|(_, value)| !trim(value).is_empty());
        let Some((name, value)) = given else {
            if rules.required {
                violations.add(&path, ViolationCode::Required);
            }
            continue;
        };
        match formats::normalise(rules.format, rules.country, value) {
            Ok(value) => {
                rules.check(&value, &path, violations);
                attributes.push((name, value));
            }
            Err(code) => violations.add(&path, code),
        }
    }
    for unknown in sent.keys() {
        violations.add_once(&["attributes", unknown], ViolationCode::NotAllowed);
    }
    attributes
}
