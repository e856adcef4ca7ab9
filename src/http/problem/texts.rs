//! The sentences for users, in Project Fluent: one file in `locales/` for each language.

use std::{borrow::Cow, collections::HashMap};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde_json::value::{RawValue, Value, to_raw_value};

use crate::config::UsernameMode;
use crate::http::problem::ProblemType;
use crate::registration::{Violation, ViolationCode};

const ENGLISH: &str = include_str!("../../../locales/en.ftl");

type Bundle = FluentBundle<FluentResource>;

/// The texts of one language. English is the only one so far.
pub struct Texts {
    bundle: Bundle,
    /// By the number of the problem type.
    problems: Vec<ProblemText>,
    /// By the number of the code.
    violations: Vec<Sentences>,
}

/// The explanation of a problem type.
pub(in crate::http) struct ProblemText {
    pub(in crate::http) title: String,
    pub(in crate::http) meaning: String,
    pub(in crate::http) remedy: String,
}

/// The sentences of a code by the pointer of the field, with `""` for the general one. They are
/// JSON already, because most have no arguments. `None` is a sentence with arguments.
type Sentences = HashMap<String, Option<Box<RawValue>>>;

impl Texts {
    /// Reads the English sentences. Unit tests check that they are complete. `mode` decides how they
    /// call the name of an account.
    #[must_use]
    pub fn english(mode: UsernameMode) -> Self {
        let resource = FluentResource::try_new(ENGLISH.to_owned());
        let resource = resource.unwrap_or_else(|(readable, _)| readable);
        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap_or_default()]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        let problems = ProblemType::ALL.iter().map(|kind| problem_text(&bundle, *kind)).collect();
        let violations =
            ViolationCode::ALL.iter().map(|code| sentences(&bundle, *code, mode)).collect();
        Self { bundle, problems, violations }
    }

    pub(in crate::http) fn language(&self) -> &'static str {
        "en"
    }

    pub(in crate::http) fn problem(&self, kind: ProblemType) -> &ProblemText {
        &self.problems[kind as usize]
    }

    /// Returns the title of a problem, with the time of `Retry-After` if there is one.
    pub(in crate::http) fn title(
        &self,
        kind: ProblemType,
        retry_after: Option<u64>,
    ) -> Cow<'_, str> {
        let title = &self.problem(kind).title;
        let Some(seconds) = retry_after else { return title.into() };
        let message = self.bundle.get_message(&problem_id(kind));
        let Some(attribute) = message.and_then(|message| message.get_attribute("title")) else {
            return title.into();
        };
        let (unit, count) = rounded(seconds);
        let mut arguments = FluentArgs::new();
        arguments.set("unit", unit);
        arguments.set("count", count);
        self.bundle.format_pattern(attribute.value(), Some(&arguments), &mut Vec::new())
    }

    /// Returns the sentence for a violation, as JSON.
    pub(in crate::http) fn detail(&self, violation: &Violation) -> Cow<'_, RawValue> {
        let sentences = &self.violations[violation.code as usize];
        match sentences.get(&violation.pointer).or_else(|| sentences.get("")) {
            Some(Some(json)) if !violation.params.contains_key("suggestion") => Cow::Borrowed(json),
            _ => self.format(violation).map_or(Cow::Borrowed(RawValue::NULL), Cow::Owned),
        }
    }

    /// Formats a sentence with the parameters of a violation.
    fn format(&self, violation: &Violation) -> Option<Box<RawValue>> {
        let id = message_id(violation.code);
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

fn problem_text(bundle: &Bundle, kind: ProblemType) -> ProblemText {
    let message = bundle.get_message(&problem_id(kind));
    let text = |name: &str| {
        let pattern = message.as_ref()?.get_attribute(name)?.value();
        Some(bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    };
    ProblemText {
        title: text("title").unwrap_or_default(),
        meaning: text("meaning").unwrap_or_default(),
        remedy: text("remedy").unwrap_or_default(),
    }
}

fn problem_id(kind: ProblemType) -> String {
    format!("problem-{}", kind.name())
}

/// Returns a time in a unit of the catalogue, rounded up.
fn rounded(seconds: u64) -> (&'static str, u64) {
    match seconds {
        7200.. | 3600 => ("hour", seconds.div_ceil(3600)),
        120.. | 60 => ("minute", seconds.div_ceil(60)),
        _ => ("second", seconds),
    }
}

/// Formats the sentences of a code that have no arguments.
fn sentences(bundle: &Bundle, code: ViolationCode, mode: UsernameMode) -> Sentences {
    let Some(message) = bundle.get_message(&message_id(code)) else { return Sentences::new() };
    let fields = message
        .attributes()
        .map(|attribute| (format!("/{}", attribute.id().replacen('-', "/", 1)), attribute.value()));
    let general = message.value().map(|pattern| (String::new(), pattern));
    let all = fields.chain(general).map(|(pointer, pattern)| {
        let mut missing = Vec::new();
        let text = bundle.format_pattern(pattern, None, &mut missing);
        (pointer, missing.is_empty().then(|| to_raw_value(&text).ok()).flatten())
    });
    let mut all: Sentences = all.collect();
    let of_username = match mode {
        UsernameMode::Email => all.remove("/username/email"),
        UsernameMode::Phone => all.remove("/username/phone_number"),
        UsernameMode::Chosen | UsernameMode::Generated => None,
    };
    if let Some(sentence) = of_username {
        all.insert("/username".to_owned(), sentence);
    }
    all
}

fn message_id(code: ViolationCode) -> String {
    format!("violation-{}", code.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the parameters of each code, from the table of the API reference.
    fn documented_params() -> HashMap<&'static str, Vec<&'static str>> {
        let rows =
            include_str!("../../../docs/api.md").lines().filter(|line| line.starts_with("| `"));
        let names = |cell: &'static str| cell.split('`').skip(1).step_by(2);
        let rows = rows.map(|row| row.split('|').skip(1).collect::<Vec<_>>());
        rows.flat_map(|cells| names(cells[0]).map(move |code| (code, names(cells[1]).collect())))
            .collect()
    }

    #[test]
    fn the_catalogue_is_readable_and_has_no_message_twice() {
        let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap();

        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap()]);
        assert_eq!(bundle.add_resource(resource), Ok(()));
    }

    #[test]
    fn every_problem_type_has_its_texts() {
        let texts = Texts::english(UsernameMode::Email);

        for kind in ProblemType::ALL.iter().copied() {
            let message = texts.bundle.get_message(&format!("problem-{}", kind.name())).unwrap();
            let mut wait = FluentArgs::new();
            wait.set("unit", "second");
            wait.set("count", 2);
            for (name, arguments) in [("title", Some(&wait)), ("meaning", None), ("remedy", None)] {
                let pattern = message.get_attribute(name).unwrap().value();
                let mut errors = Vec::new();
                texts.bundle.format_pattern(pattern, arguments, &mut errors);
                assert_eq!(errors, [], "{} {name}", kind.name());
            }
        }
    }

    #[test]
    fn every_code_has_a_sentence_with_documented_arguments() {
        let texts = Texts::english(UsernameMode::Email);
        let params = documented_params();

        for code in ViolationCode::ALL.iter().map(|code| code.as_str()) {
            let arguments: FluentArgs<'_> = params[code].iter().map(|name| (*name, 2)).collect();
            let message = texts.bundle.get_message(&format!("violation-{code}")).unwrap();
            let fields = message.attributes().map(|attribute| attribute.value());
            for pattern in fields.chain([message.value().unwrap()]) {
                let mut errors = Vec::new();
                texts.bundle.format_pattern(pattern, Some(&arguments), &mut errors);
                assert_eq!(errors, [], "{code}");
            }
        }
    }

    #[test]
    fn fills_in_the_parameters_of_a_violation() {
        use ViolationCode::{
            InvalidFormat, InvalidJson, NotAnOption, Required, TooLong, TooShort, UnknownField,
            WrongType,
        };
        let texts = Texts::english(UsernameMode::Email);

        let nickname = |code| Violation::new(&["attributes", "nickname"], code);
        let options = ["small", "large"].as_slice();
        for (violation, expected) in [
            (nickname(Required), "Please fill this in."),
            (Violation::new(&["email"], Required), "Enter your email address."),
            (Violation::new(&["attributes", "name"], Required), "Tell us your name."),
            (nickname(TooShort), "Use more characters."),
            (nickname(TooShort).with("min", 1), "Use at least 1 character."),
            (nickname(TooShort).with("min", 8), "Use at least 8 characters."),
            (nickname(TooLong).with("max", 2048), "Use at most 2048 characters."),
            (nickname(NotAnOption).with("options", options), "Choose one of these: small, large."),
            (nickname(WrongType).with("expected", "string"), "This must be text."),
            (nickname(UnknownField), "There is no such field."),
            (
                nickname(UnknownField).with("suggestion", "/phone_number"),
                "There is no such field. Did you mean /phone_number?",
            ),
            (
                Violation::new(&[], InvalidJson).with("line", 3).with("column", 1024),
                "The form is not valid JSON at line 3, column 1024.",
            ),
            (nickname(InvalidFormat), "This does not look right. Please check it."),
            (
                Violation::new(&["code"], InvalidFormat).with("length", 6),
                "Enter the code with its 6 digits.",
            ),
            (nickname(WrongType).with("expected", "object"), "This must be a JSON object."),
        ] {
            let detail: String = serde_json::from_str(texts.detail(&violation).get()).unwrap();
            assert_eq!(detail, expected);
        }
    }
    #[test]
    fn a_title_names_the_wait() {
        let texts = Texts::english(UsernameMode::Email);

        for (seconds, expected) in [
            (None, "later"),
            (Some(1), "in one second"),
            (Some(59), "in 59 seconds"),
            (Some(60), "in one minute"),
            (Some(61), "in 61 seconds"),
            (Some(120), "in 2 minutes"),
            (Some(700), "in 12 minutes"),
            (Some(3599), "in 60 minutes"),
            (Some(3600), "in one hour"),
            (Some(3601), "in 61 minutes"),
            (Some(7201), "in 3 hours"),
        ] {
            for kind in [
                ProblemType::RequestInProgress,
                ProblemType::TooManyRequests,
                ProblemType::TooManyAttempts,
                ProblemType::Busy,
                ProblemType::Unavailable,
                ProblemType::DeliveryFailed,
            ] {
                let title = texts.title(kind, seconds);
                let expected = format!(" Please try again {expected}.");
                assert!(title.ends_with(&expected), "{title}");
            }
        }
    }

    #[test]
    fn does_not_ask_to_try_a_request_again_that_fails_again() {
        let texts = Texts::english(UsernameMode::Email);

        for kind in [
            ProblemType::InvalidIdempotencyKey,
            ProblemType::IdempotencyKeyReused,
            ProblemType::UnsupportedMediaType,
        ] {
            let title = texts.title(kind, None);
            assert!(!title.contains("try again"), "{title}");
        }
    }

    #[test]
    fn calls_the_name_of_an_account_what_it_is() {
        for (mode, name) in [
            (UsernameMode::Email, "email address"),
            (UsernameMode::Phone, "phone number"),
            (UsernameMode::Chosen, "user name"),
            (UsernameMode::Generated, "user name"),
        ] {
            let texts = Texts::english(mode);
            for code in [ViolationCode::Required, ViolationCode::LimitExceeded] {
                let detail = texts.detail(&Violation::new(&["username"], code)).into_owned();
                assert!(detail.get().contains(name), "{mode:?} {code:?}: {detail}");
            }
        }
    }
}
