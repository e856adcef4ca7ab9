//! Rejections by the pre-sign-up trigger. A marker in the trigger's error message selects a trigger
//! code of `registration.trigger_codes`. No response contains the error message itself.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::config::TriggerCode;

/// The start of a marker such as `[vestibule:invite_invalid]` or
/// `[vestibule:invite_invalid@/email]`.
const START: &str = "[vestibule:";

/// A rejection by the pre-sign-up trigger. Cognito reports a crash of the trigger in the same way.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TriggerRejection {
    /// The marker selects a trigger code.
    #[error("the pre-sign-up trigger rejected the form with a code of registration.trigger_codes")]
    Marked(MarkedCode),
    /// The error message has no marker.
    #[error("the pre-sign-up trigger rejected the form without a code, or crashed")]
    Unmarked,
    /// The marker is malformed, occurs more than once, or names a trigger code or field that is not
    /// in the settings.
    #[error(
        "the pre-sign-up trigger rejected the form with a marker that is not in registration.trigger_codes"
    )]
    UnknownMarker,
}

/// A trigger code that a marker selects. All of its values are from the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedCode {
    /// The trigger code.
    pub code: String,
    /// The JSON pointer of the field. The pointer is empty for the whole form.
    pub pointer: String,
    /// The text for the user.
    pub detail: String,
}

impl TriggerRejection {
    /// Reads the error message of a `UserLambdaValidationException` of the pre-sign-up trigger.
    pub(in crate::cognito) fn read(message: &str, allowed: &BTreeMap<String, TriggerCode>) -> Self {
        match message.to_lowercase().matches(START).count() {
            0 => Self::Unmarked,
            1 => marked(message, allowed).map_or(Self::UnknownMarker, Self::Marked),
            // One of several markers may be a value that the user typed.
            _ => Self::UnknownMarker,
        }
    }

    /// Returns the trigger code, or `None` if the marker selects none.
    #[must_use]
    pub fn marked(&self) -> Option<&MarkedCode> {
        match self {
            Self::Marked(marked) => Some(marked),
            Self::Unmarked | Self::UnknownMarker => None,
        }
    }

    /// Returns the name for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Marked(_) => "marked",
            Self::Unmarked => "unmarked",
            Self::UnknownMarker => "unknown_marker",
        }
    }

    /// Returns `true` if the trigger may be defective.
    pub(super) fn is_warning(&self) -> bool {
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
    fn a_marker_selects_only_allowed_trigger_codes_and_fields() {
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

            let read = TriggerRejection::read(&message, &allowed);

            let result = match read.marked() {
                Some(marked) => format!("{} {} {}", read.kind(), marked.code, marked.pointer),
                None => read.kind().to_owned(),
            };
            assert_eq!(result, expected, "{text}");
            assert!(text.is_empty() || !read.to_string().contains(text), "{read}");
        }
    }
}
