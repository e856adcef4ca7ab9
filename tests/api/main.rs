//! The service as its callers meet it: the real application and the sandbox's pool, over real
//! HTTP, on ports of their own.

mod register;
mod support;
