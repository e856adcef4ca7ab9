//! The service as its callers meet it: the real application and the sandbox's pool, over real
//! HTTP, on ports of their own.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod bad_input;
mod client_address;
mod command_line;
mod exceptions;
mod fields;
mod leaks;
mod limits;
mod memory;
mod modes;
mod panics;
mod process;
mod register;
mod secrets;
mod stop;
mod support;
mod wire;
