//! Whether the pool takes the client secrets of the settings, by comparison.

use secrecy::SecretString;

use crate::cognito::secret_hash;

/// What is known of one of our client secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The settings have none.
    NotSet,
    /// The pool takes it.
    Taken,
    /// The pool does not take it.
    Refused,
    /// It is not the one that the pool shows; the client may have a second one.
    Differs,
    /// Nobody knows.
    Unknown,
}

/// Compares one of our secrets with the one that `DescribeUserPoolClient` shows.
pub(super) fn compare(
    ours: Option<&SecretString>,
    shown: Option<&str>,
    active_secrets: Option<usize>,
) -> Verdict {
    let Some(ours) = ours else {
        return Verdict::NotSet;
    };
    let Some(shown) = shown.filter(|shown| !is_masked(shown)) else {
        return Verdict::Unknown;
    };
    // As digests, so that the time it takes says nothing of the secrets.
    let digest = |secret: &SecretString| secret_hash(secret, "", "");
    if digest(ours) == digest(&SecretString::from(shown)) {
        Verdict::Taken
    } else if active_secrets == Some(1) {
        Verdict::Refused
    } else {
        Verdict::Differs
    }
}

/// Whether somebody has put asterisks in the place of a secret before saving a description.
pub(super) fn is_masked(shown: &str) -> bool {
    !shown.is_empty() && shown.bytes().all(|byte| byte == b'*')
}
