//! The limits' two stores: one suite for both, and what becomes of a fleet of replicas when
//! Redis is killed, stopped, read-only or empty.
//!
//! Redis comes from `tests/with-redis`, and tests that take it away start their own; `make test`
//! runs everything through it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

/// Makes a test for each store of every `async fn name(store: Store)`.
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
