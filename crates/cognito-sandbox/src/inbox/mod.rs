//! The routes under `/sandbox/`.

mod page;
pub(crate) mod routes;
