//! The routes under `/sandbox/`.

mod events;
mod guard;
pub(crate) mod routes;

use actix_web::http::header;

const NO_STORE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");
