//! Conformance tests: the service with pools of other implementations. The same flow runs on each.
//! The tests compare its responses with those of AWS. A table lists the known differences of a peer
//! with their reasons.
//!
//! MiniStack comes from `tests/with-ministack`, which `make test` uses. `docs/testing.md`
//! describes how to test another pool.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]

mod flow;
mod given;
mod ministack;
mod sandbox;
mod tables;
mod target;

#[expect(dead_code, reason = "the tests of the API use all of it")]
#[path = "../support/mod.rs"]
mod support;

use support::{process, wait};
