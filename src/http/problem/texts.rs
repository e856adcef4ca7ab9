//! The sentences for users: one file in `locales/` for each language.

use std::{borrow::Cow, collections::BTreeMap};

use actix_web::http::header::HeaderValue;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use thiserror::Error;

use crate::http::problem::ProblemType;
use crate::registration::{Violation, ViolationCode};

const ENGLISH: &str = include_str!("../../../locales/en.toml");

/// The texts of one language. English is the only one so far.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    language: String,
    problems: BTreeMap<String, ProblemText>,
    violations: BTreeMap<String, Sentence>,
    /// Sentences for one field, in place of the general ones.
    fields: BTreeMap<String, BTreeMap<String, Sentence>>,
}

/// A sentence, and the same sentence as JSON, because most sentences have no parameters.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Sentence {
    text: String,
    json: Box<RawValue>,
}

impl TryFrom<String> for Sentence {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self { json: to_raw_value(&text)?, text })
    }
}

/// The explanation of a problem type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ProblemText {
    pub(in crate::http) title: String,
    pub(in crate::http) meaning: String,
    pub(in crate::http) remedy: String,
}

/// A sentence that is missing or cannot be read.
#[derive(Debug, Error)]
#[error("locales/en.toml: {0}")]
pub struct TextsError(String);

impl Texts {
    /// Reads the English sentences.
    ///
    /// # Errors
    /// If a sentence that may be needed is missing.
    pub fn english() -> Result<Self, TextsError> {
        let texts: Self = toml::from_str(ENGLISH).map_err(|error| TextsError(error.to_string()))?;
        let problems = ProblemType::ALL.iter().map(|kind| kind.name());
        if let Some(missing) = problems.into_iter().find(|name| !texts.problems.contains_key(*name))
        {
            return Err(TextsError(format!("problems.{missing} is missing")));
        }
        let violations = ViolationCode::ALL.iter().map(|code| code.as_str());
        if let Some(missing) =
            violations.into_iter().find(|code| !texts.violations.contains_key(*code))
        {
            return Err(TextsError(format!("violations.{missing} is missing")));
        }
        Ok(texts)
    }

    pub(in crate::http) fn language(&self) -> HeaderValue {
        HeaderValue::from_str(&self.language).unwrap_or_else(|_| HeaderValue::from_static("en"))
    }

    pub(in crate::http) fn title(&self, kind: ProblemType) -> &str {
        self.problems.get(kind.name()).map_or("", |text| &text.title)
    }

    /// Returns the explanation of a problem type, by its name.
    pub(in crate::http) fn problem(&self, name: &str) -> Option<&ProblemText> {
        self.problems.get(name)
    }

    /// Returns the sentence for a violation, as JSON.
    pub(in crate::http) fn detail(&self, violation: &Violation) -> Cow<'_, RawValue> {
        let code = violation.code.as_str();
        let of_field = self.fields.get(&violation.pointer).and_then(|codes| codes.get(code));
        let has_numbers = !violation.params.is_empty();
        // Cognito does not tell its limits, so a sentence without a number is needed.
        let bare = match violation.code {
            ViolationCode::TooShort if !has_numbers => self.violations.get("too_short_bare"),
            _ => None,
        };
        let Some(sentence) = of_field.or(bare).or_else(|| self.violations.get(code)) else {
            return Cow::Borrowed(RawValue::NULL);
        };
        let filled_in = has_numbers.then(|| to_raw_value(&fill_in(&sentence.text, violation)).ok());
        filled_in.flatten().map_or(Cow::Borrowed(&*sentence.json), Cow::Owned)
    }
}

/// Fills in a sentence such as `Use at least {min} characters.`
fn fill_in(text: &str, violation: &Violation) -> String {
    let mut filled = text.to_owned();
    for (name, value) in &violation.params {
        let shown = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
                items.join(", ")
            }
            other => other.to_string(),
        };
        filled = filled.replace(&format!("{{{name}}}"), &shown);
    }
    filled
}
