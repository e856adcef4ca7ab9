//! The facts that the service tells Lambda triggers.

use std::{collections::BTreeMap, fmt::Write};

use crate::config::{ServerValue, TriggerMetadata};
use crate::registration::{
    fields::{consent::Consent, text::is_control},
    forms::entries::MAX_VALUE,
};

/// The facts of a request besides its body.
#[derive(Clone, Copy, Debug, Default)]
pub struct TriggerContext<'a> {
    /// The first language of `Accept-Language`.
    pub locale: Option<&'a str>,
    /// The `User-Agent`.
    pub user_agent: Option<&'a str>,
}

/// Fills in the values that the `fill` settings name. They replace the client's values, and a
/// missing fact removes the client's value, because triggers trust these keys.
pub(super) fn fill(
    entries: &mut BTreeMap<String, String>,
    rule: &TriggerMetadata,
    consents: &[Consent],
    context: &TriggerContext<'_>,
) {
    for (key, source) in &rule.fill {
        let value = match source {
            ServerValue::Locale => context.locale.map(plain),
            ServerValue::UserAgent => context.user_agent.map(plain),
            ServerValue::Consents => (!consents.is_empty()).then(|| plain(&written(consents))),
        };
        match value.filter(|value| !value.is_empty()) {
            Some(value) => entries.insert(key.clone(), value),
            None => entries.remove(key),
        };
    }
}

/// As `privacy=3,terms=2026-10`.
fn written(consents: &[Consent]) -> String {
    let mut text = String::new();
    for Consent { document, version } in consents {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a text cannot fail.
        let _ = write!(text, "{comma}{document}={version}");
    }
    text
}

/// A text that Cognito takes as a value: without control characters, and cut off.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !is_control(*character)).take(MAX_VALUE).collect()
}
