use serde_json::{Value, json};

use super::{Case, FindingCode, config};
use crate::doctor::{Finding, Format, report};

async fn findings() -> Vec<Finding> {
    Case::new(FindingCode::AdminOnly, "three findings")
        .pool(json!({
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
            "EmailConfiguration": null,
            "LambdaConfig": {"PreSignUp": "arn:aws:lambda:eu-central-1:000000000000:function:x"}
        }))
        .findings()
        .await
}

#[tokio::test]
async fn plain_text_contains_every_part_and_the_counts() {
    let findings = findings().await;

    let text = report(&findings, &config(&[]).cognito, Format::Text);

    assert!(
        text.starts_with("error: admin-only\n  Only administrators can create accounts"),
        "{text}"
    );
    for part in [
        "  Remedy: Allow users to sign up.",
        "\n    aws cognito-idp update-user-pool --region eu-central-1 --cli-input-json file://pool-now.json --admin-create-user-config '{\"AllowAdminCreateUserOnly\":false}'\n",
        "\n  More: docs/doctor.md#admin-only\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.ends_with("User pool eu-central-1_EXAMPLE, app client 1example23456789: 1 error, 1 warning, 1 note.\n"),
        "{text}"
    );
}

#[tokio::test]
async fn json_contains_every_part() {
    let findings = findings().await;

    let written = report(&findings, &config(&[]).cognito, Format::Json);

    let read: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(read["user_pool_id"], "eu-central-1_EXAMPLE");
    assert_eq!(
        (&read["errors"], &read["warnings"], &read["notes"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let first = &read["findings"][0];
    assert_eq!(first["code"], "admin-only");
    assert_eq!(first["severity"], "error");
    assert_eq!(first["sentence"], findings[0].sentence);
    assert_eq!(first["remedy"], findings[0].remedy);
    assert_eq!(first["command"], findings[0].command);
    assert_eq!(first["link"], "docs/doctor.md#admin-only");
}
