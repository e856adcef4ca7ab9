use super::violation::{Violation, ViolationCode, pointer};

/// The fields of all forms in the order of the contract.
pub const FIELDS: [&str; 13] = [
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

#[derive(Debug, Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn any_at(&self, path: &[&str]) -> bool {
        if self.is_empty() {
            return false;
        }
        let pointer = pointer(path);
        self.0.iter().any(|violation| violation.pointer == pointer)
    }

    pub(super) fn add(&mut self, path: &[&str], code: ViolationCode) {
        self.push(Violation::new(path, code));
    }

    pub(super) fn add_once(&mut self, path: &[&str], code: ViolationCode) {
        if !self.any_at(path) {
            self.add(path, code);
        }
    }

    pub(super) fn push(&mut self, violation: Violation) {
        self.0.push(violation);
    }

    /// Sorts the violations by the contract's order of fields. Violations of one field keep their
    /// order.
    pub(super) fn in_order(mut self) -> Vec<Violation> {
        self.0.sort_by_cached_key(|violation| {
            (position(&violation.pointer), violation.pointer.clone())
        });
        self.0
    }
}

fn position(pointer: &str) -> usize {
    let field = pointer.split('/').nth(1).unwrap_or_default();
    FIELDS.iter().position(|name| *name == field).unwrap_or(FIELDS.len())
}
