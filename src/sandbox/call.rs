//! A call as it came over the wire, and the limits that the service model sets for it.

use std::sync::LazyLock;

use regex::Regex;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{answer::Refusal, magic::Operation};

/// The members that the pool reads, of any operation's input.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Call {
    pub(super) user_pool_id: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) secret_hash: Option<String>,
    pub(super) username: Option<String>,
    /// Set by the dispatcher, which takes it out of the body before anything is remembered.
    #[serde(skip)]
    pub(super) password: Option<SecretString>,
    pub(super) user_attributes: Vec<Attribute>,
    pub(super) validation_data: Vec<Attribute>,
    pub(super) confirmation_code: Option<String>,
    pub(super) force_alias_creation: bool,
    pub(super) user_context_data: UserContext,
    pub(super) session: Option<String>,
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) pagination_token: Option<String>,
}

/// A name and a value; in Cognito all values are strings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: String,
}

/// The two members of `UserContextData`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct UserContext {
    ip_address: Option<String>,
    encoded_data: Option<String>,
}

impl Call {
    /// The client's id, or nothing; [`Call::check`] has refused a call without one.
    pub(super) fn client_id(&self) -> &str {
        self.client_id.as_deref().unwrap_or_default()
    }

    /// The user name as sent, or nothing; [`Call::check`] has refused a call without one.
    pub(super) fn username(&self) -> &str {
        self.username.as_deref().unwrap_or_default()
    }

    /// What the service checks before it looks at the pool, all mistakes in one message.
    pub(super) fn check(&self, operation: Operation) -> Result<(), Refusal> {
        let mut mistakes = Mistakes::default();
        mistakes.required("clientId", self.client_id.as_deref(), 128);
        mistakes.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        mistakes.required("username", self.username.as_deref(), 128);
        if self.username.as_deref().is_some_and(|name| !is_username(name)) {
            mistakes.pattern("username", r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        }
        if let Some(password) = &self.password {
            mistakes.password(password.expose_secret());
        }
        mistakes.attributes("userAttributes", &self.user_attributes);
        mistakes.attributes("validationData", &self.validation_data);
        mistakes.length(
            "userContextData.ipAddress",
            self.user_context_data.ip_address.as_deref(),
            0,
            131_072,
        );
        mistakes.length(
            "userContextData.encodedData",
            self.user_context_data.encoded_data.as_deref(),
            0,
            131_072,
        );
        mistakes.length("session", self.session.as_deref(), 20, 4096);
        if operation == Operation::Confirm {
            mistakes.confirmation_code(self.confirmation_code.as_deref());
        }
        mistakes.refuse()
    }
}

/// `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`: no white space and no control characters.
fn is_username(name: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\A[\p{L}\p{M}\p{S}\p{N}\p{P}]+\z").ok());
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(name))
}

/// Gathers what is wrong, in the wording of AWS's request validation.
#[derive(Default)]
struct Mistakes(Vec<String>);

impl Mistakes {
    fn add(&mut self, member: &str, rule: &str) {
        self.0.push(format!("Value at '{member}' failed to satisfy constraint: {rule}"));
    }

    fn pattern(&mut self, member: &str, pattern: &str) {
        self.add(member, &format!("Member must satisfy regular expression pattern: {pattern}"));
    }

    fn required(&mut self, member: &str, value: Option<&str>, most: usize) {
        if value.is_none() {
            self.add(member, "Member must not be null");
        }
        self.length(member, value, 1, most);
    }

    fn length(&mut self, member: &str, value: Option<&str>, least: usize, most: usize) {
        let Some(length) = value.map(|value| value.chars().count()) else {
            return;
        };
        if length < least {
            self.add(member, &format!("Member must have length greater than or equal to {least}"));
        }
        if length > most {
            self.add(member, &format!("Member must have length less than or equal to {most}"));
        }
    }

    /// Under six characters it is this check that answers, and not the pool's policy; both are one
    /// mistake to the person who types.
    fn password(&mut self, password: &str) {
        if password.starts_with(char::is_whitespace) || password.ends_with(char::is_whitespace) {
            self.pattern("password", r"^[\S]+.*[\S]+$");
        }
        self.length("password", Some(password), 6, 256);
    }

    fn attributes(&mut self, member: &str, attributes: &[Attribute]) {
        for (index, attribute) in attributes.iter().enumerate() {
            let place = format!("{member}.{}.member", index + 1);
            self.length(&format!("{place}.name"), Some(&attribute.name), 1, 32);
            self.length(&format!("{place}.value"), Some(&attribute.value), 0, 2048);
        }
    }

    /// The one member whose value the service echoes, which is why its texts may not reach a caller.
    fn confirmation_code(&mut self, code: Option<&str>) {
        self.required("confirmationCode", code, 2048);
        let Some(code) = code else { return };
        if code.is_empty() || code.contains(char::is_whitespace) {
            let rule = r"failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+";
            self.0.push(format!("Value '{code}' at 'confirmationCode' {rule}"));
        }
    }

    fn refuse(self) -> Result<(), Refusal> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        let message = format!("{count} validation error{plural} detected: {}", self.0.join("; "));
        Err(Refusal::invalid_parameter(message))
    }
}
