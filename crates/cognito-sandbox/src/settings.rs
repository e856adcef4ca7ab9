//! The settings of a pool.

use std::time::Duration;

use secrecy::SecretString;

/// The settings of a pool and its app client.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The port on 127.0.0.1. 0 selects a free port.
    pub port: u16,
    /// The pool's id, such as `eu-central-1_Sandbox01`.
    pub user_pool_id: String,
    /// The id of the app client.
    pub client_id: String,
    /// The active secrets of the app client at start, at most two in AWS. Without a secret, the app
    /// client is public.
    pub client_secrets: Vec<SecretString>,
    /// The sign-in mode.
    pub sign_in: SignIn,
    /// The password policy.
    pub password_policy: PasswordPolicy,
    /// Accepts a `SignUp` without a password.
    pub passwordless: bool,
    /// Allows the app client choice-based sign-in (`ALLOW_USER_AUTH`): `SignUp` and
    /// `ConfirmSignUp` return a `Session`, and `InitiateAuth` accepts the session of
    /// `ConfirmSignUp`.
    pub user_auth: bool,
    /// Confirms every account at once, like a pre-sign-up trigger with `autoConfirmUser`.
    pub auto_confirm: bool,
    /// Delay of every response.
    pub latency: Duration,
    /// Additional delay of a response if the pool sent a message.
    pub message_latency: Duration,
}

/// The sign-in mode of a pool, which decides which user names the pool accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The user name is an email address (`UsernameAttributes`).
    Email,
    /// The user name is a phone number (`UsernameAttributes`).
    Phone,
    /// Plain user names without aliases.
    Username,
    /// Plain user names. The email address or phone number that received the code becomes an alias
    /// when the user confirms the account.
    Alias,
}

impl SignIn {
    /// Returns the attribute that is the user name, or `None` for plain user names.
    pub(crate) fn username_attribute(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Phone => Some("phone_number"),
            Self::Username | Self::Alias => None,
        }
    }

    /// Returns the pool's `AutoVerifiedAttributes` in the order in which the pool tries them.
    pub(crate) fn verified_attributes(self) -> &'static [&'static str] {
        match self {
            Self::Email => &["email"],
            Self::Phone => &["phone_number"],
            // A pool that verifies both sends to the phone first (Developer Guide, "Configuring
            // email or phone verification").
            Self::Username | Self::Alias => &["phone_number", "email"],
        }
    }
}

/// The password policy of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Cognito has these four switches")]
pub struct PasswordPolicy {
    /// The minimum number of characters, 6 to 99.
    pub min_length: usize,
    /// Requires a character of A–Z.
    pub require_uppercase: bool,
    /// Requires a character of a–z.
    pub require_lowercase: bool,
    /// Requires a character of 0–9.
    pub require_number: bool,
    /// Requires one of Cognito's special characters.
    pub require_symbol: bool,
}

impl Default for PasswordPolicy {
    /// Returns Cognito's default: eight characters of all four classes.
    fn default() -> Self {
        Self {
            min_length: 8,
            require_uppercase: true,
            require_lowercase: true,
            require_number: true,
            require_symbol: true,
        }
    }
}

/// An app client in addition to the app client of the settings.
#[derive(Clone, Debug)]
pub struct OtherClient {
    /// The id of the app client.
    pub id: String,
    /// The name of the app client.
    pub name: String,
    /// The secret. Without a secret, the app client is public.
    pub secret: Option<SecretString>,
}
