//! The reasons for which a body is unreadable. No reason contains a value of the body. The service
//! parses only rejected bodies a second time.

use std::{fmt, iter};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, IgnoredAny, MapAccess, Visitor,
        value::{Error as ValueError, MapDeserializer},
    },
};
use serde_json::{error::Category, value::RawValue};

use crate::http::error::Error;
use crate::registration::{FIELDS, Violation, ViolationCode};

/// The minimum similarity of an unknown name to a field, from 0 to 1, for a suggestion.
const MIN_SIMILARITY: f64 = 0.85;

/// The members of an object in the order of the body, with repeated members.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Returns the error of a body whose first invalid byte is at `offset`.
pub(super) fn invalid_json(body: &[u8], offset: usize) -> Error {
    let (line, column) = position(body, offset);
    at_position(ViolationCode::InvalidJson, &[], line, column)
}

/// Returns the error of a body that does not begin with an object.
pub(super) fn no_object(text: &str) -> Error {
    if text.trim_ascii().is_empty() {
        return unreadable_body(Violation::new(&[], ViolationCode::EmptyBody));
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => unreadable_body(wrong_type(&[], "object")),
        Err(error) => syntax_error(&error),
    }
}

/// Returns the error of a body that serde rejected with `error`. Uses only the category and the
/// position of `error`, because its description quotes values.
pub(super) fn unreadable<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Error {
    if error.classify() != Category::Data {
        return syntax_error(error);
    }
    let members = match serde_json::from_str::<Members<'_>>(text) {
        Ok(Members(members)) => members,
        Err(error) => return syntax_error(&error),
    };
    let wrong: Vec<Violation> =
        members.iter().flat_map(|(name, value)| wrong_types::<T>(name, value)).collect();
    if wrong.is_empty() { duplicate_keys::<T>(text) } else { Error::Unreadable(wrong) }
}

/// Returns the error of a body with duplicate JSON keys, with one violation for each repetition.
pub(super) fn duplicate_keys<T: DeserializeOwned>(text: &str) -> Error {
    let Ok(Members(members)) = serde_json::from_str(text) else {
        return Error::Unreadable(Vec::new());
    };
    let mut found = Vec::new();
    collect_duplicates(text, &[], &members, &mut found);
    for (name, value) in members.iter().filter(|(name, _)| is_map::<T>(name)) {
        if let Ok(Members(entries)) = serde_json::from_str(value.get()) {
            collect_duplicates(text, &[name], &entries, &mut found);
        }
    }
    Error::Unreadable(found)
}

/// Adds a violation for each repetition of a name, with the position of the repeated value.
fn collect_duplicates(
    text: &str,
    parent: &[&str],
    members: &[(String, &RawValue)],
    found: &mut Vec<Violation>,
) {
    let mut names = std::collections::HashSet::new();
    for (name, value) in members {
        if !names.insert(name.as_str()) {
            let offset = value.get().as_ptr().addr() - text.as_ptr().addr();
            let (line, column) = position(text.as_bytes(), offset);
            let path = [parent, &[name.as_str()]].concat();
            let violation = Violation::new(&path, ViolationCode::DuplicateKey);
            found.push(violation.with("line", line).with("column", column));
        }
    }
}

/// Returns the violation of a field that the form does not have. If a field of the form is similar,
/// the violation names the most similar field.
pub(super) fn unknown_field<T: DeserializeOwned>(name: &str) -> Violation {
    let violation = Violation::new(&[name], ViolationCode::UnknownField);
    let plain = |name: &str| name.replace(|one: char| !one.is_alphanumeric(), "").to_lowercase();
    let typed = plain(name);
    let similar = FIELDS
        .iter()
        .map(|field| (strsim::jaro_winkler(&typed, &plain(field)), field))
        .filter(|(similarity, field)| *similarity >= MIN_SIMILARITY && is_field::<T>(field))
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match similar {
        Some((_, field)) => violation.with("suggestion", format!("/{field}")),
        None => violation,
    }
}

/// Returns a violation for each wrong type: of the member, or of its entries if the field is a map.
fn wrong_types<T: DeserializeOwned>(name: &str, value: &RawValue) -> Vec<Violation> {
    let is_text = |value: &RawValue| value.get().starts_with('"');
    if !is_field::<T>(name) {
        return Vec::new();
    }
    if !is_map::<T>(name) {
        let is_wrong = !is_text(value);
        return is_wrong.then(|| wrong_type(&[name], "string")).into_iter().collect();
    }
    let Ok(Members(entries)) = serde_json::from_str(value.get()) else {
        return vec![wrong_type(&[name], "object")];
    };
    let wrong = entries.iter().filter(|(_, value)| !is_text(value));
    wrong.map(|(entry, _)| wrong_type(&[name, entry], "string")).collect()
}

/// Returns `true` if the form has this field. Tests with `null`, which every field rejects.
fn is_field<T: DeserializeOwned>(name: &str) -> bool {
    let null = MapDeserializer::<_, ValueError>::new(iter::once((name, ())));
    T::deserialize(null).is_err()
}

/// Returns `true` if this field of the form is an object.
fn is_map<T: DeserializeOwned>(name: &str) -> bool {
    let empty = serde_json::Value::Object(serde_json::Map::new());
    let form = MapDeserializer::<_, serde_json::Error>::new(iter::once((name, empty)));
    is_field::<T>(name) && T::deserialize(form).is_ok()
}

fn wrong_type(path: &[&str], expected: &str) -> Violation {
    Violation::new(path, ViolationCode::WrongType).with("expected", expected)
}

fn syntax_error(error: &serde_json::Error) -> Error {
    at_position(ViolationCode::InvalidJson, &[], error.line(), error.column())
}

fn at_position(code: ViolationCode, path: &[&str], line: usize, column: usize) -> Error {
    unreadable_body(Violation::new(path, code).with("line", line).with("column", column))
}

fn unreadable_body(violation: Violation) -> Error {
    Error::Unreadable(vec![violation])
}

/// Returns the line and the column of an offset, from 1. A column counts bytes, as in `serde_json`.
fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let lines = before.split(|byte| *byte == b'\n');
    let (count, length) = lines.fold((0, 0), |(count, _), line| (count + 1, line.len()));
    (count, length + 1)
}
