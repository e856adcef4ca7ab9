//! Conformance: the real program against pools that others wrote. The same flow is walked on
//! each, what is told is held against what it is told with AWS, and where a peer is known to
//! differ, a table says so and why.
//!
//! MiniStack comes from `tests/with-ministack`; `make test` runs everything through it. How to
//! point the flow at any other pool is in `docs/testing.md`.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

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
