//! Settings that cannot be rules.

use regex::{Regex, RegexBuilder};

/// The most memory that a compiled pattern may take, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// The reason why settings cannot be rules, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RulesError(String);

impl RulesError {
    pub(super) fn new(sentence: String) -> Self {
        Self(sentence)
    }
}

/// Compiles a pattern that must match a whole value.
pub(super) fn whole_value(pattern: &str) -> Result<Regex, String> {
    let compile = |pattern: &str| {
        RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN)
            .build()
            .map_err(|error| format!("pattern: {error}"))
    };
    // On its own first: `a)|(b` is no pattern, although it is one in parentheses.
    compile(pattern)?;
    compile(&format!(r"\A(?:{pattern})\z"))
}
