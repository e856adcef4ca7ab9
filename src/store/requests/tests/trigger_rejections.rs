//! Look-ups of accepted sign-ups, after the pre-sign-up trigger rejected a sign-up in conceal mode.

use super::{
    sign_up_support::SignUps,
    support::{LEASE, T},
};
use crate::store::{
    requests::prior::{
        Memory,
        PriorLookup::{Found, InFlight, NotFound},
    },
    tests::support::on_every_engine,
};

#[test]
fn finds_the_same_pair_after_every_outcome_with_an_account() {
    on_every_engine(|engine| {
        for (memory, expected) in [
            (Some(Memory::Unknown), Found(())),
            (Some(Memory::CodeNotDelivered), Found(())),
            (Some(Memory::Created), Found(())),
            (Some(Memory::AwaitingApproval), Found(())),
            (Some(Memory::Confirmed), Found(())),
            (Some(Memory::Existed), Found(())),
            (None, NotFound),
        ] {
            let mut sign_ups = SignUps::new(engine);
            let other = sign_ups.begin(2, T);
            sign_ups.end(other, Some(Memory::Created));
            let first = sign_ups.begin(1, T);
            sign_ups.end(first, memory);

            let found = [sign_ups.reject_from(0, 1, T), sign_ups.reject_from(0, 1, T)];

            assert_eq!(found, [expected.clone(), expected], "{}: {memory:?}", engine.name);
        }
    });
}

#[test]
fn waits_for_the_same_pair_until_its_lease_ends() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let first = sign_ups.begin(1, T);

        let during = sign_ups.reject_from(0, 1, T + LEASE - 1);
        let after = sign_ups.reject_from(0, 1, T + LEASE);

        assert_eq!([during, after], [InFlight(vec![first.id]), Found(())], "{}", engine.name);
    });
}

#[test]
fn recognises_only_sign_ups_from_the_same_network() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let first = sign_ups.begin(1, T);
        sign_ups.end(first, Some(Memory::Created));

        for password in [1, 2, 3] {
            let elsewhere = sign_ups.reject_from(9, password, T);
            let abroad = sign_ups.reject_from(8, 1, T);
            let own = sign_ups.reject_from(0, 1, T);

            let case = format!("{}: {password}", engine.name);
            assert_eq!([elsewhere, abroad], [NotFound, NotFound], "{case}");
            assert_eq!(own, Found(()), "{case}");
        }
    });
}
