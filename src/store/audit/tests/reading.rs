//! Output of `show` and `export`.

use std::fs;

use serde_json::Value;
use tokio::runtime::Builder;

use super::*;
use crate::store::audit::{export::ExportFormat, log::Position};

impl Bench<'_> {
    fn shown(&mut self, query: &SubjectQuery, format: OutputFormat) -> String {
        let found = self.find(query);
        let mut out = Vec::new();
        self.log.show(&found, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn exported(&mut self, since: i64, until: i64, format: ExportFormat) -> String {
        let (mut out, start) = (Vec::new(), Position::default());
        let period = since..until;
        self.log.export(&period, start, format, &mut out, &mut |_| Ok(())).unwrap();
        String::from_utf8(out).unwrap()
    }
}

#[test]
fn shows_the_oldest_attempt_first_as_plain_text_and_as_json() {
    on_each_bench(|bench| {
        bench.write(NOW + 61_001, [confirm("ada@example.com")]);
        let cognito_request_id = Some("\u{1b}[31mred\n".to_owned());
        bench.write(NOW, [Attempt { cognito_request_id, ..sign_up("ada@example.com") }]);
        let ada = name("ada@example.com");

        let text = bench.shown(&ada, OutputFormat::Text);
        let json = bench.shown(&ada, OutputFormat::Json);

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
        assert_eq!(json[0]["recipient"], json[1]["username"], "the same user");
        let none = bench.shown(&name("carol"), OutputFormat::Text);
        assert_eq!(none, "The audit log has no such attempt.\n");
        assert_eq!(bench.shown(&name("carol"), OutputFormat::Json), "[]\n");
    });
}

#[test]
fn exports_every_attempt_of_a_period_once_over_many_pages() {
    on_each_bench(|bench| {
        bench.write(NOW - 1, [rejection("early")]);
        // One millisecond has more attempts than a page.
        bench.write(NOW, (0..1300).map(|_| rejection("ada")));
        bench.write(NOW + 1, (0..700).map(|_| rejection("ada")));
        bench.write(NOW + 2, [rejection("late")]);

        let lines = bench.exported(NOW, NOW + 2, ExportFormat::JsonLines);
        let csv = bench.exported(NOW, NOW + 2, ExportFormat::Csv);

        let ids: Vec<i64> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter_map(|object| Some(object["id"].as_str()?.parse().unwrap()))
            .collect();
        assert_eq!(ids.len(), 2000);
        let trailer = format!("{{\"complete\":true,\"rows\":2000,\"last_id\":\"{}\"}}", ids[1999]);
        assert_eq!(lines.lines().last(), Some(&*trailer));
        assert!(
            ids.is_sorted_by(|one, other| one < other),
            "the ids are in order, and each id occurs once"
        );
        assert_eq!(csv.lines().count(), 2001);
    });
}

#[test]
fn cells_equal_the_row_and_contain_no_formula() {
    on_each_bench(|bench| {
        let attempt = Attempt {
            request_id: "-1.exe".to_owned(),
            user_sub: Some("a, \"b\"".to_owned()),
            ..sign_up("ada@example.com")
        };
        let rows = bench.write(NOW, [attempt, sign_up("bob@example.com")]);
        let found = bench.find(&name("bob@example.com"));
        bench.log.erase(&found, NOW).unwrap();

        let csv = bench.exported(NOW, NOW + 1, ExportFormat::Csv);

        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "at,operation,outcome,code,user_sub,cognito_request_id,request_id,consents,locale,\
             recipient,username,address,id,seal,erased_at"
        );
        let start = "2027-01-15T08:00:00.000Z,register,created,confirmation_required,\
                     \"a, \"\"b\"\"\",cognito-1,'-1.exe,privacy=3 terms=2026-10,de,";
        assert!(lines[1].starts_with(start), "{csv}");
        assert!(lines[1].ends_with(&format!(",{},1,", rows[0].id)), "{csv}");
        let erased = format!(
            "2027-01-15T08:00:00.000Z,register,created,confirmation_required,,,,,,,,,{},1,\
             2027-01-15T08:00:00.000Z",
            rows[1].id
        );
        assert_eq!(lines[2], erased);
    });
}

#[test]
fn exports_the_counts_of_rejections() {
    on_each_bench(|bench| {
        let minute = NOW / 60_000;
        for (minute, code) in [
            (minute - 1, "early"),
            (minute, "busy"),
            (minute + 3 * 1440, "=1+1"),
            (minute + 9999, "late"),
        ] {
            bench.log.connection.run_all(&format!(
                "INSERT INTO rejections (minute, operation, code, count)
                 VALUES ({minute}, 'register', '{code}', 2)"
            ));
        }
        let mut export = |format| {
            let (mut out, period) = (Vec::new(), NOW + 5..NOW + 3 * DAY + 1);
            bench.log.export_rejections(&period, format, &mut out, &mut |_| Ok(())).unwrap();
            String::from_utf8(out).unwrap()
        };

        let csv = export(ExportFormat::Csv);
        let lines = export(ExportFormat::JsonLines);

        assert_eq!(
            csv,
            "at,operation,code,count\r\n2027-01-15T08:00:00.000Z,register,busy,2\r\n\
             2027-01-18T08:00:00.000Z,register,'=1+1,2\r\n"
        );
        assert!(lines.starts_with("{\"at\":\"2027-01-15T08:00:00.000Z\","), "{lines}");
        let trailer = lines.lines().nth(2);
        assert_eq!(trailer, Some("{\"complete\":true,\"rows\":2,\"last_id\":null}"));
    });
}

#[test]
fn opens_only_an_existing_database() {
    let engine = Engine::sqlite();
    let missing = engine.url().replace(".db", ".none");
    let empty = engine.url().replace(".db", ".empty");
    fs::write(empty.trim_start_matches("sqlite:"), "").unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    for (url, expected) in [
        (&*missing, "there is no file"),
        (&*empty, "Run `vestibule migrate`"),
        ("sqlite::memory:", "only its service can open"),
    ] {
        let config = engine.config(&[("DATABASE__URL", url)]);

        let error = runtime.block_on(AuditLog::open(&config)).err().unwrap();

        assert!(error.to_string().contains(expected), "{url}: {error}");
    }
    assert!(!fs::exists(missing.trim_start_matches("sqlite:")).unwrap());
}
