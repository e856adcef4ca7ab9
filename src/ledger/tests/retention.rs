//! Attempts age out.

use futures_util::future::join_all;

use super::*;
use crate::ledger::audit::{
    person,
    retention::{self, Retention},
    rows,
};

const KEPT: Retention = Retention {
    accounts: Duration::from_hours(24 * 1000),
    refusals: Duration::from_hours(24 * 30),
};

impl Bench {
    /// Ages out what there is to age out; how much, batch by batch.
    async fn age_out(&mut self, now: i64) -> Vec<usize> {
        let begin = self.database.begin();
        let mut batches = Vec::new();
        loop {
            let (connection, keys) = (&mut self.connection, &self.keys);
            match retention::age_out(connection, begin, keys, &KEPT, now).await.unwrap() {
                0 => return batches,
                aged => batches.push(aged),
            }
        }
    }
}

#[tokio::test]
async fn each_kind_ages_out_in_its_own_time_and_leaves_a_ledger_that_holds() {
    on_each_bench(async |bench| {
        let mut accounts = bench.begin(Kind::Accounts, NOW).await;
        let mut refusals = bench.begin(Kind::Refusals, NOW).await;
        let days = [0, 0, 20, 20];
        let rows = days.map(|day| bench.row(sign_up("ada@example.com"), NOW + day * DAY));
        bench.write(&mut accounts, &rows).await;
        let rows = days.map(|day| bench.row(refusal("ada@example.com"), NOW + day * DAY));
        bench.write(&mut refusals, &rows).await;

        for (day, aged, left, consents) in [
            (29, &[][..], 8, 8),
            (31, &[2], 6, 8),
            (31, &[], 6, 8),
            (60, &[2], 4, 8),
            (999, &[], 4, 8),
            (1001, &[2], 2, 4),
            (1021, &[2], 0, 0),
            (9999, &[], 0, 0),
        ] {
            assert_eq!(bench.age_out(NOW + day * DAY).await, aged, "day {day}");
            assert_eq!(bench.count("attempts").await, left, "day {day}");
            assert_eq!(bench.count("consents").await, consents, "day {day}");
            bench.assert_intact(&format!("day {day}")).await;
        }
        let row = bench.row(sign_up("bob@example.com"), NOW + 9999 * DAY);
        bench.write(&mut accounts, &[row]).await;
        bench.assert_intact("a chain goes on after all of it has aged out").await;
        assert_eq!(bench.count("checkpoints").await, 2);
    })
    .await;
}

#[tokio::test]
async fn tombstones_age_out_with_the_rows_around_them() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Refusals, NOW).await;
        let rows =
            ["ada", "bob", "ada", "ada", "bob", "ada"].map(|name| bench.row(refusal(name), NOW));
        bench.write(&mut chain, &rows).await;
        let Bench { connection, keys, database, .. } = &mut *bench;
        let whose = person::Whose::Person("ada".to_owned());
        let found = person::find(connection, keys, &whose).await.unwrap();
        let day_20 = NOW + 20 * DAY;
        let begin = database.begin();
        crate::ledger::audit::erase::erase(connection, begin, keys, &found, day_20).await.unwrap();

        assert_eq!(bench.age_out(NOW + 31 * DAY).await, [5], "the last one is young");
        assert_eq!((bench.count("attempts").await, bench.count("tombstones").await), (0, 1));
        bench.assert_intact("a tombstone is left").await;
        assert_eq!(bench.age_out(NOW + 51 * DAY).await, [1]);
        assert_eq!(bench.count("tombstones").await, 0);
        bench.assert_intact("nothing is left").await;
    })
    .await;
}

#[tokio::test]
async fn many_tombstones_do_not_keep_what_is_after_them() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Refusals, NOW).await;
        let mut rows: Vec<AttemptRow> = (0..600).map(|_| bench.row(refusal("ada"), NOW)).collect();
        rows.push(bench.row(refusal("bob"), NOW));
        bench.write(&mut chain, &rows).await;
        let Bench { connection, keys, database, .. } = &mut *bench;
        let whose = person::Whose::Person("ada".to_owned());
        let found = person::find(connection, keys, &whose).await.unwrap();
        let (begin, now) = (database.begin(), NOW + 31 * DAY);
        crate::ledger::audit::erase::erase(connection, begin, keys, &found, now).await.unwrap();

        assert_eq!(bench.age_out(now).await, [500, 101]);
        assert_eq!(bench.count("attempts").await, 0);
        bench.assert_intact("all of it has aged out").await;
    })
    .await;
}

#[tokio::test]
async fn what_was_tampered_with_does_not_vanish_by_ageing_out() {
    for (case, tampering) in [
        ("made to look old", "UPDATE attempts SET at = 1 WHERE sequence = 2"),
        ("a gap", "DELETE FROM attempts WHERE sequence = 2"),
        ("altered", "UPDATE attempts SET outcome = 'created' WHERE sequence = 2"),
        (
            "a forged tombstone",
            "INSERT INTO tombstones SELECT chain, sequence, digest, link, 1, 'forged'
                 FROM attempts WHERE sequence = 2;
             DELETE FROM attempts WHERE sequence = 2",
        ),
    ] {
        on_each_bench(async |bench| {
            let mut chain = bench.begin(Kind::Refusals, NOW).await;
            let rows = [0, 1, 2].map(|n| bench.row(refusal("ada"), NOW + n));
            bench.write(&mut chain, &rows).await;
            bench.run(tampering).await;

            assert_eq!(bench.age_out(NOW + 31 * DAY).await, [1], "{case}");
            assert_eq!(bench.age_out(NOW + 31 * DAY).await, [0; 0], "{case}");

            let (verdict, findings) = bench.verify().await;
            assert_eq!(verdict.findings, 1, "{case}: {findings:?}");
        })
        .await;
    }
    for (case, tampering) in [
        (
            "a forged checkpoint",
            "INSERT INTO checkpoints SELECT chain, sequence, link, 1, '' FROM attempts WHERE sequence = 1",
        ),
        ("accounts as refusals", "UPDATE chains SET kind = 'refusals'"),
    ] {
        on_each_bench(async |bench| {
            let mut chain = bench.begin(Kind::Accounts, NOW).await;
            let rows = [0, 1].map(|n| bench.row(sign_up("ada"), NOW + n));
            bench.write(&mut chain, &rows).await;
            bench.run(tampering).await;

            assert_eq!(bench.age_out(NOW + 9999 * DAY).await, [0; 0], "{case}");
            assert_eq!(bench.count("attempts").await, 2, "{case}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_nobody_can_verify_any_more_ages_out_all_the_same() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Refusals, NOW).await;
        let rows = [0, 1, 2].map(|n| bench.row(refusal("ada"), NOW + n));
        bench.write(&mut chain, &rows).await;
        bench.keys = keys("another key");

        assert_eq!(bench.age_out(NOW + 31 * DAY).await, [3]);
        assert_eq!(bench.count("attempts").await, 0);
    })
    .await;
}

#[tokio::test]
async fn replicas_that_age_out_at_once_take_no_checkpoint_back() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Refusals, NOW).await;
        let rows: Vec<AttemptRow> = (0..2600).map(|n| bench.row(refusal("ada"), NOW + n)).collect();
        bench.write(&mut chain, &rows).await;
        let id = chain.id.clone();

        let replica = async |bench: &Bench| {
            let mut connection = bench.connect().await;
            let (mut aged, mut last) = (0, 0);
            while aged_by(bench, &mut connection, &mut aged).await {
                let checkpoint = rows::checkpoint(&mut connection, &id).await.unwrap().unwrap();
                assert!(checkpoint.place.sequence >= last, "it went back");
                last = checkpoint.place.sequence;
            }
            aged
        };
        let aged = join_all((0..4).map(|_| replica(bench))).await;

        assert_eq!(aged.iter().sum::<usize>(), 2600, "{aged:?}");
        assert_eq!(bench.count("attempts").await, 0);
        bench.assert_intact("after all of them").await;
    })
    .await;
}

async fn aged_by(bench: &Bench, connection: &mut AnyConnection, aged: &mut usize) -> bool {
    let (begin, now) = (bench.database.begin(), NOW + 31 * DAY);
    let batch = retention::age_out(connection, begin, &bench.keys, &KEPT, now).await.unwrap();
    *aged += batch;
    batch > 0
}
