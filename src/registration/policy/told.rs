//! What a front end is told of one value.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{super::violation::ViolationCode, patterns};

/// One rule, by the code that a form which breaks it is told.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "PolicyRule")]
pub(super) struct Rule {
    /// The code of a mistake.
    pub(super) code: ViolationCode,
    /// The numbers and texts that belong to the code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) params: BTreeMap<&'static str, Value>,
    /// What values that keep the rule match, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
}

impl Rule {
    pub(super) fn with(code: ViolationCode, name: &'static str, param: impl Into<Value>) -> Self {
        Self { params: BTreeMap::from([(name, param.into())]), ..Self::from(code) }
    }

    pub(super) fn matching(code: ViolationCode, pattern: String) -> Self {
        Self { pattern: Some(pattern), ..Self::from(code) }
    }
}

impl From<ViolationCode> for Rule {
    fn from(code: ViolationCode) -> Self {
        Self { code, params: BTreeMap::new(), pattern: None }
    }
}

/// A rule that the schema cannot say, so that only the service can tell whether it is kept.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "RuleBeyondSchema")]
pub(super) struct Beyond {
    /// Where the value stands in the body of `POST /register` (RFC 6901).
    pub(super) pointer: String,
    #[serde(flatten)]
    pub(super) rule: Rule,
    /// The values that may break it though the schema takes them; any, where this is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Value>,
}

/// What a front end is told of one value that was filled in: it is taken where one of the
/// choices takes it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) choices: Vec<Choice>,
    pub(super) rules: Vec<Rule>,
    /// The rules that any value may break although the schema takes it.
    pub(super) open: Vec<Rule>,
}

/// A JSON Schema of values.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) schema: Value,
    /// The rules that these values may break although the schema takes them.
    pub(super) open: Vec<Rule>,
}

impl Choice {
    /// Values that break no rule.
    pub(super) fn exact(schema: Value) -> Self {
        Self { schema, open: Vec::new() }
    }

    /// The same, by a pattern.
    pub(super) fn matching(pattern: &str) -> Self {
        Self::exact(json!({"pattern": pattern}))
    }

    /// Values by a pattern that may break rules all the same.
    pub(super) fn open(pattern: &str, open: &[ViolationCode]) -> Self {
        let open = open.iter().copied().map(Rule::from).collect();
        Self { open, ..Self::matching(pattern) }
    }
}

impl Told {
    /// The schema of the value, filled in or not, as a text of at most so many characters.
    pub(super) fn schema(&self, is_required: bool, max: impl Into<Value>) -> Value {
        let mut choices: Vec<Value> = Vec::with_capacity(self.choices.len() + 1);
        if !is_required {
            choices.push(json!({"pattern": patterns::blank()}));
        }
        choices.extend(self.choices.iter().map(|choice| choice.schema.clone()));
        let mut schema = json!({"type": "string", "maxLength": max.into()});
        match choices.as_mut_slice() {
            [] => schema["not"] = json!({}),
            [Value::Object(only)] => {
                for (keyword, value) in std::mem::take(only) {
                    schema[keyword] = value;
                }
            }
            _ => schema["anyOf"] = choices.into(),
        }
        schema
    }

    /// The rules that the schema leaves open.
    pub(super) fn beyond(&self, pointer: &str) -> Vec<Beyond> {
        let of_any = self.open.iter().map(|rule| (rule, None));
        let of_choices = self
            .choices
            .iter()
            .flat_map(|choice| choice.open.iter().map(|rule| (rule, Some(choice.schema.clone()))));
        of_any
            .chain(of_choices)
            .map(|(rule, values)| Beyond {
                pointer: pointer.to_owned(),
                rule: rule.clone(),
                values,
            })
            .collect()
    }
}
