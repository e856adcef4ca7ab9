//! The documents that people agree to.

use std::collections::BTreeMap;

use crate::{
    config::ConsentDocument,
    registration::{
        forms::entries::Entries,
        mistakes::Mistakes,
        violation::{Violation, ViolationCode},
    },
};

/// A document that was agreed to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Consent {
    /// The name of the document, such as `terms`.
    pub document: String,
    /// The version that was agreed to.
    pub version: String,
}

/// The custom attributes that the versions agreed to are written to, where settings name one.
pub(in crate::registration) fn attributes<'a>(
    consents: &'a [Consent],
    documents: &'a BTreeMap<String, ConsentDocument>,
) -> impl Iterator<Item = (String, String)> + 'a {
    consents.iter().filter_map(|consent| {
        let attribute = documents.get(&consent.document)?.attribute.clone()?;
        Some((attribute, consent.version.clone()))
    })
}

/// The consents given, in the order of their names. An empty version is a box that was not
/// ticked.
pub(in crate::registration) fn check(
    sent: Entries,
    documents: &BTreeMap<String, ConsentDocument>,
    mistakes: &mut Mistakes,
) -> Vec<Consent> {
    if mistakes.any_at(&["consents"]) {
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
        if !mistakes.any_at(&path) {
            mistakes.push(Violation::new(&path, code).with("version", current.version.as_str()));
        }
    }
    for unknown in sent.keys() {
        mistakes.add_once(&["consents", unknown], ViolationCode::NotAllowed);
    }
    consents
}
