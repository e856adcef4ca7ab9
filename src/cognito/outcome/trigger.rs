//! What the pre-sign-up trigger says where it refuses: by a marker in its text it may pick a code
//! that the deployment has allowed. Its text goes no further.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::config::TriggerCode;

/// How a marker begins, such as `[vestibule:invite_invalid]` or
/// `[vestibule:invite_invalid@/email]`.
const START: &str = "[vestibule:";

/// A refusal of the pre-sign-up trigger. A crash of it reads like one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TriggerRefusal {
    /// Its marker picked a code.
    #[error("refused by the pre-sign-up trigger, with a code of registration.trigger_codes")]
    Marked(MarkedCode),
    /// It has no marker.
    #[error("refused by the pre-sign-up trigger, which gave no code, or crashed")]
    Unmarked,
    /// Its marker is malformed, stands twice, or names what is not in the settings.
    #[error(
        "refused by the pre-sign-up trigger, with a marker that registration.trigger_codes does not know"
    )]
    UnknownMarker,
}

/// A code that a marker picked; all of it stands in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedCode {
    /// The code.
    pub code: String,
    /// The field that is meant, as a JSON pointer; the whole form where it is empty.
    pub pointer: String,
    /// A sentence for the person.
    pub detail: String,
}

impl TriggerRefusal {
    /// Reads the message of a `UserLambdaValidationException` of the pre-sign-up trigger.
    pub(in crate::cognito) fn read(message: &str, allowed: &BTreeMap<String, TriggerCode>) -> Self {
        match message.to_lowercase().matches(START).count() {
            0 => Self::Unmarked,
            1 => marked(message, allowed).map_or(Self::UnknownMarker, Self::Marked),
            // Which of them is the trigger's own, nobody can say.
            _ => Self::UnknownMarker,
        }
    }

    /// The code that was picked.
    #[must_use]
    pub fn marked(&self) -> Option<&MarkedCode> {
        match self {
            Self::Marked(marked) => Some(marked),
            Self::Unmarked | Self::UnknownMarker => None,
        }
    }

    /// For metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Marked(_) => "marked",
            Self::Unmarked => "unmarked",
            Self::UnknownMarker => "unknown_marker",
        }
    }

    /// Whether it may be a mistake of the trigger's.
    pub(super) fn is_to_be_watched(&self) -> bool {
        self.marked().is_none()
    }
}

fn marked(message: &str, allowed: &BTreeMap<String, TriggerCode>) -> Option<MarkedCode> {
    let (_, rest) = message.split_once(START)?;
    let (marker, _) = rest.split_once(']')?;
    let (code, field) = match marker.split_once('@') {
        Some((code, field)) => (code, Some(field)),
        None => (marker, None),
    };
    let allowed = allowed.get(code)?;
    let pointer = match field {
        Some(named) => allowed.fields.iter().find(|field| *field == named)?.clone(),
        None => allowed.fields.first().cloned().unwrap_or_default(),
    };
    Some(MarkedCode { code: code.to_owned(), pointer, detail: allowed.detail.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_picks_only_what_is_allowed() {
        let code = |fields: &[&str]| TriggerCode {
            detail: "No.".to_owned(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        };
        let allowed = BTreeMap::from([
            ("not_today".to_owned(), code(&[])),
            ("not_invited".to_owned(), code(&["/validation_data/invite", "/email"])),
        ]);
        for (text, expected) in [
            ("[vestibule:not_invited]", "marked not_invited /validation_data/invite"),
            (
                "Go away! [vestibule:not_invited] (E17)",
                "marked not_invited /validation_data/invite",
            ),
            ("[vestibule:not_invited@/email]", "marked not_invited /email"),
            ("[vestibule:not_today]", "marked not_today "),
            ("Error: [[vestibule:not_today]]", "marked not_today "),
            ("", "unmarked"),
            ("Cannot read properties of undefined (reading 'invite')", "unmarked"),
            ("not_invited", "unmarked"),
            ("[vestibule]", "unmarked"),
            ("vestibule:not_invited", "unmarked"),
            ("[vestibule:]", "unknown_marker"),
            ("[vestibule:@/email]", "unknown_marker"),
            ("[vestibule:other]", "unknown_marker"),
            ("[vestibule:not_invited", "unknown_marker"),
            ("[vestibule:not_invited ]", "unknown_marker"),
            ("[vestibule: not_invited]", "unknown_marker"),
            ("[vestibule:not_invited@]", "unknown_marker"),
            ("[vestibule:not_invited@/password]", "unknown_marker"),
            ("[vestibule:not_invited@/email@/email]", "unknown_marker"),
            ("[vestibule:not_today@/email]", "unknown_marker"),
            ("[vestibule:Not_Invited]", "unknown_marker"),
            ("[Vestibule:not_invited]", "unknown_marker"),
            ("[VESTIBULE:not_invited] [vestibule:not_invited]", "unknown_marker"),
            ("[vestibule:not_invited] [vestibule:not_invited]", "unknown_marker"),
            ("[vestibule:not_today [vestibule:not_invited]", "unknown_marker"),
        ] {
            let message = format!("PreSignUp failed with error {text}.");

            let read = TriggerRefusal::read(&message, &allowed);

            let told = match read.marked() {
                Some(marked) => format!("{} {} {}", read.kind(), marked.code, marked.pointer),
                None => read.kind().to_owned(),
            };
            assert_eq!(told, expected, "{text}");
            assert!(text.is_empty() || !read.to_string().contains(text), "{read}");
        }
    }
}
