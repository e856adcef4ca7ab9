//! The ledger as front ends and operators meet it: the real program on real databases, SQLite
//! and PostgreSQL alike, started several times, killed, and cut off from its database.
//!
//! PostgreSQL comes from `tests/with-postgres`; `make test` runs everything through it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

/// Makes a test for each engine of every `async fn name(engine: Engine)`.
macro_rules! on_both_engines {
    ($($name:ident,)+) => {
        mod sqlite {
            $(#[actix_web::test]
            async fn $name() {
                super::$name(crate::database::Engine::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[actix_web::test]
            async fn $name() {
                super::$name(crate::database::Engine::Postgres).await;
            })+
        }
    };
}

mod database;
mod full_disk;
mod idempotency;
mod kill;
mod load;
mod memory;
mod outage;
mod own_postgres;
mod races;
mod site;
mod start;

#[expect(dead_code, reason = "the tests of the API use all of it")]
#[path = "../support/mod.rs"]
mod support;

use support::{gate, process, wait, wire};
