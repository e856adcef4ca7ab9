//! The expiry of rows with their seals.

use std::{thread, time::Duration};

use super::*;
use crate::{config, store::audit::retention};

const KEPT: config::Audit = config::Audit {
    retention_accounts: Duration::from_hours(24 * 1000),
    retention_rejections: Duration::from_hours(24 * 30),
    max_rejections_per_day: 3,
};

impl Bench<'_> {
    fn expire(&mut self, now: i64) {
        retention::delete_expired(&mut self.log.connection, &self.log.keys, &KEPT, now).unwrap();
    }
}

#[test]
fn each_kind_expires_on_time_and_leaves_the_log_intact() {
    on_each_bench(|bench| {
        for day in [0, 0, 20, 20] {
            bench
                .write(NOW + day * DAY, [sign_up("ada@example.com"), rejection("ada@example.com")]);
        }

        for (day, left, expired) in [
            (29, 8, 0),
            (31, 6, 2),
            (31, 6, 2),
            (60, 4, 4),
            (999, 4, 4),
            (1001, 2, 6),
            (1021, 0, 8),
            (9999, 0, 8),
        ] {
            bench.expire(NOW + day * DAY);

            let expired_seals = bench.log.connection.count("seals WHERE expired_at IS NOT NULL");
            assert_eq!((bench.log.connection.count("attempts"), expired_seals), (left, expired));
            bench.assert_intact(&format!("day {day}"));
        }
        bench.write(NOW, [sign_up("bob@example.com")]);
        bench.assert_intact("all rows have expired");
    });
}

#[test]
fn rejections_above_the_daily_maximum_are_deleted_a_day_later() {
    on_each_bench(|bench| {
        let today = NOW / DAY;
        for hour in 0..3 {
            let now = NOW + hour * DAY / 24;
            bench.write(now, [rejection("ada"), rejection("bob"), sign_up("eve@example.com")]);
            bench.write(now + DAY, [rejection("ada")]);
        }

        let mut deleted = |days| {
            let AuditLog { connection, keys } = &mut bench.log;
            retention::delete_above_maximum(connection, keys, &KEPT, days, NOW + 2 * DAY).unwrap()
        };
        let counts = [deleted(0..today), deleted(0..today + 1), deleted(0..today + 2)];

        assert_eq!(counts, [0, 4, 0], "one day has 6 rejections, and one has 3");
        let left = bench.log.connection.count("attempts WHERE outcome = 'not_created'");
        assert_eq!((left, bench.log.connection.count("attempts")), (5, 8));
        bench.assert_intact("the seals stay");
    });
}

#[test]
fn erased_rows_expire_with_other_rows() {
    on_each_bench(|bench| {
        bench.write(NOW, [rejection("ada"), rejection("bob")]);
        let found = bench.find(&name("ada"));
        bench.log.erase(&found, NOW).unwrap();

        bench.expire(NOW + 31 * DAY);

        assert_eq!(bench.log.connection.count("attempts"), 0);
        bench.assert_intact("no row is left");
    });
}

#[test]
fn a_large_seal_expires_in_parts_and_stays_intact() {
    on_each_bench(|bench| {
        let rows = bench.write(NOW, (0..1200).map(|_| rejection("ada")));
        // Simulates a process that ended between two transactions.
        let seal = crate::store::audit::seals::COLUMNS;
        let seal = bench.log.connection.rows(&format!("SELECT {seal} FROM seals"));
        let seal = crate::store::audit::seals::Seal::of_row(&seal[0]);
        bench
            .log
            .connection
            .execute(
                "UPDATE seals SET expired_mac = $1",
                &[seal.expiry_mac(&bench.log.keys, None).into()],
            )
            .unwrap();
        bench
            .log
            .connection
            .execute("DELETE FROM attempts WHERE id < $1", &[rows[500].id.into()])
            .unwrap();

        bench.assert_intact("some rows of the seal are deleted");
        bench.expire(NOW + 31 * DAY);

        assert_eq!(bench.log.connection.count("attempts"), 0);
        assert_eq!(bench.log.connection.count("seals WHERE expired_at IS NOT NULL"), 1);
        bench.assert_intact("all rows of the seal are deleted");
    });
}

#[test]
fn expiry_deletes_no_altered_rows() {
    for (case, tampering) in [
        ("an altered row", "UPDATE attempts SET outcome = 'created' WHERE id = {2}"),
        ("a missing row", "DELETE FROM attempts WHERE id = {2}"),
        ("a forged erasure", "UPDATE attempts SET erased_at = 1 WHERE id = {2}"),
        ("a seal that seems older", "UPDATE seals SET last_id = 1"),
        (
            "a seal of fewer rows",
            "UPDATE seals SET row_count = 2; DELETE FROM attempts WHERE id = {2}",
        ),
        (
            "an expiry that seems to have begun",
            "UPDATE seals SET expired_mac = digest_sum; DELETE FROM attempts WHERE id = {2}",
        ),
    ] {
        on_each_bench(|bench| {
            let rows = bench.write(NOW, ["ada", "bob", "eve"].map(rejection));
            let last = rows[2].id.to_string();
            bench.log.connection.run_all(&tampering.replace("{2}", &last));
            let left = bench.log.connection.count("attempts");

            bench.expire(NOW + 31 * DAY);

            assert_eq!(bench.log.connection.count("attempts"), left, "{case}");
            assert_eq!(bench.log.connection.count("seals WHERE expired_at IS NULL"), 1, "{case}");
            let (result, printed) = bench.verify();
            assert!(result.alterations > 0, "{case}: {printed:#?}");
        });
    }
    on_each_bench(|bench| {
        bench.write(NOW, [sign_up("ada")]);
        bench.log.connection.run_all("UPDATE seals SET kind = 'rejections'");

        bench.expire(NOW + 31 * DAY);

        assert_eq!(bench.log.connection.count("attempts"), 1, "an account is not a rejection");
    });
}

#[test]
fn rows_of_another_key_expire_too() {
    on_each_bench(|bench| {
        bench.write(NOW, ["ada", "bob"].map(rejection));
        // Simulates a writer that ended without closing its seal.
        bench.write_with(&mut OpenSeals::default(), NOW, [rejection("eve")]);
        bench.log.keys = keys("another key");
        let (before, _) = bench.verify();

        bench.expire(NOW + 31 * DAY);

        assert_eq!((before.unverifiable, before.unverifiable_seals), (3, 2));
        assert_eq!(bench.log.connection.count("attempts"), 0);
        bench.assert_intact("no row is left");
    });
}

#[test]
fn simultaneous_expiry_leaves_the_log_intact() {
    on_each_bench(|bench| {
        for minute in 0..4 {
            let attempts = (0..1300).map(|_| rejection("ada"));
            bench.write(NOW + minute * 60_000, attempts);
        }

        thread::scope(|scope| {
            for _ in 0..3 {
                let (engine, keys) = (bench.engine, &bench.log.keys);
                scope.spawn(move || {
                    let mut connection = engine.connection();
                    let now = NOW + 31 * DAY;
                    retention::delete_expired(&mut connection, keys, &KEPT, now).unwrap();
                });
            }
        });

        assert_eq!(bench.log.connection.count("attempts"), 0);
        assert_eq!(bench.log.connection.count("seals WHERE expired_at IS NOT NULL"), 4);
        bench.assert_intact("after simultaneous runs");
    });
}

#[test]
fn rejection_counts_recipients_and_index_expire_on_time() {
    on_each_bench(|bench| {
        let minute = NOW / 60_000;
        let id = id::first_at(NOW);
        bench.log.connection.run_all(&format!(
            "INSERT INTO rejections (minute, operation, code, count)
                 VALUES ({minute}, 'register', 'not_human', 1), ({minute}, 'confirm', 'busy', 1)"
        ));
        let digest = bench.log.keys.name("ada");
        for sql in [
            "INSERT INTO recipients (id, name, recipients) VALUES ($1, $2, '')",
            "INSERT INTO lookup (run, bucket, entries) VALUES ($1, 7, $2)",
        ] {
            bench.log.connection.execute(sql, &[id.into(), digest.into()]).unwrap();
        }

        for (day, rejections, others) in [(29, 2, 1), (31, 0, 1), (999, 0, 1), (1001, 0, 0)] {
            bench.expire(NOW + day * DAY);

            assert_eq!(bench.log.connection.count("rejections"), rejections, "day {day}");
            assert_eq!(bench.log.connection.count("recipients"), others, "day {day}");
            assert_eq!(bench.log.connection.count("lookup"), others, "day {day}");
        }
    });
}
