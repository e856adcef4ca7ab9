//! The service as its callers meet it: the real application and the sandbox's pool, over real
//! HTTP, on ports of their own.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod accounts_command;
mod audit_commands;
mod bad_input;
mod between;
mod bot_checks;
mod client_address;
mod code_exceptions;
mod code_input;
mod command_line;
mod conceal;
mod confirm;
mod confirm_twice;
mod contract;
mod cross_site;
mod doctor;
mod documentation;
mod email_domains;
mod exceptions;
mod fields;
mod keys;
mod leaks;
mod limit_rules;
mod limits;
mod memory;
mod messages;
mod modes;
mod odd_peers;
mod panics;
mod policy;
mod pwned_passwords;
mod register;
mod resend;
mod response_delay;
mod rotation;
mod sample_triggers;
mod secrets;
mod secrets_manager;
mod signature;
mod silent_resend;
mod sms;
mod stop;
mod trigger_codes;
mod use_cases;
mod waits;

#[path = "../support/mod.rs"]
mod support;

use support::{gate, process, scripted, wait, wire};
