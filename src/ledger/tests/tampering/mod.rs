//! What `verify` finds.

mod cases;

use super::*;
use crate::ledger::audit::{
    chain, entries, erase,
    person::{self, Whose},
    retention::Retention,
    rows,
};
use cases::TAMPERING;

/// A ledger with a bit of everything: `a`, six attempts, of which the second was deleted; `r`,
/// refusals, of which three have aged out; `b`, which has noted the ends of both.
struct Scene {
    a: Chain,
    /// The signature of the end of `a` when it had five rows.
    older_end: String,
    r: Chain,
    b: Chain,
}

impl Scene {
    async fn set(bench: &mut Bench) -> Self {
        let mut a = bench.begin(Kind::Accounts, NOW).await;
        let rows: Vec<AttemptRow> =
            (1..=5).map(|n| bench.row(sign_up(&format!("ada{n}@example.com")), NOW + n)).collect();
        bench.write(&mut a, &rows).await;
        let older_end = signature(bench, &a).await;
        let row = bench.row(confirm("ada6@example.com"), NOW + 6);
        bench.write(&mut a, &[row]).await;

        let mut r = bench.begin(Kind::Refusals, NOW - 40 * DAY).await;
        let rows: Vec<AttemptRow> = [-39, -38, -37, -1, 0, 0]
            .iter()
            .map(|days| bench.row(refusal("eve@example.com"), NOW + days * DAY))
            .collect();
        bench.write(&mut r, &rows).await;

        let mut b = bench.begin(Kind::Accounts, NOW + 7).await;
        let row = bench.row(sign_up("bob@example.com"), NOW + 7);
        bench.write(&mut b, &[row]).await;

        let Bench { connection, keys, database, .. } = bench;
        let whose = Whose::Person("ada2@example.com".to_owned());
        let found = person::find(connection, keys, &whose).await.unwrap();
        let begin = database.begin();
        let erased = erase::erase(connection, begin, keys, &found, NOW + 8).await.unwrap();
        assert_eq!(erased.attempts, 1);
        let kept = Retention {
            accounts: Duration::from_hours(24 * 1000),
            refusals: Duration::from_hours(24 * 30),
        };
        let aged =
            crate::ledger::audit::retention::age_out(connection, begin, keys, &kept, NOW + 9);
        assert_eq!(aged.await.unwrap(), 3);
        Self { a, older_end, r, b }
    }

    /// Statements with the ids of the chains put in.
    fn statements(&self, template: &str) -> String {
        template
            .replace("{a}", &self.a.id)
            .replace("{r}", &self.r.id)
            .replace("{b}", &self.b.id)
            .replace("{older_end}", &self.older_end)
    }
}

async fn signature(bench: &mut Bench, chain: &Chain) -> String {
    rows::chain(&mut bench.connection, &chain.id).await.unwrap().unwrap().signature
}

#[tokio::test]
async fn finds_each_kind_of_tampering() {
    on_each_bench(async |bench| {
        Scene::set(bench).await;
        bench.assert_intact("a bit of everything").await;
    })
    .await;
    for (case, tampering, expected) in TAMPERING {
        on_each_bench(async |bench| {
            let scene = Scene::set(bench).await;
            bench.run(&scene.statements(tampering)).await;

            let (verdict, mut findings) = bench.verify().await;

            let mut expected: Vec<String> =
                expected.iter().map(|finding| scene.statements(finding)).collect();
            // Chains come in the order of their ids, which are made at random.
            findings.sort_unstable();
            expected.sort_unstable();
            assert_eq!(findings.len(), expected.len(), "{case}: {findings:#?}");
            for (finding, expected) in findings.iter().zip(&expected) {
                let is_it = match expected.split_once('*') {
                    Some((start, end)) => finding.starts_with(start) && finding.ends_with(end),
                    None => finding == expected,
                };
                assert!(is_it, "{case}: {finding}\ninstead of {expected}");
            }
            let counted = usize::try_from(verdict.findings + verdict.unverifiable).unwrap();
            assert_eq!(counted, findings.len(), "{case}");
        })
        .await;
    }
}

#[tokio::test]
async fn finds_what_was_signed_again_with_another_key() {
    on_each_bench(async |bench| {
        let scene = Scene::set(bench).await;
        let own = bench.keys.clone();
        // Everything of one chain, as it is written with another key.
        let chain = rows::chain(&mut bench.connection, &scene.b.id).await.unwrap().unwrap();
        let entries = rows::entries(&mut bench.connection, &chain.id, 0, 10).await.unwrap();
        let [entries::Entry::Attempt(written)] = &entries[..] else { panic!("{entries:?}") };
        let other = keys("another key");
        let mut row = written.row.clone();
        row.outcome = "not_created".to_owned();
        for (key_id, is_found) in [(&own.id, true), (&other.id, false)] {
            let mut chain = chain.clone();
            chain.key_id.clone_from(key_id);
            let first = chain.first_link(&other);
            let digest = row.digest(&other);
            let link = chain::next_link(&other, &first, 1, &digest);
            let signature = chain::end_signature(&other, &first, 1, &link);
            let id = &chain.id;
            bench
                .run(&format!(
                    "UPDATE attempts SET outcome = 'not_created', pepper = '{key_id}',
                        digest = '{digest}', link = '{link}' WHERE chain = '{id}';
                     UPDATE chains SET pepper = '{key_id}', link = '{link}',
                        signature = '{signature}' WHERE id = '{id}'"
                ))
                .await;

            let (verdict, findings) = bench.verify().await;

            assert_eq!(verdict.findings > 0, is_found, "{findings:?}");
            assert_eq!(verdict.unverifiable, u64::from(!is_found), "{findings:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_ledger_that_was_put_back_as_a_whole_is_found_by_what_an_earlier_run_printed() {
    on_each_bench(async |bench| {
        let mut chain = bench.begin(Kind::Accounts, NOW).await;
        let row = bench.row(sign_up("a@example.com"), NOW);
        bench.write(&mut chain, &[row]).await;
        let end = signature(bench, &chain).await;
        let (_, early) = bench.verify_against(&ExpectedEnds::default()).await;
        let row = bench.row(sign_up("b@example.com"), NOW);
        bench.write(&mut chain, &[row]).await;
        let (_, late) = bench.verify_against(&ExpectedEnds::default()).await;
        let (early, late) =
            (ExpectedEnds::read(&early).unwrap(), ExpectedEnds::read(&late).unwrap());
        assert_eq!(bench.verify_against(&early).await.0.findings, 0, "it has grown since");
        let id = &chain.id;
        bench
            .run(&format!(
                "DELETE FROM consents WHERE attempt IN
                     (SELECT id FROM attempts WHERE chain = '{id}' AND sequence = 2);
                 DELETE FROM attempts WHERE chain = '{id}' AND sequence = 2;
                 UPDATE chains SET length = 1, signature = '{end}', link =
                     (SELECT link FROM attempts WHERE chain = '{id}')"
            ))
            .await;

        bench.assert_intact("nothing in it tells").await;
        let (verdict, printed) = bench.verify_against(&late).await;

        let expected =
            format!("Chain {id} ends with sequence 1, but an earlier run has seen it go on to 2.");
        assert_eq!((verdict.findings, printed.lines().next()), (1, Some(&*expected)));
        bench.run("DELETE FROM chains; DELETE FROM attempts; DELETE FROM consents").await;
        let (verdict, printed) = bench.verify_against(&early).await;
        let expected = format!("Chain {id} is gone; an earlier run has seen it.");
        assert_eq!((verdict.findings, printed.lines().next()), (1, Some(&*expected)));
    })
    .await;
}
