use std::collections::BTreeMap;

use crate::config::{ServerValue, TriggerMetadata};
use crate::registration::{
    fields::{consent::Consent, text::is_control},
    forms::string_map::MAX_VALUE,
};

/// The values of a request's headers that triggers may receive.
#[derive(Clone, Copy, Debug, Default)]
pub struct TriggerContext<'a> {
    /// The first language of `Accept-Language`.
    pub locale: Option<&'a str>,
    /// The `User-Agent`.
    pub user_agent: Option<&'a str>,
}

/// Sets the values that the `fill` settings name. These values replace the client's values. A
/// missing value removes the client's value, because triggers trust these keys.
pub(super) fn fill(
    metadata: &mut BTreeMap<String, String>,
    rule: &TriggerMetadata,
    consents: &[Consent],
    context: &TriggerContext<'_>,
) {
    for (key, source) in &rule.fill {
        let value = match source {
            ServerValue::Locale => context.locale.map(plain),
            ServerValue::UserAgent => context.user_agent.map(plain),
            ServerValue::Consents => (!consents.is_empty()).then(|| plain(&join(consents))),
        };
        match value.filter(|value| !value.is_empty()) {
            Some(value) => metadata.insert(key.clone(), value),
            None => metadata.remove(key),
        };
    }
}

/// Joins consents to a string such as `privacy=3,terms=2026-10`.
fn join(consents: &[Consent]) -> String {
    let consents: Vec<String> = consents
        .iter()
        .map(|Consent { document, version }| format!("{document}={version}"))
        .collect();
    consents.join(",")
}

/// Removes control characters and truncates a value to the maximum length of a value in Cognito.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !is_control(*character)).take(MAX_VALUE).collect()
}
