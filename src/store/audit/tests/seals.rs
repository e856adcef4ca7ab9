//! Seals that are open, closed and abandoned.

use super::*;
use crate::store::audit::seals::{self, ABANDONED};

#[test]
fn an_open_seal_is_no_finding_and_its_rows_are_verified() {
    on_each_bench(|bench| {
        let mut open = OpenSeals::default();
        bench.write(NOW - 60_000, [sign_up("ada@example.com")]);
        bench.write_with(&mut open, NOW, [sign_up("bob@example.com"), confirm("bob")]);

        let (result, printed) = bench.verify();

        assert_eq!((result.alterations, result.sealed, result.unsealed), (0, 1, 2), "{printed:#?}");
        let summary = "The audit log is intact: 3 attempts, 0 erased, 1 sealed, 2 not sealed yet, 0 unverifiable.";
        assert_eq!(printed[0], summary);
        assert!(printed[1].starts_with("1:"), "{printed:#?}");
        assert_eq!(printed[2], "2:open");
        bench
            .log
            .connection
            .run_all("UPDATE attempts SET outcome = 'not_confirmed' WHERE operation = 'confirm'");
        assert_eq!(bench.verify().0.alterations, 1);
    });
}

#[test]
fn notes_a_seal_that_the_cleanup_closed_for_its_writer() {
    on_each_bench(|bench| {
        let began = NOW - ABANDONED - 60_000;
        let lost = OpenSeals::default();
        bench.write_with(&mut lost.clone(), began, [sign_up("ada@example.com"), confirm("ada")]);
        bench.write(NOW, [sign_up("bob@example.com")]);
        let (before, _) = bench.verify();

        for _ in 0..2 {
            seals::close_abandoned(&mut bench.log.connection, &bench.log.keys, NOW).unwrap();
        }

        assert_eq!((before.alterations, before.unsealed), (0, 2));
        let (result, printed) = bench.verify();
        assert_eq!((result.alterations, result.sealed, result.unsealed), (0, 3, 0));
        let note = "Note: the cleanup closed seal 1, opened 2027-01-15T07:49:00.000Z, instead of its writer. No verification finds rows that were missing then.";
        assert_eq!(findings(&printed), [note]);
    });
}

#[test]
fn repeated_rows_count_once() {
    on_each_bench(|bench| {
        let mut seals = OpenSeals::default();
        let rows = bench.write_with(&mut seals, NOW, [sign_up("ada@example.com")]);

        let is_new = rows[0].insert(&mut bench.log.connection).unwrap();
        seals.close_due(&mut bench.log.connection, &bench.log.keys, NOW, true).unwrap();

        assert!(!is_new);
        bench.assert_intact("a row that was written twice");
    });
}
