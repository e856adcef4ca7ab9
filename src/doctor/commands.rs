use crate::config::{self, SecretAddress};

pub(super) struct Commands<'a> {
    cognito: &'a config::Cognito,
}

impl<'a> Commands<'a> {
    pub(super) fn new(cognito: &'a config::Cognito) -> Self {
        Self { cognito }
    }

    /// Returns the command that shows the part of the pool's description at `query`, such as
    /// `UserPool.Policies`.
    pub(super) fn show_pool(&self, query: &str) -> String {
        self.about_pool("describe-user-pool", &format!("--query {query}"))
    }

    pub(super) fn show_client(&self, query: &str) -> String {
        self.about_client("describe-user-pool-client", &format!("--query {query}"))
    }

    pub(super) fn show_quota(&self, name: &str) -> String {
        let query = format!("Quotas[?contains(QuotaName, '{name}')].[QuotaName, Value]");
        format!(
            "aws service-quotas list-service-quotas{} --service-code cognito-idp --query {}",
            self.region(),
            quoted(&query)
        )
    }

    /// Returns the command that changes the pool. The command needs a file with the present values,
    /// because `update-user-pool` resets omitted values. The command fails if the file does not
    /// exist.
    pub(super) fn update_pool(&self, change: &str) -> String {
        self.line("update-user-pool", &format!("--cli-input-json file://pool-now.json {change}"))
    }

    /// Returns the command that changes the app client, with a file as [`Commands::update_pool`].
    pub(super) fn update_client(&self, change: &str) -> String {
        self.line(
            "update-user-pool-client",
            &format!("--cli-input-json file://client-now.json {change}"),
        )
    }

    pub(super) fn about_pool(&self, operation: &str, arguments: &str) -> String {
        let pool = quoted(&self.cognito.user_pool_id);
        self.line(operation, &format!("--user-pool-id {pool} {arguments}"))
    }

    pub(super) fn about_client(&self, operation: &str, arguments: &str) -> String {
        let client = quoted(&self.cognito.client_id);
        self.about_pool(operation, &format!("--client-id {client} {arguments}"))
    }

    /// Returns the command that reads a secret of AWS Secrets Manager and prints only its version.
    pub(super) fn try_secret(address: &SecretAddress) -> String {
        let (region, arn) = (quoted(&address.region), quoted(&address.arn));
        format!(
            "aws secretsmanager get-secret-value --region {region} --secret-id {arn} --query VersionId"
        )
    }

    fn line(&self, operation: &str, arguments: &str) -> String {
        format!("aws cognito-idp {operation}{} {}", self.region(), arguments.trim_end())
    }

    fn region(&self) -> String {
        let region = self.cognito.region.as_deref();
        region.map_or_else(String::new, |region| format!(" --region {}", quoted(region)))
    }
}

pub(super) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/=,+@".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Makes a value of a pool printable, and truncates it.
pub(super) fn shown(text: &str) -> String {
    plain(text).chars().take(128).collect()
}

/// Replaces characters that would change the display of a terminal.
pub(super) fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_control() || is_formatting(c) { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}

/// Returns `true` for bidirectional controls and characters without width.
fn is_formatting(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
