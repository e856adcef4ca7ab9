//! What is known of a pool: what AWS, or a file, said about it.

use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};

use super::secrets::Verdict;

/// All that findings are made of, apart from the settings. It holds no secret but the one in
/// the client's own description, which no finding quotes.
#[derive(Debug)]
pub struct Descriptions {
    pub(super) pool: Reading<UserPoolType>,
    pub(super) client: Reading<UserPoolClientType>,
    pub(super) other_clients: Reading<OtherClients>,
    /// How many secrets of the client are active.
    pub(super) active_secrets: Reading<usize>,
    pub(super) primary: Verdict,
    pub(super) secondary: Verdict,
}

/// What came of looking at one thing.
#[derive(Debug)]
pub(super) enum Reading<T> {
    /// It was read.
    Read(T),
    /// There is no such thing.
    Missing,
    /// The credentials do not allow it.
    Denied,
    /// It could not be read, for this reason.
    Failed(String),
    /// No file has it.
    NotGiven,
}

/// The app clients of the pool besides ours.
#[derive(Debug, Default)]
pub(super) struct OtherClients {
    /// Those without a secret.
    pub(super) public: Vec<PublicClient>,
    /// Why some were not looked at.
    pub(super) incomplete: Option<String>,
}

/// An app client without a secret.
#[derive(Debug)]
pub(super) struct PublicClient {
    pub(super) id: String,
    pub(super) name: String,
}

impl<T> Reading<T> {
    /// What was read, if it was.
    pub(super) fn read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Missing | Self::Denied | Self::Failed(_) | Self::NotGiven => None,
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}
