//! The handlers: each handler reads a request, calls a use case, and writes the response.

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
