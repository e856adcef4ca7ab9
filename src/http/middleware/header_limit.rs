//! The limit on the size of a request's headers.

use actix_web::http::header::HeaderMap;

use crate::{
    config,
    http::{error::Error, problem::ProblemType},
};

/// Checks the sum of the lengths of header names and values against `server.max_headers`.
pub(in crate::http) fn check(headers: &HeaderMap, server: &config::Server) -> Result<(), Error> {
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size as u64 > server.max_headers.as_u64() {
        return Err(Error::Problem(ProblemType::HeadersTooLarge));
    }
    Ok(())
}
