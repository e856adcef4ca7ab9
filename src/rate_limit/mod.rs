//! Rate limits: budgets of clients, of recipients of messages, and of calls to Cognito.
//!
//! [`RateLimits::admit`] runs before the service reads the body of a request.
//! [`RateLimits::sign_up`], [`RateLimits::resend`] and [`RateLimits::confirm`] run after the
//! service has checked the form. A request takes from its budgets in order, up to the first budget
//! that rejects it. [`CognitoBudget`] spaces the calls to Cognito.

mod admission;
mod cognito_budget;
mod concurrency;
mod excess;
mod keys;
mod limits;
mod local;
mod rate;
mod recipients;
mod rule;
mod shared;
mod sliding_window;
mod sms_costs;
mod store;

pub use self::{
    admission::{Admission, Budget, Rejected, Used},
    cognito_budget::{CognitoBudget, Operation, QueueFull},
    concurrency::Permit,
    excess::{Exceeded, Owner, Reason},
    keys::{client_prefix, limited_networks},
    limits::{RateLimits, Route},
    recipients::{Charge, Recipient},
    sms_costs::ConversionSample,
};
