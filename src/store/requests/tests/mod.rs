//! The behaviour of requests, on every engine, with a clock that the tests set.

mod confirmations;
mod key_machine;
mod key_model;
mod keys;
mod recipients;
mod sign_up_machine;
mod sign_up_model;
mod sign_up_support;
mod sign_ups;
mod support;
mod trigger_rejections;
