//! Tests of the store through the real program, on SQLite and PostgreSQL. Replicas run side by
//! side, get SIGKILL, and lose their database.
//!
//! PostgreSQL comes from `tests/with-postgres`, which `make test` uses.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]

/// Creates a test for each engine from every `async fn name(engine: Engine)`.
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
mod operations;
mod outage;
mod own_postgres;
mod pooler;
mod races;
mod rejected_forms;
mod site;
mod start;
mod writes;

#[expect(dead_code, reason = "the tests of the API use all of it")]
#[path = "../support/mod.rs"]
mod support;

use support::{gate, process, wait, wire};
