//! The input of a call, and the limits that the service model sets for it.

use std::sync::LazyLock;

use regex::Regex;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{operation::Operation, response::Exception};

/// The members that the pool reads from the input of an operation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Call {
    pub(crate) user_pool_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) secret_hash: Option<String>,
    pub(crate) username: Option<String>,
    /// The password, which the dispatcher removes from the body before it records the request.
    #[serde(skip)]
    pub(crate) password: Option<SecretString>,
    pub(crate) user_attributes: Vec<Attribute>,
    pub(crate) validation_data: Vec<Attribute>,
    pub(crate) confirmation_code: Option<String>,
    pub(crate) force_alias_creation: bool,
    pub(crate) user_context_data: UserContext,
    pub(crate) session: Option<String>,
    pub(crate) auth_flow: Option<String>,
    pub(crate) max_results: Option<usize>,
    pub(crate) next_token: Option<String>,
    pub(crate) filter: Option<String>,
    pub(crate) limit: Option<usize>,
    pub(crate) pagination_token: Option<String>,
}

/// A name and a value. In Cognito, all values are strings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UserContext {
    ip_address: Option<String>,
    encoded_data: Option<String>,
}

impl Call {
    /// Returns the id of the app client, or an empty text. [`Call::check`] rejects a call without
    /// an id.
    pub(crate) fn client_id(&self) -> &str {
        self.client_id.as_deref().unwrap_or_default()
    }

    /// Returns the user name as sent, or an empty text. [`Call::check`] rejects a call without a
    /// user name.
    pub(crate) fn username(&self) -> &str {
        self.username.as_deref().unwrap_or_default()
    }

    /// Checks the limits that Cognito checks before it reads the pool. One exception reports
    /// all violations.
    pub(crate) fn check(&self, operation: Option<Operation>) -> Result<(), Exception> {
        let mut violations = Violations::default();
        violations.required("clientId", self.client_id.as_deref(), 128);
        violations.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        violations.required("username", self.username.as_deref(), 128);
        if self.username.as_deref().is_some_and(|name| !is_username(name)) {
            violations.pattern("username", r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        }
        if let Some(password) = &self.password {
            violations.password(password.expose_secret());
        }
        violations.attributes("userAttributes", &self.user_attributes);
        violations.attributes("validationData", &self.validation_data);
        violations.length(
            "userContextData.ipAddress",
            self.user_context_data.ip_address.as_deref(),
            0,
            131_072,
        );
        violations.length(
            "userContextData.encodedData",
            self.user_context_data.encoded_data.as_deref(),
            0,
            131_072,
        );
        violations.length("session", self.session.as_deref(), 20, 4096);
        if operation == Some(Operation::Confirm) {
            violations.confirmation_code(self.confirmation_code.as_deref());
        }
        violations.into_result()
    }
}

/// Matches `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`: no white space and no control characters.
fn is_username(name: &str) -> bool {
    #[expect(clippy::expect_used, reason = "the pattern is a constant")]
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\A[\p{L}\p{M}\p{S}\p{N}\p{P}]+\z").expect("the pattern is valid")
    });
    PATTERN.is_match(name)
}

/// Collects violations in the wording of AWS's request validation.
#[derive(Default)]
struct Violations(Vec<String>);

impl Violations {
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

    /// Checks a password. This check rejects fewer than six characters, before the pool's policy.
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

    /// Checks the only member whose value Cognito repeats in its message.
    fn confirmation_code(&mut self, code: Option<&str>) {
        self.required("confirmationCode", code, 2048);
        let Some(code) = code else { return };
        if code.is_empty() || code.contains(char::is_whitespace) {
            let rule = r"failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+";
            self.0.push(format!("Value '{code}' at 'confirmationCode' {rule}"));
        }
    }

    fn into_result(self) -> Result<(), Exception> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        let message = format!("{count} validation error{plural} detected: {}", self.0.join("; "));
        Err(Exception::invalid_parameter(message))
    }
}
