mod attributes;
mod clients;
mod delivery;
mod password;
mod protection;
mod quota;
mod reading;
mod secret;
mod sections;
mod triggers;
mod username;
mod values;

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};

use super::{
    Descriptions, Finding, FindingCode,
    commands::{Commands, plain},
    form::{self, Inclusion},
};
use crate::config::Config;

/// Compares the settings with the descriptions. Sorts the findings by descending severity.
#[must_use]
pub fn examine(config: &Config, descriptions: &Descriptions) -> Vec<Finding> {
    let mut examination = Examination {
        config,
        commands: Commands::new(&config.cognito),
        form: form::attributes(&config.registration),
        findings: Vec::new(),
    };
    examination.read_results(descriptions);
    examination.call_budgets();
    examination.secrets(descriptions);
    if let Some(pool) = descriptions.pool.value() {
        examination.pool(pool);
    }
    if let Some(client) = descriptions.client.value() {
        examination.client(client);
    }
    if let Some(others) = descriptions.other_clients.value() {
        examination.other_clients(others, descriptions.pool.value());
    }
    let mut findings = examination.findings;
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.code.severity()), finding.code));
    findings
}

struct Examination<'a> {
    config: &'a Config,
    commands: Commands<'a>,
    form: BTreeMap<&'a str, Inclusion>,
    findings: Vec<Finding>,
}

impl Examination<'_> {
    fn pool(&mut self, pool: &UserPoolType) {
        self.self_sign_up(pool);
        self.password(pool);
        self.username_mode(pool);
        self.case_sensitivity(pool);
        self.schema(pool);
        self.value_limits(pool);
        self.alias_at_sign_up(pool);
        self.code_recipients(pool);
        self.mail(pool);
        self.sms(pool);
        self.code_lifetime(pool);
        self.threat_protection(pool);
        self.triggers(pool);
    }

    fn client(&mut self, client: &UserPoolClientType) {
        self.writable(client);
        self.user_existence_errors(client);
        self.sessions(client);
        self.propagation(client);
    }

    fn add(
        &mut self,
        code: FindingCode,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
        command: impl Into<String>,
    ) {
        self.findings.push(Finding {
            code,
            sentence: plain(&sentence.into()),
            remedy: plain(&remedy.into()),
            command: plain(&command.into()),
        });
    }
}

/// The remark on a command that contains the whole changed section.
const KEEPS_SECTION: &str = "The command reads all other sections from a file and keeps the other values of its own section: docs/doctor.md#changing-a-pool.";

/// The remark on a command that contains only the changed value of a section.
const REPLACES_SECTION: &str = "The command reads all other sections from a file and replaces its own section: docs/doctor.md#changing-a-pool.";

/// Joins names for a sentence, such as `email and phone_number`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
