use std::collections::BTreeMap;

use crate::{
    config::ConsentDocument,
    registration::{
        forms::string_map::StringMap,
        violation::{Violation, ViolationCode},
        violations::Violations,
    },
};

/// A consent to a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Consent {
    /// The name of the document, such as `terms`.
    pub document: String,
    /// The version to which the user agreed.
    pub version: String,
}

/// Returns the custom attributes that record the agreed versions.
pub(in crate::registration) fn attributes<'a>(
    consents: &'a [Consent],
    documents: &'a BTreeMap<String, ConsentDocument>,
) -> impl Iterator<Item = (String, String)> + 'a {
    consents.iter().filter_map(|consent| {
        let attribute = documents.get(&consent.document)?.attribute.clone()?;
        Some((attribute, consent.version.clone()))
    })
}

/// Checks the consents and returns them sorted by document. An empty version means that the user
/// did not tick the box.
pub(in crate::registration) fn check(
    sent: StringMap,
    documents: &BTreeMap<String, ConsentDocument>,
    violations: &mut Violations,
) -> Vec<Consent> {
    if violations.any_at(&["consents"]) {
        return Vec::new();
    }
    let mut sent = sent.0;
    let mut consents = Vec::new();
    for (document, current) in documents {
        let given = sent.remove(document).filter(|version| !version.is_empty());
        let path = ["consents", document.as_str()];
        let code = match given {
            Some(version) if version == current.version => {
                consents.push(Consent { document: document.clone(), version });
                continue;
            }
            Some(_) => ViolationCode::ConsentOutdated,
            None if current.required => ViolationCode::ConsentRequired,
            None => continue,
        };
        if !violations.any_at(&path) {
            violations.push(Violation::new(&path, code).with("version", current.version.as_str()));
        }
    }
    for unknown in sent.keys() {
        violations.add_once(&["consents", unknown], ViolationCode::NotAllowed);
    }
    consents
}
