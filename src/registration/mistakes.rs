//! What is wrong with a form so far.

use super::violation::{Violation, ViolationCode, pointer};

/// The fields of all forms, in the order in which the contract has them.
const FIELDS: [&str; 13] = [
    "username",
    "code",
    "email",
    "phone_number",
    "password",
    "attributes",
    "client_metadata",
    "validation_data",
    "analytics_endpoint_id",
    "device_data",
    "consents",
    "human_proof",
    "session",
];

/// Mistakes as they are found, field by field.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Violation>);

impl Mistakes {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is wrong at exactly this path, so that judging further would
    /// only say it again.
    pub(super) fn any_at(&self, path: &[&str]) -> bool {
        self.0.iter().any(|mistake| is_at(&mistake.pointer, path))
    }

    pub(super) fn add(&mut self, path: &[&str], code: ViolationCode) {
        self.push(Violation::new(path, code));
    }

    /// Adds a mistake unless one is known at this path.
    pub(super) fn add_once(&mut self, path: &[&str], code: ViolationCode) {
        if !self.any_at(path) {
            self.add(path, code);
        }
    }

    pub(super) fn push(&mut self, mistake: Violation) {
        self.0.push(mistake);
    }

    /// The mistakes in the order of the contract's fields, each field's in the order in
    /// which they were found.
    pub(super) fn in_order(mut self) -> Vec<Violation> {
        let place = |mistake: &Violation| position(&mistake.pointer);
        let is_in_order = self.0.is_sorted_by(|one, other| {
            (place(one), &one.pointer) <= (place(other), &other.pointer)
        });
        if !is_in_order {
            self.0.sort_by_cached_key(|mistake| (place(mistake), mistake.pointer.clone()));
        }
        self.0
    }
}

/// Whether a pointer is the one of this path; asked often, and so without making another.
fn is_at(known: &str, path: &[&str]) -> bool {
    match path {
        [field] => known.strip_prefix('/').is_some_and(|known| known == *field),
        _ => known == pointer(path),
    }
}

fn position(pointer: &str) -> usize {
    let field = pointer.get(1..).unwrap_or_default();
    let field = field.split_once('/').map_or(field, |(field, _)| field);
    FIELDS.iter().position(|name| *name == field).unwrap_or(FIELDS.len())
}
