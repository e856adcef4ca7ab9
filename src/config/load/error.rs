use thiserror::Error;

/// An error of the settings, with its remedy.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct LoadError(pub(in crate::config) String);

impl LoadError {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}
