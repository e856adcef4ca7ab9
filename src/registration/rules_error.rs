use regex::{Regex, RegexBuilder};

const MAX_PATTERN: usize = 1 << 20;

/// The reason why a setting is not a valid form rule.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RulesError(String);

impl RulesError {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }
}

/// Compiles a pattern that must match a whole value.
pub(super) fn whole_value(pattern: &str) -> Result<Regex, String> {
    let compile = |pattern: &str| {
        RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN)
            .build()
            .map_err(|error| format!("pattern: {error}. Correct the regular expression."))
    };
    // `a)|(b` is not a valid pattern, but would be valid in the parentheses below.
    compile(pattern)?;
    compile(&format!(r"\A(?:{pattern})\z"))
}
