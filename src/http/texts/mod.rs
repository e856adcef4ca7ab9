//! The texts for users, in Project Fluent: one file in `locales/` for each language.

mod catalogue;
mod languages;
mod overrides;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use fluent_bundle::{FluentArgs, FluentValue};
use serde_json::value::{RawValue, Value, to_raw_value};
use unic_langid::{CharacterDirection, LanguageIdentifier};

use crate::config::UsernameMode;
use crate::http::problem::ProblemType;
use crate::registration::{Violation, ViolationCode};

use self::catalogue::Bundle;

pub use self::languages::Languages;

/// The texts of one language.
pub(in crate::http) struct Texts {
    tag: LanguageIdentifier,
    language: String,
    bundle: Bundle,
    /// The titles without a time, by the number of the problem type.
    problems: Vec<String>,
    /// The titles with a time, by problem type, unit and count. These titles are few, because the
    /// service rounds times. Formatting a title takes longer than the rest of a rejection.
    timed_problems: RwLock<HashMap<(ProblemType, &'static str, u64), String>>,
    /// The texts of each violation code, by its number.
    violations: Vec<FieldTexts>,
}

/// The texts of a violation code by the pointer of the field, with `""` for the general text. The
/// texts are JSON already, because most texts have no arguments. `None` stands for a text with
/// arguments.
type FieldTexts = HashMap<String, Option<Box<RawValue>>>;

impl Texts {
    /// Formats the texts of a bundle. `mode` decides how the texts call the name of an account.
    fn new(tag: LanguageIdentifier, bundle: Bundle, mode: UsernameMode) -> Self {
        let problems = ProblemType::ALL.iter().map(|kind| {
            let title = format(&bundle, &problem_id(*kind), None);
            title.unwrap_or_default()
        });
        let violations = ViolationCode::ALL.iter().map(|code| field_texts(&bundle, *code, mode));
        Self {
            language: tag.to_string(),
            problems: problems.collect(),
            timed_problems: RwLock::default(),
            violations: violations.collect(),
            tag,
            bundle,
        }
    }

    /// Returns the language as a BCP 47 tag.
    pub(in crate::http) fn language(&self) -> &str {
        &self.language
    }

    /// Returns the value of the HTML attribute `dir`.
    pub(in crate::http) fn direction(&self) -> &'static str {
        match self.tag.character_direction() {
            CharacterDirection::RTL => "rtl",
            CharacterDirection::LTR | CharacterDirection::TTB => "ltr",
        }
    }

    /// Returns a text, or `None` if the text does not exist or needs an argument.
    pub(in crate::http) fn get(&self, id: &str) -> Option<String> {
        let text = format(&self.bundle, id, None)?;
        (!text.contains("{$")).then_some(text)
    }

    /// Returns the texts of the page, of problems and of violations, with their ids. Omits texts
    /// that need an argument. The policy contains those whose arguments follow from the settings.
    pub(in crate::http) fn of_form(&self) -> impl Iterator<Item = (String, String)> {
        let problems = ProblemType::ALL.iter().map(|kind| problem_id(*kind));
        let violations = ViolationCode::ALL.iter().map(|code| violation_id(*code));
        let ids = catalogue::page_ids().chain(problems).chain(violations);
        ids.filter_map(|id| Some((id.clone(), self.get(&id)?)))
    }

    /// Returns the title of a problem. If the text names a time and `retry_after` is set, the title
    /// contains the time.
    pub(in crate::http) fn title(
        &self,
        kind: ProblemType,
        retry_after: Option<u64>,
    ) -> Cow<'_, str> {
        let timed = retry_after.and_then(|seconds| self.timed_title(kind, seconds));
        timed.map_or_else(|| Cow::Borrowed(self.problems[kind as usize].as_str()), Cow::Owned)
    }

    fn timed_title(&self, kind: ProblemType, seconds: u64) -> Option<String> {
        let (unit, count) = rounded(seconds);
        let key = (kind, unit, count);
        let known = self.timed_problems.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(title) = known.get(&key) {
            return Some(title.clone());
        }
        drop(known);
        let mut arguments = FluentArgs::new();
        arguments.set("unit", unit);
        arguments.set("count", count);
        let title = format(&self.bundle, &problem_id(kind), Some(&arguments))?;
        let mut known = self.timed_problems.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, title.clone());
        Some(title)
    }

    /// Returns the text for a violation, as JSON.
    pub(in crate::http) fn detail(&self, violation: &Violation) -> Cow<'_, RawValue> {
        let texts = &self.violations[violation.code as usize];
        match texts.get(&violation.pointer).or_else(|| texts.get("")) {
            Some(Some(json)) if !violation.params.contains_key("suggestion") => Cow::Borrowed(json),
            _ => self.format(violation).map_or(Cow::Borrowed(RawValue::NULL), Cow::Owned),
        }
    }

    /// Returns the text for a violation, or `None` if the text needs a parameter that is missing.
    pub(in crate::http) fn complete_detail(&self, violation: &Violation) -> Option<Value> {
        let detail: Value = serde_json::from_str(self.detail(violation).get()).ok()?;
        (!detail.as_str()?.contains("{$")).then_some(detail)
    }

    /// Formats a text with the parameters of a violation.
    fn format(&self, violation: &Violation) -> Option<Box<RawValue>> {
        let id = violation_id(violation.code);
        let with_suggestion = violation
            .params
            .contains_key("suggestion")
            .then(|| self.bundle.get_message(&format!("{id}-suggestion")));
        let message = with_suggestion.flatten().or_else(|| self.bundle.get_message(&id))?;
        let field = violation.pointer.trim_start_matches('/').replace('/', "-");
        let of_field = message.get_attribute(&field).map(|attribute| attribute.value());
        let arguments = violation.params.iter().map(|(name, value)| (*name, argument(value)));
        let arguments: FluentArgs<'_> = arguments.collect();
        // A missing argument selects the default variant.
        let mut errors = Vec::new();
        let pattern = of_field.or_else(|| message.value())?;
        to_raw_value(&self.bundle.format_pattern(pattern, Some(&arguments), &mut errors)).ok()
    }
}

/// Returns the part of an id that names a field, an option or a document: letters, digits, `_` and
/// `-`.
pub(in crate::http) fn id_part(name: &str) -> String {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.chars().map(|character| if is_allowed(character) { character } else { '-' }).collect()
}

fn format(bundle: &Bundle, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
    let message = bundle.get_message(id)?;
    // A missing argument selects the default variant.
    let text = bundle.format_pattern(message.value()?, arguments, &mut Vec::new());
    Some(text.into_owned())
}

fn problem_id(kind: ProblemType) -> String {
    format!("problem-{}", kind.name())
}

fn violation_id(code: ViolationCode) -> String {
    format!("violation-{}", code.as_str())
}

/// Returns the unit and the count of a time, as the texts name it. Rounds long times up.
fn rounded(seconds: u64) -> (&'static str, u64) {
    match seconds {
        7200.. | 3600 => ("hour", seconds.div_ceil(3600)),
        120.. | 60 => ("minute", seconds.div_ceil(60)),
        _ => ("second", seconds),
    }
}

/// Returns the texts of a violation code. Formats the texts without arguments.
fn field_texts(bundle: &Bundle, code: ViolationCode, mode: UsernameMode) -> FieldTexts {
    let Some(message) = bundle.get_message(&violation_id(code)) else { return FieldTexts::new() };
    let fields = message
        .attributes()
        .map(|attribute| (format!("/{}", attribute.id().replacen('-', "/", 1)), attribute.value()));
    let general = message.value().map(|pattern| (String::new(), pattern));
    let all = fields.chain(general).map(|(pointer, pattern)| {
        let mut missing = Vec::new();
        let text = bundle.format_pattern(pattern, None, &mut missing);
        (pointer, missing.is_empty().then(|| to_raw_value(&text).ok()).flatten())
    });
    let mut all: FieldTexts = all.collect();
    let of_username = match mode {
        UsernameMode::Email => all.remove("/username/email"),
        UsernameMode::Phone => all.remove("/username/phone_number"),
        UsernameMode::Chosen | UsernameMode::Generated => None,
    };
    if let Some(text) = of_username {
        all.insert("/username".to_owned(), text);
    }
    all
}

fn argument(value: &Value) -> FluentValue<'_> {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(", ").into()
        }
        other => other.as_f64().into(),
    }
}
