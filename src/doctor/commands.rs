//! The lines of the AWS CLI that findings hand out.

use crate::config::{self, SecretAddress};

/// Makes lines for the pool and the app client of the settings.
pub(super) struct Commands<'a> {
    cognito: &'a config::Cognito,
}

impl<'a> Commands<'a> {
    pub(super) fn new(cognito: &'a config::Cognito) -> Self {
        Self { cognito }
    }

    /// Shows a part of the pool's description; `query` is a path such as `UserPool.Policies`.
    pub(super) fn show_pool(&self, query: &str) -> String {
        self.line("describe-user-pool", &format!("{} --query {query}", self.pool()))
    }

    /// Shows a part of the app client's description.
    pub(super) fn show_client(&self, query: &str) -> String {
        let arguments = format!("{} {} --query {query}", self.pool(), self.client());
        self.line("describe-user-pool-client", &arguments)
    }

    /// Shows what the account may do in a second.
    pub(super) fn show_quota(&self, name: &str) -> String {
        let query = format!("Quotas[?contains(QuotaName, '{name}')].[QuotaName, Value]");
        let region =
            self.cognito.region.as_deref().map(|region| format!("--region {} ", quoted(region)));
        format!(
            "aws service-quotas list-service-quotas {}--service-code cognito-idp --query {}",
            region.unwrap_or_default(),
            quoted(&query)
        )
    }

    /// Changes the pool. The command resets whatever it is not given, so that the line asks for
    /// a file with what the pool has now, and does nothing where the file is not there.
    pub(super) fn update_pool(&self, change: &str) -> String {
        self.line("update-user-pool", &format!("--cli-input-json file://pool-now.json {change}"))
    }

    /// Changes the app client, with the same care.
    pub(super) fn update_client(&self, change: &str) -> String {
        self.line(
            "update-user-pool-client",
            &format!("--cli-input-json file://client-now.json {change}"),
        )
    }

    /// Any other command about the pool.
    pub(super) fn about_pool(&self, operation: &str, arguments: &str) -> String {
        self.line(operation, format!("{} {arguments}", self.pool()).trim_end())
    }

    /// Any other command about the app client.
    pub(super) fn about_client(&self, operation: &str, arguments: &str) -> String {
        let arguments = format!("{} {} {arguments}", self.pool(), self.client());
        self.line(operation, arguments.trim_end())
    }

    /// Reads a secret of AWS Secrets Manager, and prints no more than which version it is.
    pub(super) fn try_secret(address: &SecretAddress) -> String {
        let (region, arn) = (quoted(&address.region), quoted(&address.arn));
        format!(
            "aws secretsmanager get-secret-value --region {region} --secret-id {arn} --query VersionId"
        )
    }

    fn pool(&self) -> String {
        format!("--user-pool-id {}", quoted(&self.cognito.user_pool_id))
    }

    fn client(&self) -> String {
        format!("--client-id {}", quoted(&self.cognito.client_id))
    }

    fn line(&self, operation: &str, arguments: &str) -> String {
        match &self.cognito.region {
            Some(region) => {
                format!("aws cognito-idp {operation} --region {} {arguments}", quoted(region))
            }
            None => format!("aws cognito-idp {operation} {arguments}"),
        }
    }
}

/// A word for a shell: what is read from a pool may hold anything.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/=,+@".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A text from a pool, for people to read, and not without end.
pub(super) fn shown(text: &str) -> String {
    plain(text).chars().take(128).collect()
}

/// On one line, and without what would colour, turn or hide text in a terminal.
pub(super) fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_control() || is_formatting(c) { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}

/// Characters that turn or hide text in a terminal (Unicode's bidirectional controls and marks
/// of no width).
fn is_formatting(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
