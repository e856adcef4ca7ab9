use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use super::{
    CLIENT, FindingCode, POOL, SECRET, all_clients, config, describe, good_client, good_pool,
    one_secret,
};
use crate::doctor::{describe_from, examine};

fn codes(findings: &[super::Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.name()).collect()
}

/// Returns the description of another app client of the pool.
fn other_client(id: &str, secret: Option<&str>) -> Value {
    let mut client =
        json!({"UserPoolClient": {"UserPoolId": POOL, "ClientId": id, "ClientName": "other"}});
    if let Some(secret) = secret {
        client["UserPoolClient"]["ClientSecret"] = json!(secret);
    }
    client
}

#[tokio::test]
async fn reports_missing_files() {
    let config = config(&[]);

    for (what, files, expected) in [
        (
            "the pool alone",
            vec![good_pool()],
            vec![
                "DescribeUserPoolClient",
                "ListUserPoolClients",
                "ListUserPoolClientSecrets",
                "cognito.client_secret",
            ],
        ),
        (
            "the app client alone",
            vec![good_client()],
            vec!["DescribeUserPool", "ListUserPoolClients", "ListUserPoolClientSecrets"],
        ),
        (
            "both",
            vec![good_client(), good_pool()],
            vec!["ListUserPoolClients", "ListUserPoolClientSecrets"],
        ),
        ("all", vec![one_secret(), all_clients(), good_client(), good_pool()], vec![]),
    ] {
        let findings = examine(&config, &describe(&config, &files).await);

        assert_eq!(codes(&findings), vec!["not-checked"; expected.len()], "{what}: {findings:#?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(
                finding.sentence.contains(expected),
                "{what}: {expected}: {}",
                finding.sentence
            );
        }
    }
}

#[tokio::test]
async fn finds_public_clients() {
    let config = config(&[]);
    let listed = json!({"UserPoolClients": [{"ClientId": CLIENT}, {"ClientId": "7web"}, {"ClientId": "8back"}]});
    let files = |more: &[Value]| [&[good_pool(), good_client(), one_secret()], more].concat();

    for (what, more, expected) in [
        (
            "a public app client",
            vec![listed.clone(), other_client("7web", None), other_client("8back", Some("s"))],
            vec!["public-client"],
        ),
        (
            "an app client without a description",
            vec![listed.clone(), other_client("8back", Some("s"))],
            vec!["not-checked"],
        ),
        ("no list", vec![other_client("7web", None)], vec!["public-client", "not-checked"]),
        (
            "no public app client",
            vec![listed, other_client("7web", Some("s")), other_client("8back", Some("s"))],
            vec![],
        ),
    ] {
        let findings = examine(&config, &describe(&config, &files(&more)).await);

        assert_eq!(codes(&findings), expected, "{what}: {findings:#?}");
    }
}

#[tokio::test]
async fn compares_the_secret_if_possible() {
    let config = config(&[]);
    let with = |secret: &str| {
        let mut client = good_client();
        client["UserPoolClient"]["ClientSecret"] = json!(secret);
        client
    };

    for (what, files, expected) in [
        ("the same secret", vec![with(SECRET), one_secret()], None),
        (
            "another secret, and the pool has one secret",
            vec![with("another"), one_secret()],
            Some(FindingCode::SecretRejected),
        ),
        (
            "another secret, and an unknown number of secrets",
            vec![with("another")],
            Some(FindingCode::SecretDiffers),
        ),
        ("asterisks", vec![with("********"), one_secret()], Some(FindingCode::NotChecked)),
    ] {
        let files = [&[good_pool(), all_clients()], files.as_slice()].concat();
        let findings = examine(&config, &describe(&config, &files).await);

        let about_secret =
            findings.iter().find(|finding| finding.sentence.contains("cognito.client_secret"));
        assert_eq!(about_secret.map(|finding| finding.code), expected, "{what}: {findings:#?}");
    }
}

/// A temporary file. Dropping it deletes the file.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
        let name = format!("vestibule-{}-doctor-{name}.json", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn parses_the_output_of_the_cli_with_dates() {
    let config = config(&[]);
    let mut pool = good_pool();
    pool["UserPool"]["CreationDate"] = json!("2026-01-02T03:04:05.678000+01:00");
    pool["UserPool"]["LastModifiedDate"] = json!("2026-01-02T03:04:05.678000+01:00");
    let mut client = good_client();
    client["UserPoolClient"]["CreationDate"] = json!(1_700_000_000.123);
    let (pool, client) =
        (File::new("pool", format!("{pool:#}\n")), File::new("client", client.to_string()));

    let descriptions =
        describe_from(&[pool.0.clone(), client.0.clone()], &config.cognito).await.unwrap();

    assert_eq!(codes(&examine(&config, &descriptions)), ["not-checked"; 2]);
}

#[tokio::test]
async fn reports_why_a_file_cannot_be_used() {
    let config = config(&[]);
    let other_pool = json!({"UserPool": {"Id": "eu-central-1_OTHER"}}).to_string();
    let other_pools_client =
        json!({"UserPoolClient": {"UserPoolId": "eu-central-1_OTHER", "ClientId": CLIENT}})
            .to_string();

    for (name, text, expected) in [
        ("empty", "", "line 1 is not valid JSON"),
        ("broken", "{\n\"UserPool\": {\"Name\": \"swordfish\"", "line 2 is not valid JSON"),
        ("yaml", "UserPool:\n  Id: swordfish\n", "line 1 is not valid JSON"),
        (
            "another",
            r#"{"User": {"Username": "swordfish"}}"#,
            "has neither `UserPool` nor `UserPoolClient`",
        ),
        ("list", "[]", "has neither `UserPool` nor `UserPoolClient`"),
        ("number", r#"{"UserPool": 5}"#, "`UserPool` is not a description of a user pool"),
        (
            "shape",
            r#"{"UserPool": {"Id": "eu-central-1_EXAMPLE", "Policies": "swordfish"}}"#,
            "`UserPool` is not a description of a user pool",
        ),
        ("nameless", r#"{"UserPool": {}}"#, "`UserPool` has no `Id`"),
        (
            "other-pool",
            &other_pool,
            "the file describes the user pool `eu-central-1_OTHER`, but cognito.user_pool_id is `eu-central-1_EXAMPLE`",
        ),
        ("other-pools-client", &other_pools_client, "another pool"),
        ("idless", r#"{"UserPoolClient": {}}"#, "`UserPoolClient` has no `ClientId`"),
        (
            "not-ours",
            &other_client("7web", None).to_string(),
            "the files describe the app client `7web`, but cognito.client_id is `1example23456789`",
        ),
        ("secrets-alone", &one_secret().to_string(), "no file has a description"),
        ("bytes", "\u{fffd}\0", "is not valid JSON"),
    ] {
        let file = File::new(name, text);

        let error = describe_from(std::slice::from_ref(&file.0), &config.cognito)
            .await
            .unwrap_err()
            .to_string();

        assert!(error.contains(expected), "{name}: {error}");
        assert!(!error.contains("swordfish") && !error.contains('\n'), "{name}: {error}");
    }
    let missing = PathBuf::from("/nowhere/pool.json");
    let error = describe_from(&[missing], &config.cognito).await.unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/pool.json: cannot be read: "), "{error}");
}
