//! The handlers of the routes. Each handler reads a request and returns the response. The handlers
//! of sign-up, confirm and resend call a use case.

pub(super) mod challenge;
pub(super) mod confirm;
pub(super) mod detached;
pub(super) mod docs;
pub(super) mod health;
pub(super) mod openapi;
pub(super) mod policy;
pub(super) mod problem_page;
pub(super) mod register;
pub(super) mod resend;
pub(super) mod sign_up_page;
pub(super) mod texts;
pub(super) mod whoami;
