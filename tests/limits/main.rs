//! Tests of both stores of the limits, and of a fleet of replicas whose Redis stops, crashes, is
//! read-only or is empty.
//!
//! Redis comes from `tests/with-redis`, which `make test` uses. Tests that stop Redis start their own.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]

/// Defines one test per store for every `async fn name(store: Store)`.
macro_rules! on_both_stores {
    ($($name:ident,)+) => {
        mod local {
            $(#[actix_web::test]
            async fn $name() {
                super::$name(crate::site::Store::Local).await;
            })+
        }
        mod redis {
            $(#[actix_web::test]
            async fn $name() {
                super::$name(crate::site::Store::Redis).await;
            })+
        }
    };
}

mod calls;
mod fleet;
mod looks;
mod messages;
mod outage;
mod own_redis;
mod single_use;
mod site;
mod stores;
mod topologies;

#[expect(dead_code, reason = "the tests of the API use all of it")]
#[path = "../support/mod.rs"]
mod support;

use support::{process, scripted, wait};
