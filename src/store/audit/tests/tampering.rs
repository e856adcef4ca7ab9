//! Findings of `verify`.

use std::time::Duration;

use serde_json::Value as Json;

use super::*;
use crate::{config, store::audit::retention};

/// An audit log with rows and seals of each kind:
///
/// - seal 1: three rejections that have expired;
/// - seal 2: five sign-ups, of which the second is erased: `{a1}` to `{a5}`;
/// - seal 3: three rejections, `{r1}` to `{r3}`;
/// - seal 4: a sign-up, `{b1}`;
/// - seal 5: a confirm, `{c1}`. This seal is open.
pub(super) struct Scene {
    placeholders: Vec<(String, String)>,
}

impl Scene {
    pub(super) fn set(bench: &mut Bench<'_>) -> Self {
        bench.write(NOW - 40 * DAY, ["eve1", "eve2", "eve3"].map(rejection));
        let a = bench.write(NOW - DAY, (1..=5).map(|n| sign_up(&format!("ada{n}@example.com"))));
        let r = bench.write(NOW - DAY + 1, ["eve4", "eve5", "eve6"].map(rejection));
        let b = bench.write(NOW - DAY + 2, [sign_up("bob@example.com")]);
        let c = bench.write_with(&mut OpenSeals::default(), NOW - 1000, [confirm("carol")]);
        let found = bench.find(&name("ada2@example.com"));
        let erased = bench.log.erase(&found, NOW).unwrap();
        assert_eq!(erased.attempts, 1);
        let kept = config::Audit {
            max_rejections_per_day: u64::MAX,
            retention_accounts: Duration::from_hours(24 * 1000),
            retention_rejections: Duration::from_hours(24 * 30),
        };
        retention::delete_expired(&mut bench.log.connection, &bench.log.keys, &kept, NOW).unwrap();
        let rows = [("a", a), ("r", r), ("b", b), ("c", c)];
        let placeholders = rows.into_iter().flat_map(|(letter, rows)| {
            let numbered = (1..).zip(rows);
            numbered.map(move |(n, row)| (format!("{{{letter}{n}}}"), row.id.to_string()))
        });
        Self { placeholders: placeholders.collect() }
    }

    pub(super) fn fill_in(&self, template: &str) -> String {
        let replace = |text: String, (from, to): &(String, String)| text.replace(from, to);
        self.placeholders.iter().fold(template.to_owned(), replace)
    }
}

const TAMPERING: &[(&str, &str, &[&str])] = &[
    (
        "an altered outcome",
        "UPDATE attempts SET outcome = 'not_created' WHERE id = {a3}",
        &["Attempt {a3} of seal 2: it was altered."],
    ),
    (
        "an altered consent",
        "UPDATE attempts SET consents = '{\"privacy\":\"4\",\"terms\":\"2026-10\"}' WHERE id = {a4}",
        &["Attempt {a4} of seal 2: it was altered."],
    ),
    (
        "removed consents",
        "UPDATE attempts SET consents = NULL WHERE id = {a4}",
        &["Attempt {a4} of seal 2: it was altered."],
    ),
    (
        "an altered memory",
        "UPDATE attempts SET memory = 4 WHERE id = {a4}",
        &["Attempt {a4} of seal 2: it was altered."],
    ),
    (
        "an altered row of an open seal",
        "UPDATE attempts SET code = 'busy' WHERE id = {c1}",
        &["Attempt {c1} of seal 5: it was altered."],
    ),
    (
        "an altered time",
        "UPDATE attempts SET id = id + 1048576 WHERE id = {a5}",
        &[
            "Attempt * of seal 2: it was altered.",
            "Seal 2: its attempts are not those that were sealed.",
        ],
    ),
    (
        "an altered digest",
        "UPDATE attempts SET digest = (SELECT digest FROM attempts WHERE id = {a1}) WHERE id = {a3}",
        &[
            "Attempt {a3} of seal 2: it was altered.",
            "Seal 2: its attempts are not those that were sealed.",
        ],
    ),
    ("a deleted row", "DELETE FROM attempts WHERE id = {r2}", &["Seal 3: 1 attempt missing."]),
    (
        "deleted rows",
        "DELETE FROM attempts WHERE id IN ({a1}, {a2}, {a3})",
        &["Seal 2: 3 attempts missing."],
    ),
    (
        "deleted rows and an altered count",
        "DELETE FROM attempts WHERE id = {r3}; UPDATE seals SET row_count = 2 WHERE id = 3",
        &["Seal 3: it was altered.", "Seal 3: its attempts are not those that were sealed."],
    ),
    (
        "a moved row",
        "UPDATE attempts SET seal = 4 WHERE id = {a1}",
        &[
            "Attempt {a1} of seal 4: it was altered.",
            "Seal 2: 1 attempt missing.",
            "Seal 4: 1 attempt too many.",
        ],
    ),
    (
        "swapped rows",
        "UPDATE attempts SET id = 7 WHERE id = {a3}; UPDATE attempts SET id = {a3} WHERE id = {a4};
         UPDATE attempts SET id = {a4} WHERE id = 7",
        &["Attempt {a3} of seal 2: it was altered.", "Attempt {a4} of seal 2: it was altered."],
    ),
    (
        "an inserted row",
        "INSERT INTO attempts (id, seal, operation, outcome, code, digest)
             SELECT id + 9, seal, operation, outcome, code, digest FROM attempts WHERE id = {r3}",
        &["Attempt * of seal 3: it was altered.", "Seal 3: 1 attempt too many."],
    ),
    (
        "a row in an open seal",
        "INSERT INTO attempts (id, seal, operation, outcome, code, digest)
             SELECT id + 9, seal, operation, outcome, code, digest FROM attempts WHERE id = {c1}",
        &["Attempt * of seal 5: it was altered."],
    ),
    (
        "a row of an expired seal",
        "UPDATE attempts SET seal = 1 WHERE id = {r1}",
        &[
            "Attempt {r1} of seal 1: it was altered.",
            "Seal 1: expired, with 1 attempt left.",
            "Seal 3: 1 attempt missing.",
        ],
    ),
    (
        "a forged erasure",
        "UPDATE attempts SET erased_at = 1, erased_mac = digest, recipient = NULL WHERE id = {a3}",
        &["Attempt {a3} of seal 2: its erasure has no valid MAC, or it was altered afterwards."],
    ),
    (
        "the MAC of another erasure",
        "UPDATE attempts SET erased_at = (SELECT erased_at FROM attempts WHERE id = {a2}),
             erased_mac = (SELECT erased_mac FROM attempts WHERE id = {a2}) WHERE id = {a3}",
        &["Attempt {a3} of seal 2: its erasure has no valid MAC, or it was altered afterwards."],
    ),
    (
        "an outcome that was altered after the erasure",
        "UPDATE attempts SET outcome = 'not_created' WHERE id = {a2}",
        &["Attempt {a2} of seal 2: its erasure has no valid MAC, or it was altered afterwards."],
    ),
    (
        "consents that were added after the erasure",
        "UPDATE attempts SET consents = '{}' WHERE id = {a2}",
        &["Attempt {a2} of seal 2: its erasure has no valid MAC, or it was altered afterwards."],
    ),
    (
        "an erasure that was undone",
        "UPDATE attempts SET erased_at = NULL, erased_mac = NULL WHERE id = {a2}",
        &["Attempt {a2} of seal 2: it was altered."],
    ),
    (
        "a deleted seal",
        "DELETE FROM seals WHERE id = 3",
        &["Seal 3: missing.", "Seal 3: missing, with 3 attempts left."],
    ),
    (
        "a deleted seal with its rows",
        "DELETE FROM seals WHERE id = 3; DELETE FROM attempts WHERE seal = 3",
        &["Seal 3: missing."],
    ),
    (
        "deleted seals with their rows",
        "DELETE FROM seals WHERE id < 4; DELETE FROM attempts WHERE seal < 4",
        &["Seals 1 to 3: missing."],
    ),
    (
        "a seal with the number of another",
        "DELETE FROM attempts WHERE seal = 4; DELETE FROM seals WHERE id = 4;
         UPDATE seals SET id = 4 WHERE id = 5; DELETE FROM attempts WHERE seal = 5;
         UPDATE seals SET id = 5 WHERE id = 3; UPDATE seals SET id = 3 WHERE id = 4;
         UPDATE seals SET id = 4 WHERE id = 5",
        &["Seal 4: it was altered.", "Seal 4: 3 attempts missing."],
    ),
    (
        "accounts that are to expire like rejections",
        "UPDATE seals SET kind = 'rejections' WHERE id = 4",
        &["Seal 4: it was altered."],
    ),
    (
        "an altered time of a seal",
        "UPDATE seals SET opened_at = opened_at - 1 WHERE id = 4",
        &["Seal 4: it was altered."],
    ),
    (
        "a MAC of another type",
        "UPDATE seals SET mac = 'x' WHERE id = 3",
        &["Seal 3: it was altered."],
    ),
    (
        "a forged expiry",
        "UPDATE seals SET expired_at = 1, expired_mac = mac WHERE id = 4;
         DELETE FROM attempts WHERE seal = 4",
        &["Seal 4: its expiry has no MAC of this database.key."],
    ),
    (
        "the expiry of another seal",
        "UPDATE seals SET expired_at = (SELECT expired_at FROM seals WHERE id = 1),
             expired_mac = (SELECT expired_mac FROM seals WHERE id = 1) WHERE id = 4;
         DELETE FROM attempts WHERE seal = 4",
        &["Seal 4: its expiry has no MAC of this database.key."],
    ),
    (
        "a forged beginning of an expiry",
        "UPDATE seals SET expired_mac = mac WHERE id = 4; DELETE FROM attempts WHERE seal = 4",
        &["Seal 4: 1 attempt missing."],
    ),
    (
        "an expiry that was undone",
        "UPDATE seals SET expired_at = NULL, expired_mac = NULL WHERE id = 1",
        &["Seal 1: 3 attempts missing."],
    ),
    (
        "an expiry at another time",
        "UPDATE seals SET expired_at = 1 WHERE id = 1",
        &["Seal 1: its expiry has no MAC of this database.key."],
    ),
    (
        "a seal that names another key",
        "UPDATE seals SET key = 'another' WHERE id = 4",
        &["Seal 4: it names another key than its own."],
    ),
    (
        "injected control characters",
        "UPDATE seals SET key = 'x\n\u{1b}[2J', mac = digest_sum WHERE id = 4",
        &["Written with another database.key, named x\u{fffd}\u{fffd}[2J: 1 seal."],
    ),
];

#[test]
fn finds_each_kind_of_tampering() {
    on_each_bench(|bench| {
        Scene::set(bench);
        let (result, printed) = bench.verify();
        assert_eq!(findings(&printed), [""; 0]);
        let numbers = Verification::default();
        let expected = Verification { attempts: 10, erased: 1, sealed: 9, unsealed: 1, ..numbers };
        assert_eq!(result, expected);
    });
    on_each_bench(|bench| {
        let scene = Scene::set(bench);
        bench.log.connection.run_all(
            "CREATE TABLE attempts_before AS SELECT * FROM attempts;
             CREATE TABLE seals_before AS SELECT * FROM seals",
        );
        for (case, tampering, expected) in TAMPERING {
            bench.log.connection.run_all(
                "DELETE FROM attempts; INSERT INTO attempts SELECT * FROM attempts_before;
                 DELETE FROM seals; INSERT INTO seals SELECT * FROM seals_before",
            );
            bench.log.connection.run_all(&scene.fill_in(tampering));

            let (result, printed) = bench.verify();
            let (_, json) = bench.verify_as(OutputFormat::Json, &ExpectedSeals::default());

            let engine = bench.engine.name;
            let found = findings(&printed);
            let json: Json = serde_json::from_str(&json).unwrap();
            let details = json["findings"].as_array().unwrap().iter();
            let details: Vec<&str> = details.map(|one| one["detail"].as_str().unwrap()).collect();
            assert_eq!(details.len(), found.len(), "{case}, {engine}: {json}");
            assert_eq!(json["alterations"], result.alterations, "{case}, {engine}: {json}");
            let expected: Vec<String> = expected.iter().map(|line| scene.fill_in(line)).collect();
            assert_eq!(found.len(), expected.len(), "{case}, {engine}: {found:#?}");
            for (found, expected) in found.iter().zip(&expected) {
                let is_it = match expected.split_once('*') {
                    Some((start, end)) => found.starts_with(start) && found.ends_with(end),
                    None => found == expected,
                };
                assert!(is_it, "{case}, {engine}: {found}\ninstead of {expected}");
            }
            let counted = result.alterations + result.unverifiable_seals;
            assert_eq!(counted, expected.len() as u64, "{case}, {engine}");
        }
    });
}

#[test]
fn a_seal_whose_mac_is_a_number_is_altered() {
    let engine = Engine::sqlite();
    let log = AuditLog { keys: keys(KEY), connection: engine.connection() };
    let mut bench = Bench { engine: &engine, log };
    Scene::set(&mut bench);
    for number in ["7", "1.5"] {
        bench.log.connection.run_all(&format!("UPDATE seals SET mac = {number} WHERE id = 3"));

        let (_, printed) = bench.verify();

        assert_eq!(findings(&printed), ["Seal 3: it was altered."], "{number}");
    }
}
