//! Tests of every finding, with descriptions that cause the finding and descriptions that do not.

mod cases;
mod documents;
mod offline;
mod reports;

use serde_json::{Value, json};

use super::{Descriptions, Finding, FindingCode, Severity, examine, offline::describe_responses};
use crate::config::{Config, Sources};

const POOL: &str = "eu-central-1_EXAMPLE";
const CLIENT: &str = "1example23456789";
const SECRET: &str = "swordfish-one-that-no-report-shows";
const SECOND: &str = "swordfish-two-that-no-report-shows";

/// Settings, changes of a valid pool and app client, and the expected finding.
struct Case {
    what: &'static str,
    code: FindingCode,
    settings: Vec<(&'static str, &'static str)>,
    pool: Value,
    client: Value,
    change: fn(&mut Descriptions),
    /// A part of the finding. `None` if the doctor must not report the finding.
    says: Option<&'static str>,
}

impl Case {
    fn new(code: FindingCode, what: &'static str) -> Self {
        let (pool, client) = (json!({}), json!({}));
        Self { what, code, settings: Vec::new(), pool, client, change: |_| {}, says: None }
    }

    fn settings(mut self, settings: &[(&'static str, &'static str)]) -> Self {
        self.settings = settings.to_vec();
        self
    }

    fn pool(mut self, patch: Value) -> Self {
        self.pool = patch;
        self
    }

    fn client(mut self, patch: Value) -> Self {
        self.client = patch;
        self
    }

    fn change(mut self, change: fn(&mut Descriptions)) -> Self {
        self.change = change;
        self
    }

    /// Expects the finding with these words.
    fn says(mut self, words: &'static str) -> Self {
        self.says = Some(words);
        self
    }

    async fn findings(&self) -> Vec<Finding> {
        let config = config(&self.settings);
        let mut pool = good_pool();
        merge(&mut pool["UserPool"], &self.pool);
        let mut client = good_client();
        merge(&mut client["UserPoolClient"], &self.client);
        let mut descriptions =
            describe(&config, &[pool, client, all_clients(), one_secret()]).await;
        (self.change)(&mut descriptions);
        examine(&config, &descriptions)
    }
}

async fn describe(config: &Config, responses: &[Value]) -> Descriptions {
    let named: Vec<(String, Value)> =
        responses.iter().map(|response| ("response".to_owned(), response.clone())).collect();
    describe_responses(&named, &config.cognito).await.unwrap()
}

/// Returns the defaults with this pool and these settings.
fn config(settings: &[(&str, &str)]) -> Config {
    let pool = [
        ("COGNITO__REGION", "eu-central-1"),
        ("COGNITO__USER_POOL_ID", POOL),
        ("COGNITO__CLIENT_ID", CLIENT),
        ("COGNITO__CLIENT_SECRET", SECRET),
        ("LIMITS__SMS__ALLOW", "*"),
    ];
    let environment: Vec<(String, String)> = pool
        .iter()
        .chain(settings)
        .map(|(name, value)| (format!("VESTIBULE__{name}"), (*value).to_owned()))
        .collect();
    Config::load(Sources { environment: &environment, ..Sources::default() }).unwrap()
}

/// Returns a pool that fits the default settings, as `describe-user-pool` prints it.
fn good_pool() -> Value {
    json!({"UserPool": {
        "Id": POOL,
        "Name": "users",
        "Policies": {"PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": true,
            "RequireLowercase": true,
            "RequireNumbers": true,
            "RequireSymbols": true,
            "TemporaryPasswordValidityDays": 7
        }},
        "LambdaConfig": {},
        "SchemaAttributes": [
            attribute("sub", true),
            attribute("email", true),
            attribute("email_verified", false),
            attribute("phone_number", false),
            attribute("phone_number_verified", false),
            attribute("given_name", false),
            attribute("family_name", false),
            attribute("custom:plan", false)
        ],
        "AutoVerifiedAttributes": ["email"],
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": false},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:eu-central-1:000000000000:identity/example.com"
        },
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false},
        "UserPoolTier": "ESSENTIALS",
        "EstimatedNumberOfUsers": 7
    }})
}

fn attribute(name: &str, required: bool) -> Value {
    json!({
        "Name": name,
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": false,
        "Mutable": true,
        "Required": required,
        "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"}
    })
}

/// Returns an app client that fits the default settings.
fn good_client() -> Value {
    json!({"UserPoolClient": {
        "UserPoolId": POOL,
        "ClientId": CLIENT,
        "ClientName": "vestibule",
        "ClientSecret": SECRET,
        "RefreshTokenValidity": 30,
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        "EnablePropagateAdditionalUserContextData": false
    }})
}

fn all_clients() -> Value {
    json!({"UserPoolClients": [{"ClientId": CLIENT, "UserPoolId": POOL, "ClientName": "vestibule"}]})
}

fn one_secret() -> Value {
    json!({"ClientSecrets": [{"ClientSecretId": format!("{CLIENT}--1700000000")}]})
}

/// Applies a merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, change) in changes {
        if change.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], change);
        }
    }
}

#[tokio::test]
async fn reports_each_finding_only_in_its_cases() {
    for case in cases::all() {
        let findings = case.findings().await;

        let found: Vec<&Finding> =
            findings.iter().filter(|finding| finding.code == case.code).collect();
        let (code, what) = (case.code.name(), case.what);
        match case.says {
            None => assert!(found.is_empty(), "{code}, {what}: {findings:#?}"),
            Some(words) => {
                let says = |finding: &&&Finding| {
                    let Finding { sentence, remedy, command, .. } = finding;
                    format!("{sentence}\n{remedy}\n{command}").contains(words)
                };
                assert_eq!(found.iter().filter(says).count(), 1, "{code}, {what}: {findings:#?}");
            }
        }
    }
}

#[tokio::test]
async fn every_finding_has_positive_and_negative_cases() {
    let cases = cases::all();

    for code in FindingCode::ALL {
        let of_code = || cases.iter().filter(|case| case.code == *code);
        assert!(of_code().any(|case| case.says.is_some()), "no positive case for {}", code.name());
        assert!(of_code().any(|case| case.says.is_none()), "no negative case for {}", code.name());
    }
}

#[tokio::test]
async fn reports_nothing_for_a_valid_pool() {
    let findings = Case::new(FindingCode::NotChecked, "").findings().await;

    assert_eq!(findings, []);
}

#[tokio::test]
async fn findings_are_printable_and_contain_no_secret() {
    for case in cases::all() {
        for finding in case.findings().await {
            let (code, what) = (finding.code.name(), case.what);
            let Finding { sentence, remedy, command, .. } = finding;
            assert!(sentence.ends_with('.') && remedy.ends_with('.'), "{code}, {what}: {remedy}");
            assert!(command.starts_with("aws "), "{code}, {what}: {command}");
            let all = format!("{sentence}{remedy}{command}");
            assert!(!all.contains("swordfish"), "{code}, {what}: {all}");
            assert!(!all.chars().any(char::is_control), "{code}, {what}: {all:?}");
        }
    }
}

#[tokio::test]
async fn sorts_findings_by_severity() {
    let case = Case::new(FindingCode::AdminOnly, "all at once")
        .pool(json!({
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
            "EmailConfiguration": null,
            "LambdaConfig": {"CustomMessage": "arn:aws:lambda:eu-central-1:000000000000:function:m"}
        }))
        .client(json!({"PreventUserExistenceErrors": "LEGACY"}));

    let findings = case.findings().await;

    let order: Vec<(Severity, &str)> =
        findings.iter().map(|finding| (finding.code.severity(), finding.code.name())).collect();
    assert_eq!(
        order,
        [
            (Severity::Error, "admin-only"),
            (Severity::Warning, "email-daily-limit"),
            (Severity::Warning, "user-existence-errors"),
            (Severity::Note, "trigger-custom-message"),
        ]
    );
}
