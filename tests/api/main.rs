//! The service as its callers meet it: the real application and the sandbox's pool, over real
//! HTTP, on ports of their own.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod exceptions;
mod fields;
mod memory;
mod modes;
mod panics;
mod register;
mod secrets;
mod support;
