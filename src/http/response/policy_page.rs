use super::etag::Cached;
use crate::registration::Policy;

/// The policy as JSON. It has no sentences for users, so it is the same in every language.
pub struct PolicyPage(pub(in crate::http) Cached);

impl PolicyPage {
    /// Renders a policy.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn new(policy: &Policy) -> serde_json::Result<Self> {
        Ok(Self(Cached::new("application/json", serde_json::to_string(policy)?)))
    }
}
