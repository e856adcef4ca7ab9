//! What is shown and exported.

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::*;
use crate::ledger::audit::{
    books::Books,
    export::{self, ExportFormat},
    person::{self, Whose},
    show::{self, ShowFormat},
};

async fn shown(bench: &mut Bench, whose: &Whose, format: ShowFormat) -> String {
    let Bench { connection, keys, .. } = bench;
    let found = person::find(connection, keys, whose).await.unwrap();
    let mut out = Vec::new();
    show::show(connection, &found, format, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn exported(bench: &mut Bench, since: i64, until: i64, format: ExportFormat) -> String {
    let mut out = Vec::new();
    export::export(&mut bench.connection, since, until, format, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn shows_the_oldest_first_to_people_and_programs() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let later = bench.row(confirm("ada@example.com"), NOW + 61_001);
        let mut first = bench.row(sign_up("ada@example.com"), NOW);
        first.cognito_request_id = Some("\u{1b}[31mred\n".to_owned());
        bench.write(&mut chain, &[later, first]).await;
        let whose = Whose::Person("ada@example.com".to_owned());

        let text = shown(bench, &whose, ShowFormat::Text).await;
        let json = shown(bench, &whose, ShowFormat::Json).await;

        assert_eq!(
            text,
            "2027-01-15T08:00:00.000Z  register  created  confirmation_required\n    \
                 user sub              sub-ada@example.com\n    \
                 Cognito's request id  \u{fffd}[31mred\u{fffd}\n    \
                 request id            request-ada@example.com\n    \
                 consents              privacy=3 terms=2026-10\n    \
                 language              de\n\
             \n\
             2027-01-15T08:01:01.001Z  confirm  confirmed  confirmed\n    \
                 Cognito's request id  cognito-1\n    \
                 request id            request-ada@example.com\n    \
                 language              de\n"
        );
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 2);
        assert_eq!(json[0]["at"], "2027-01-15T08:00:00.000Z");
        assert_eq!(json[0]["consents"]["terms"], "2026-10");
        assert_eq!(json[1]["user_sub"], Value::Null);
        assert_eq!(json[0]["recipient"], json[1]["username"], "the same person");
        let nobody = Whose::Person("nobody".to_owned());
        let none = shown(bench, &nobody, ShowFormat::Text).await;
        assert_eq!(none, "The audit log has no such attempt.\n");
        assert_eq!(shown(bench, &nobody, ShowFormat::Json).await, "[]\n");
    })
    .await;
}

#[tokio::test]
async fn exports_every_row_of_a_time_once_over_many_pages() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        // Many at the same time, more than a page holds.
        let mut rows: Vec<AttemptRow> =
            (0..1300).map(|n| bench.row(refusal("ada"), NOW + n / 700)).collect();
        rows.push(bench.row(refusal("early"), NOW - 1));
        rows.push(bench.row(refusal("late"), NOW + 2));
        bench.write(&mut chain, &rows).await;

        let lines = exported(bench, NOW, NOW + 2, ExportFormat::JsonLines).await;
        let csv = exported(bench, NOW, NOW + 2, ExportFormat::Csv).await;

        let objects: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let keys: Vec<(&str, &str)> = objects
            .iter()
            .map(|object| (object["at"].as_str().unwrap(), object["id"].as_str().unwrap()))
            .collect();
        assert_eq!(keys.len(), 1300);
        assert!(keys.is_sorted_by(|one, other| one < other), "in order, and none twice");
        assert_eq!(csv.lines().count(), 1301);
    })
    .await;
}

#[tokio::test]
async fn a_cell_says_what_the_row_says_and_no_formula() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let mut row = bench.row(sign_up("ada@example.com"), NOW);
        row.request_id = "-1.exe".to_owned();
        row.user_sub = Some("a, \"b\"".to_owned());
        let id = row.id.clone();
        bench.write(&mut chain, &[row]).await;

        let csv = exported(bench, NOW, NOW + 1, ExportFormat::Csv).await;

        let (header, row) = csv.split_once("\r\n").unwrap();
        assert_eq!(
            header,
            "at,operation,outcome,code,user_sub,cognito_request_id,request_id,consents,locale,\
             recipient,username,address,id,key_id,chain,sequence"
        );
        assert!(
            row.starts_with(
                "2027-01-15T08:00:00.000Z,register,created,confirmation_required,\
                 \"a, \"\"b\"\"\",cognito-1,'-1.exe,privacy=3 terms=2026-10,de,"
            ),
            "{row}"
        );
        assert!(row.contains(&format!(",{id},{},{},1\r\n", bench.keys.id, chain.id)));
    })
    .await;
}

#[tokio::test]
async fn opens_only_what_is_there_and_makes_nothing() {
    let engine = support::Engine::sqlite();
    let missing = PathBuf::from(engine.url.trim_start_matches("sqlite:"));
    let empty = missing.with_extension("empty");
    fs::write(&empty, "").unwrap();
    for (url, expected) in [
        (format!("sqlite:{}", missing.display()), "there is no file"),
        (format!("sqlite:{}", empty.display()), "run `vestibule migrate`"),
        ("sqlite::memory:".to_owned(), "known to its service alone"),
    ] {
        let settings = [("VESTIBULE__DATABASE__URL", &*url)]
            .into_iter()
            .chain([
                ("VESTIBULE__COGNITO__USER_POOL_ID", "eu-central-1_EXAMPLE"),
                ("VESTIBULE__COGNITO__CLIENT_ID", "1example23456789"),
                ("VESTIBULE__DATABASE__KEY", KEY),
            ])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>();
        let sources = crate::config::Sources { environment: &settings, ..Default::default() };
        let config = crate::config::Config::load(sources).unwrap();

        let refusal = Books::open(&config).await.err().unwrap();

        assert!(refusal.to_string().contains(expected), "{url}: {refusal}");
    }
    assert!(!missing.exists());
}
