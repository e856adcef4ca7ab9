//! Black-box tests of the service and its commands. Each test runs the real application and a
//! sandbox pool over HTTP, on free ports.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]

mod account_owners;
mod accounts_command;
mod address_limits;
mod audit_commands;
mod bot_checks;
mod client_address;
mod client_secret;
mod code_exceptions;
mod command_line;
mod conceal_mode;
mod confidentiality;
mod confirm;
mod connections;
mod contract;
mod cross_site;
mod doctor;
mod documentation;
mod email_domains;
mod form_fields;
mod http2;
mod idempotency_keys;
mod intercept;
mod invalid_code_requests;
mod invalid_parameters;
mod invalid_requests;
mod languages;
mod limit_rules;
mod log;
mod long_commands;
mod malformed_responses;
mod message_limits;
mod metrics;
mod panics;
mod policy;
mod proxy_protocol;
mod pwned_passwords;
mod register;
mod repeated_confirmations;
mod repeated_sign_ups;
mod resend;
mod response_delay;
mod returned_sessions;
mod sample_triggers;
mod sandbox;
mod secret_rotation;
mod secrets_manager;
mod service_manager;
mod settings;
mod shutdown;
mod sign_up_exceptions;
mod signature;
mod silent_resend;
mod sms_numbers;
mod tls;
mod traces;
mod trigger_codes;
mod trigger_retries;
mod unix_socket;
mod use_cases;
mod username_modes;
mod wait_helpers;

#[path = "../support/mod.rs"]
mod support;

use support::{gate, process, scripted, wait, wire};
