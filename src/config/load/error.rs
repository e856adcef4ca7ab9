use thiserror::Error;

/// An error of the settings. Its text says what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct LoadError(pub(in crate::config) String);

impl LoadError {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}
