//! Whether the pool takes the client secrets of the settings, by comparison.

use secrecy::SecretString;

use crate::{cognito::secret_hash, config::SecretSource};

/// What is known of one of our client secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The settings have none, or leave it to the pool.
    NotSet,
    /// Where it stands, it was not read.
    NotRead,
    /// The pool takes it.
    Taken,
    /// The pool does not take it.
    Refused,
    /// It is not the one that the pool shows; the client may have a second one.
    Differs,
    /// Nobody knows.
    Unknown,
}

/// One of our client secrets, as far as its source told it.
#[derive(Debug)]
pub(super) enum Ours {
    NotSet,
    NotRead,
    Told(SecretString),
}

impl Ours {
    /// What the settings hold themselves; nobody is asked for the others.
    pub(super) fn without_asking(
        source: Option<SecretSource>,
        held: Option<&SecretString>,
    ) -> Self {
        match (source, held) {
            (Some(SecretSource::SecretsManager { .. }), _) => Self::NotRead,
            (_, Some(held)) => Self::Told(held.clone()),
            (_, None) => Self::NotSet,
        }
    }

    /// What came of asking its source, which says nothing where it took too long.
    pub(super) fn asked<E, L>(answer: Result<Result<Option<SecretString>, E>, L>) -> Self {
        match answer {
            Ok(Ok(Some(secret))) => Self::Told(secret),
            Ok(Ok(None)) => Self::NotSet,
            Ok(Err(_)) | Err(_) => Self::NotRead,
        }
    }
}

/// Compares one of our secrets with the one that `DescribeUserPoolClient` shows.
pub(super) fn compare(ours: &Ours, shown: Option<&str>, active_secrets: Option<usize>) -> Verdict {
    let ours = match ours {
        Ours::NotSet => return Verdict::NotSet,
        Ours::NotRead => return Verdict::NotRead,
        Ours::Told(ours) => ours,
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
