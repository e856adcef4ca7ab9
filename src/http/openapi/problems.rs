//! The one table of where each type of problem is met, and what it says besides.

use serde_json::{Map, Value, json};

use crate::http::openapi::{operation::Operation, schemas::reference};
use crate::{
    http::problem::{Problem, ProblemType, body, texts::Texts},
    registration::Violation,
};

/// What operations have in common with others, or for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Every operation.
    Everywhere,
    /// The forms that are posted.
    Forms,
    /// `POST /register`.
    Register,
    /// `POST /register/confirm`.
    Confirm,
    /// `POST /register/resend`.
    Resend,
    /// `GET /register/challenge`.
    Challenge,
    /// `GET /problems/{name}`.
    Explain,
}

/// Whether a problem lists mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errors {
    Never,
    Sometimes,
    Always,
}

struct Row {
    places: &'static [Place],
    errors: Errors,
    says_when_to_retry: bool,
}

fn row(kind: ProblemType) -> Row {
    let (places, errors, says_when_to_retry): (&[Place], _, _) = match kind {
        ProblemType::HeadersTooLarge | ProblemType::Internal => {
            (&[Place::Everywhere], Errors::Never, false)
        }
        ProblemType::NotFound => (&[Place::Challenge, Place::Explain], Errors::Never, false),
        // A method that a path does not have is no operation of that path.
        ProblemType::MethodNotAllowed => (&[], Errors::Never, false),
        ProblemType::UnreadableBody => (&[Place::Forms], Errors::Sometimes, false),
        ProblemType::BodyTooLarge
        | ProblemType::UnsupportedMediaType
        | ProblemType::InvalidIdempotencyKey
        | ProblemType::IdempotencyKeyReused
        | ProblemType::Rejected
        | ProblemType::Blocked
        | ProblemType::CrossSite => (&[Place::Forms], Errors::Never, false),
        ProblemType::InvalidRegistration => (&[Place::Forms], Errors::Always, false),
        ProblemType::RequestInProgress
        | ProblemType::Unavailable
        | ProblemType::Misconfigured
        | ProblemType::HookFailed
        | ProblemType::UpstreamFailed
        | ProblemType::UpstreamTimeout => (&[Place::Forms], Errors::Never, true),
        ProblemType::TooManyRequests | ProblemType::Busy => {
            (&[Place::Forms, Place::Challenge], Errors::Never, true)
        }
        ProblemType::RegistrationRejected => (&[Place::Register], Errors::Sometimes, false),
        ProblemType::ProofRequired | ProblemType::NotHuman | ProblemType::SignUpClosed => {
            (&[Place::Register], Errors::Never, false)
        }
        ProblemType::AccountExists => {
            (&[Place::Register, Place::Confirm], Errors::Sometimes, false)
        }
        ProblemType::InvalidCode
        | ProblemType::ExpiredCode
        | ProblemType::ConfirmationUncertain => (&[Place::Confirm], Errors::Never, false),
        ProblemType::TooManyAttempts => (&[Place::Confirm, Place::Resend], Errors::Never, true),
        ProblemType::DeliveryFailed => (&[Place::Resend], Errors::Never, true),
    };
    Row { places, errors, says_when_to_retry }
}

/// The problems that an operation can end with.
pub(super) fn of(operation: &Operation) -> impl Iterator<Item = ProblemType> {
    ProblemType::ALL
        .into_iter()
        .filter(|kind| row(*kind).places.iter().any(|place| operation.places.contains(place)))
}

/// Whether a problem is answered with `Retry-After`.
pub(super) fn says_when_to_retry(kind: ProblemType) -> bool {
    row(kind).says_when_to_retry
}

/// What a problem means and what to do about it.
pub(super) fn meaning(kind: ProblemType, texts: &Texts) -> String {
    texts
        .problem(kind.name())
        .map_or_else(String::new, |text| format!("{} {}", text.meaning, text.remedy))
}

/// The name of a problem's schema: `account-exists` is `AccountExistsProblem`.
pub(super) fn schema_name(kind: ProblemType) -> String {
    let words = kind.name().split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    words.chain(["Problem".to_owned()]).collect()
}

/// The schema of one type of problem: that of all, narrowed.
pub(super) fn schema(kind: ProblemType, texts: &Texts) -> Value {
    let status = kind.status().as_u16();
    let mut schema = json!({
        "description": meaning(kind, texts),
        "allOf": [reference("Problem")],
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": kind.uri()},
            "status": {"type": "integer", "const": status},
            "code": {"type": "string", "const": kind.code()},
        },
        "required": ["type", "status", "code"],
    });
    let errors = row(kind).errors;
    if errors != Errors::Never {
        let mut mistake = reference("Mistake");
        // A trigger picks from what the deployment allows.
        if kind != ProblemType::RegistrationRejected {
            mistake["properties"] = json!({"code": reference("MistakeCode")});
        }
        schema["properties"]["errors"] = json!({"type": "array", "items": mistake, "minItems": 1});
    }
    if errors == Errors::Always {
        schema["required"] = json!(["type", "status", "code", "errors"]);
    }
    schema
}

/// The schema of any problem, told apart by their codes.
pub(super) fn any() -> Value {
    let mapping: Map<String, Value> = ProblemType::ALL
        .iter()
        .map(|kind| {
            let pointer = format!("#/components/schemas/{}", schema_name(*kind));
            (kind.code().to_owned(), pointer.into())
        })
        .collect();
    json!({
        "description": "Every type of problem that there is.",
        "oneOf": ProblemType::ALL.map(|kind| reference(&schema_name(kind))),
        "discriminator": {"propertyName": "code", "mapping": mapping},
    })
}

/// An example of each problem, by its code.
pub(super) fn examples(texts: &Texts) -> Map<String, Value> {
    ProblemType::ALL
        .into_iter()
        .filter(|kind| row(*kind).errors != Errors::Always)
        .map(|kind| (kind.code().to_owned(), example(kind, Vec::new(), texts)))
        .collect()
}

/// A problem as it is answered.
pub(super) fn example(kind: ProblemType, mistakes: Vec<Violation>, texts: &Texts) -> Value {
    let problem = Problem { violations: mistakes.into(), ..Problem::from(kind) };
    let answered = body(&problem, texts, "bc740053-97d2-4fc3-9a65-836f080c71f6");
    // What was written here can be read.
    let value: Value = serde_json::from_str(&answered).unwrap_or_default();
    json!({"summary": texts.title(kind), "value": value})
}
