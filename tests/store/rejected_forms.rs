//! Requests that the service rejects before a call to Cognito. A client must not fill the disk with
//! them.

use std::fs;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    database::Engine,
    site::{Site, form, run_to_completion},
    support::{PASSWORD, Response},
    wait::until,
};

const ROUNDS: usize = 60;

/// Sends forms that the service rejects for different reasons. Returns the number of those that it
/// read.
async fn flood(site: &Site, url: &str) -> u64 {
    let forms = [
        json!({"email": "ada", "password": "short"}),
        json!({"email": "ada@example.com", "password": PASSWORD, "attributes": {"custom:x": "a"}}),
        json!({"email": "ada@example.com", "password": "a".repeat(400)}),
        json!([]),
        form("ada@example.com"),
    ];
    let mut sent = 0;
    for round in 0..ROUNDS {
        let requests = forms.iter().enumerate().map(|(number, form)| {
            let request = site.client.post(format!("{url}/register")).json(form);
            Response::of(request.header("idempotency-key", format!("{round}-{number}")))
        });
        let confirm = site.client.post(format!("{url}/register/confirm")).json(&json!({"code": 1}));
        let resend = site.client.post(format!("{url}/register/resend")).json(&json!({}));
        let (responses, confirm, resend) =
            futures_util::join!(join_all(requests), Response::of(confirm), Response::of(resend));
        for response in responses.iter().chain([&confirm, &resend]) {
            assert!(matches!(response.status, 400 | 422), "{}: {}", response.status, response.text);
            // The service counts an unreadable body only in a metric.
            sent += u64::from(response.status == 422);
        }
    }
    sent
}

/// Returns the counts of rejections, as the audit log exports them.
async fn exported(site: &Site, what: &[&str]) -> Vec<Value> {
    let arguments = [&["audit", "export", "--since", "1d", "--format", "jsonl"], what].concat();
    let output = run_to_completion(site.command(&arguments)).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut rows: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let trailer = rows.pop().expect("it has a trailer");
    assert_eq!((&trailer["complete"], &trailer["rows"]), (&json!(true), &json!(rows.len())));
    rows
}

async fn rejected_forms_are_counted_by_minute_and_add_no_rows(engine: Engine) {
    let settings = [("LIMITS__MODE", "off"), ("REGISTRATION__EMAIL_DOMAINS__BLOCK", "example.com")];
    let site = Site::new(engine, &settings).await;
    let replica = site.replica().await;

    let sent = flood(&site, &replica.url).await;

    let total =
        |counts: &Vec<Value>| counts.iter().filter_map(|row| row["count"].as_u64()).sum::<u64>();
    let counts = until(
        "the counts are written",
        async || exported(&site, &["--rejections"]).await,
        |counts| total(counts) >= sent,
    )
    .await;
    assert_eq!(total(&counts), sent, "{counts:?}");
    // Each row is a minute, an operation and a code.
    assert!(counts.len() <= 3 * 8, "{counts:#?}");
    assert_eq!(exported(&site, &[]).await, [Value::Null; 0], "no attempt");
    assert!(site.pool.state().requests(None).is_empty(), "no call");
}

#[actix_web::test]
async fn the_file_does_not_grow_with_the_number_of_rejected_forms() {
    let settings = [("REGISTRATION__EMAIL_DOMAINS__BLOCK", "example.com")];
    let site = Site::new(Engine::Sqlite, &settings).await;
    let path = site.database.url().trim_start_matches("sqlite:").to_owned();
    let replica = site.replica().await;
    let size = || {
        let sizes = ["", "-wal"].map(|ending| fs::metadata(format!("{path}{ending}")));
        sizes.into_iter().filter_map(Result::ok).map(|file| file.len()).sum::<u64>()
    };
    flood(&site, &replica.url).await;
    let before = size();

    for _ in 0..4 {
        flood(&site, &replica.url).await;
    }

    // A commit a second rewrites a few pages. SQLite limits the log to 1,000 pages.
    assert!(size() - before < 1 << 20, "{before} to {}", size());
}

on_both_engines! { rejected_forms_are_counted_by_minute_and_add_no_rows, }
