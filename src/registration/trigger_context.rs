//! What this service itself tells Lambda triggers.

use std::{collections::BTreeMap, fmt::Write};

use super::rules::Rules;
use crate::config::{FilledIn, PassedOn};
use crate::registration::{
    fields::{consent::Consent, text::is_control},
    forms::{
        confirmation::Confirmation, entries::MAX_VALUE, registration::Registration, resend::Resend,
    },
};

/// What the request says besides its body.
#[derive(Clone, Copy, Debug, Default)]
pub struct TriggerContext<'a> {
    /// The first language of `Accept-Language`.
    pub locale: Option<&'a str>,
    /// The `User-Agent`.
    pub user_agent: Option<&'a str>,
}

impl Registration {
    /// Fills in what the deployment's `fill` settings name. These values win over the
    /// caller's: where a fact is missing, the caller's value goes, too, since triggers
    /// take it for ours.
    pub fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>) {
        fill(&mut self.client_metadata, &rules.client_metadata, &self.consents, context);
        fill(&mut self.validation_data, &rules.validation_data, &self.consents, context);
    }
}

impl Confirmation {
    /// Fills in the client metadata, as for a registration; no consent is given here.
    pub fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>) {
        fill(&mut self.client_metadata, &rules.client_metadata, &[], context);
    }
}

impl Resend {
    /// Fills in the client metadata, as for a registration; no consent is given here.
    pub fn fill(&mut self, rules: &Rules, context: &TriggerContext<'_>) {
        fill(&mut self.client_metadata, &rules.client_metadata, &[], context);
    }
}

fn fill(
    entries: &mut BTreeMap<String, String>,
    rule: &PassedOn,
    consents: &[Consent],
    context: &TriggerContext<'_>,
) {
    for (key, source) in &rule.fill {
        let value = match source {
            FilledIn::Locale => context.locale.map(plain),
            FilledIn::UserAgent => context.user_agent.map(plain),
            FilledIn::Consents => (!consents.is_empty()).then(|| plain(&written(consents))),
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
