//! The search index.

use super::*;
use crate::store::audit::search_index;

/// Number of attempts in a run.
const RUN: i64 = 16_384;

/// An hour and a half, in milliseconds. The index contains attempts of this age.
const INDEXED: i64 = 90 * 60 * 1000;

impl Bench<'_> {
    /// Writes the attempts, with copies of another attempt before and after, until a run is full.
    fn fill_run(&mut self, now: i64, attempts: Vec<Attempt>) -> Vec<StoredAttempt> {
        let count = RUN - i64::try_from(attempts.len()).unwrap();
        let mut rows = self.write(now, [vec![sign_up("filler")], attempts].concat());
        let filler = rows.remove(0).id;
        self.log.connection.run_all(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})
             INSERT INTO attempts (id, seal, operation, outcome, code, request_id, recipient, digest)
             SELECT attempts.id + 1000 + n.i, seal, operation, outcome, code, request_id, recipient,
                 digest
             FROM n JOIN attempts ON attempts.id = {filler}",
            count - 1
        ));
        rows
    }

    fn runs(&mut self) -> i64 {
        self.log.connection.rows("SELECT COUNT(DISTINCT run) FROM lookup")[0].int(0)
    }
}

#[test]
fn finds_attempts_before_and_after_indexing() {
    on_each_bench(|bench| {
        let old = || vec![sign_up("ada@example.com"), confirm("ada@example.com")];
        bench.fill_run(NOW - 2 * INDEXED, old());
        bench.fill_run(NOW - INDEXED, old());
        bench.write(NOW, old());
        let queries = [
            (name("ada@example.com"), 6),
            (name("carol@example.com"), 0),
            (SubjectQuery::Account("sub-ada@example.com".to_owned()), 6),
            (SubjectQuery::Request("request-ada@example.com".to_owned()), 6),
        ];

        for (runs, case) in [(0, "before"), (2, "indexed"), (2, "indexed again")] {
            if runs > 0 {
                search_index::update(&mut bench.log.connection, NOW).unwrap();
            }

            assert_eq!(bench.runs(), runs, "{case}");
            for (query, count) in &queries {
                assert_eq!(bench.find(query).ids.len(), *count, "{case}: {query:?}");
            }
        }
        let recent = bench.log.find(&queries[0].0, NOW - INDEXED - 1).unwrap();
        assert_eq!(recent.ids.len(), 4);
    });
}

#[test]
fn does_not_index_young_attempts_and_partial_runs() {
    on_each_bench(|bench| {
        bench.fill_run(NOW, vec![sign_up("ada@example.com")]);
        search_index::update(&mut bench.log.connection, NOW + 69 * 60 * 1000).unwrap();
        let young = bench.runs();
        bench.log.connection.run_all("DELETE FROM attempts WHERE recipient IS NULL");
        let last = bench.log.connection.rows("SELECT MAX(id) FROM attempts")[0].int(0);
        bench.log.connection.execute("DELETE FROM attempts WHERE id = $1", &[last.into()]).unwrap();

        search_index::update(&mut bench.log.connection, NOW + INDEXED).unwrap();

        assert_eq!((young, bench.runs()), (0, 0));
    });
}

#[test]
fn an_erasure_removes_only_the_entries_of_the_user() {
    on_each_bench(|bench| {
        let attempts = ["ada@example.com", "bob@example.com"].map(sign_up).to_vec();
        let rows = bench.fill_run(NOW - INDEXED, attempts);
        search_index::update(&mut bench.log.connection, NOW).unwrap();
        let found = bench.find(&name("ada@example.com"));

        bench.log.erase(&found, NOW).unwrap();

        let entries = bench.log.connection.rows("SELECT entries FROM lookup");
        let has = |row: &StoredAttempt| {
            let id = row.id.to_be_bytes();
            entries.iter().any(|row| row.blob(0).chunks(12).any(|entry| entry[4..] == id))
        };
        assert_eq!([has(&rows[0]), has(&rows[1])], [false, true]);
        assert_eq!(bench.find(&name("bob@example.com")).ids.len(), 1);
    });
}

#[test]
fn simultaneous_indexing_writes_each_run_once() {
    on_each_bench(|bench| {
        for run in [3, 2, 1] {
            bench.fill_run(NOW - run * INDEXED, vec![sign_up("ada@example.com")]);
        }

        std::thread::scope(|scope| {
            for _ in 0..3 {
                let engine = bench.engine;
                scope.spawn(move || search_index::update(&mut engine.connection(), NOW).unwrap());
            }
        });

        assert_eq!(bench.runs(), 3);
        assert_eq!(bench.find(&name("ada@example.com")).ids.len(), 3);
    });
}
