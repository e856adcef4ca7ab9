//! Findings of `verify` against the seals of an earlier output.

use super::{tampering::Scene, *};
use crate::store::audit::seals::close_abandoned;

#[test]
fn an_earlier_output_detects_rolled_back_and_resealed_rows() {
    for (case, tampering, expected) in [
        ("nothing", "", &[][..]),
        (
            "the last seals are missing",
            "DELETE FROM attempts WHERE seal > 3; DELETE FROM seals WHERE id > 3",
            &[
                "Seal 4: missing, but an earlier run found it.",
                "Seal 5: missing, but an earlier run found it.",
            ],
        ),
        (
            "a seal is open again, without one of its rows",
            "UPDATE seals SET mac = NULL WHERE id = 3; DELETE FROM attempts WHERE id = {r1}",
            &[
                "Note: seal 3, opened 2027-01-14T08:00:00.001Z, is still open. A running service closes it.",
                "Seal 4, or an earlier seal, is open or missing, but an earlier run found it closed.",
            ],
        ),
        (
            "a seal of another key",
            "UPDATE seals SET key = 'x', mac = digest_sum WHERE id = 3; DELETE FROM attempts WHERE seal = 3",
            &[
                "Seal 4, or an earlier seal, is not the seal that an earlier run found.",
                "Written with another database.key, named x: 1 seal.",
            ],
        ),
    ] {
        on_each_bench(|bench| {
            let scene = Scene::set(bench);
            let (_, printed) = bench.verify();
            let earlier = ExpectedSeals::read(&printed.join("\n")).unwrap();
            bench.write(NOW, [confirm("dora")]);
            bench.log.connection.run_all(&scene.fill_in(tampering));

            let (_, printed) = bench.verify_against(&earlier);

            assert_eq!(findings(&printed), expected, "{case}, {}", bench.engine.name);
        });
    }
}

#[test]
fn an_earlier_output_detects_a_seal_that_the_cleanup_closed_again() {
    on_each_bench(|bench| {
        let scene = Scene::set(bench);
        let (_, printed) = bench.verify();
        let earlier = ExpectedSeals::read(&printed.join("\n")).unwrap();
        bench.log.connection.run_all(&scene.fill_in(
            "UPDATE seals SET mac = NULL WHERE id = 3; DELETE FROM attempts WHERE id = {r1}",
        ));
        close_abandoned(&mut bench.log.connection, &bench.log.keys, NOW).unwrap();

        let (alone, notes) = bench.verify();
        let (compared, _) = bench.verify_against(&earlier);

        assert_eq!((alone.alterations, compared.alterations), (0, 1));
        let note = "Note: the cleanup closed seal 3, opened 2027-01-14T08:00:00.001Z, instead of its writer.";
        assert!(notes[0].starts_with(note), "{notes:#?}");
    });
}
