use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::registration::violation::ViolationCode;

/// One rule of an input. A violation has the code of the rule.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Rule {
    /// The code of a violation.
    pub(super) code: ViolationCode,
    /// The parameters of the text for users, such as `min`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) params: BTreeMap<&'static str, Value>,
    /// A pattern that matches the values that satisfy the rule. `None` if the rule has no pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
}

impl Rule {
    pub(super) fn with(code: ViolationCode, name: &'static str, param: impl Into<Value>) -> Self {
        Self { params: BTreeMap::from([(name, param.into())]), ..Self::from(code) }
    }

    pub(super) fn matching(code: ViolationCode, pattern: impl Into<String>) -> Self {
        Self { pattern: Some(pattern.into()), ..Self::from(code) }
    }
}

impl From<ViolationCode> for Rule {
    fn from(code: ViolationCode) -> Self {
        Self { code, params: BTreeMap::new(), pattern: None }
    }
}
