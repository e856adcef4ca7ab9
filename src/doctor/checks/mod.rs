//! The checks: from settings and descriptions to findings, a file for each group.

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

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};

use super::{
    Code, Descriptions, Finding,
    commands::{Commands, plain},
    form::{self, Sent},
};
use crate::config::Config;

/// Compares the settings with what is known of the pool: the worst findings come first.
#[must_use]
pub fn examine(config: &Config, descriptions: &Descriptions) -> Vec<Finding> {
    let mut checkup = Checkup {
        config,
        commands: Commands::new(&config.cognito),
        form: form::attributes(&config.registration),
        findings: Vec::new(),
    };
    checkup.readings(descriptions);
    checkup.call_budgets();
    checkup.secrets(descriptions);
    if let Some(pool) = descriptions.pool.read() {
        checkup.of_pool(pool);
    }
    if let Some(client) = descriptions.client.read() {
        checkup.of_client(client);
    }
    if let Some(others) = descriptions.other_clients.read() {
        checkup.other_clients(others, descriptions.pool.read());
    }
    let mut findings = checkup.findings;
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity()), finding.code));
    findings
}

/// A comparison under way.
struct Checkup<'a> {
    config: &'a Config,
    commands: Commands<'a>,
    form: BTreeMap<&'a str, Sent>,
    findings: Vec<Finding>,
}

impl Checkup<'_> {
    fn of_pool(&mut self, pool: &UserPoolType) {
        self.self_sign_up(pool);
        self.password(pool);
        self.username_mode(pool);
        self.case_sensitivity(pool);
        self.schema(pool);
        self.code_recipients(pool);
        self.mail(pool);
        self.sms(pool);
        self.code_lifetime(pool);
        self.threat_protection(pool);
        self.triggers(pool);
    }

    fn of_client(&mut self, client: &UserPoolClientType) {
        self.writable(client);
        self.user_existence_errors(client);
        self.propagation(client);
    }

    fn find(
        &mut self,
        code: Code,
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

/// What the line that changes a pool or a client asks for.
const WITH_ALL_SECTIONS: &str = "The line takes all other sections as they are now from a file, and keeps what else is in its own: docs/doctor.md#changing-a-pool.";

/// The same, where its own section is too long for a line.
const WITH_ALL_ELSE: &str = "The line takes all other sections as they are now from a file, and replaces its own as a whole: docs/doctor.md#changing-a-pool.";

/// `email and phone_number`, for a sentence.
fn listed(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
