use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};

use super::secrets::SecretStatus;

/// The input of the checks, apart from the settings. No finding quotes the secret in the
/// description of the app client.
#[derive(Debug)]
pub struct Descriptions {
    pub(super) pool: ReadResult<UserPoolType>,
    pub(super) client: ReadResult<UserPoolClientType>,
    pub(super) other_clients: ReadResult<OtherClients>,
    /// The number of active secrets of the app client.
    pub(super) active_secrets: ReadResult<usize>,
    pub(super) primary: SecretStatus,
    pub(super) secondary: SecretStatus,
}

/// The result of reading a description.
#[derive(Debug)]
pub(super) enum ReadResult<T> {
    Read(T),
    NotFound,
    /// The credentials do not allow the call.
    Denied,
    /// The doctor could not read the description, for this reason.
    Failed(String),
    /// No file contains the description.
    NotProvided,
}

/// The other app clients of the pool.
#[derive(Debug, Default)]
pub(super) struct OtherClients {
    pub(super) public: Vec<PublicClient>,
    /// The reason why the doctor did not examine some app clients.
    pub(super) incomplete: Option<String>,
}

/// An app client without a secret.
#[derive(Debug)]
pub(super) struct PublicClient {
    pub(super) id: String,
    pub(super) name: String,
}

impl<T> ReadResult<T> {
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::NotFound | Self::Denied | Self::Failed(_) | Self::NotProvided => None,
        }
    }

    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    /// Returns the reason why `action` did not read anything.
    pub(super) fn failure(&self, action: &str) -> Option<String> {
        match self {
            Self::Read(_) => None,
            // Older regions and emulators lack some operations.
            Self::NotFound => Some("AWS reports that the resource does not exist".to_owned()),
            Self::Denied => Some(format!("the credentials do not allow cognito-idp:{action}")),
            Self::Failed(reason) => Some(reason.clone()),
            Self::NotProvided => Some(format!("no file has the output of {action}")),
        }
    }
}
