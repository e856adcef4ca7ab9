//! The attributes that callers may set.

use std::collections::BTreeMap;

use regex::Regex;

use crate::{
    config::{AttributeFormat, AttributeRule},
    registration::{
        fields::formats,
        forms::entries::{Entries, MAX_VALUE},
        mistakes::Mistakes,
        rules_error::whole_value,
        violation::{Violation, ViolationCode},
    },
};

/// The rules for one attribute.
#[derive(Debug)]
pub(in crate::registration) struct AttributeRules {
    pub(in crate::registration) required: bool,
    pub(in crate::registration) min_length: usize,
    pub(in crate::registration) max_length: usize,
    pub(in crate::registration) pattern: Option<Regex>,
    pub(in crate::registration) one_of: Vec<String>,
    pub(in crate::registration) format: AttributeFormat,
}

impl AttributeRules {
    /// Makes a rule ready, or says why it can never be met.
    pub(in crate::registration) fn new(name: &str, rule: &AttributeRule) -> Result<Self, String> {
        let format = rule.format.unwrap_or_else(|| formats::of_standard(name));
        let rules = Self {
            required: rule.required,
            min_length: rule.min_length.unwrap_or(0),
            max_length: rule.max_length.unwrap_or(MAX_VALUE).min(MAX_VALUE),
            pattern: rule.pattern.as_deref().map(whole_value).transpose()?,
            // Values are compared in their canonical form, so options have it, too.
            one_of: rule
                .one_of
                .iter()
                .map(|option| {
                    formats::canonical(format, option.clone())
                        .map_err(|_| format!("one_of: `{option}` has not the attribute's format"))
                })
                .collect::<Result<_, _>>()?,
            format,
        };
        if rules.min_length > rules.max_length {
            return Err("min_length is more than max_length".to_owned());
        }
        Ok(rules)
    }

    /// What is wrong with a canonical value, each rule on its own.
    pub(in crate::registration) fn judge(
        &self,
        value: &str,
        path: &[&str],
        mistakes: &mut Mistakes,
    ) {
        let length = value.chars().count();
        if length < self.min_length {
            let mistake = Violation::new(path, ViolationCode::TooShort);
            mistakes.push(mistake.with("min", self.min_length));
        }
        if length > self.max_length {
            let mistake = Violation::new(path, ViolationCode::TooLong);
            mistakes.push(mistake.with("max", self.max_length));
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(value)
        {
            mistakes.add(path, ViolationCode::InvalidFormat);
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|option| option == value) {
            let mistake = Violation::new(path, ViolationCode::NotAnOption);
            mistakes.push(mistake.with("options", self.one_of.clone()));
        }
    }
}

/// The attributes in their canonical form, in the order of their names.
pub(in crate::registration) fn check(
    sent: Entries,
    rules: &BTreeMap<String, AttributeRules>,
    mistakes: &mut Mistakes,
) -> Vec<(String, String)> {
    if mistakes.any_at(&["attributes"]) {
        return Vec::new();
    }
    let mut sent = sent.0;
    let mut attributes = Vec::with_capacity(sent.len());
    for (name, rules) in rules {
        let path = ["attributes", name.as_str()];
        if mistakes.any_at(&path) {
            sent.remove(name);
            continue;
        }
        // As with all fields, an empty text is an input that nobody touched.
        let given = sent.remove_entry(name).filter(|(_, value)| !value.trim().is_empty());
        let Some((name, value)) = given else {
            if rules.required {
                mistakes.add(&path, ViolationCode::Required);
            }
            continue;
        };
        match formats::canonical(rules.format, value) {
            Ok(value) => {
                rules.judge(&value, &path, mistakes);
                attributes.push((name, value));
            }
            Err(code) => mistakes.add(&path, code),
        }
    }
    for unknown in sent.keys() {
        mistakes.add_once(&["attributes", unknown], ViolationCode::NotAllowed);
    }
    attributes
}
