//! Headers over the cap are refused before anything is made of them.

use actix_web::http::header::HeaderMap;

use super::{failures::Refusal, problem::ProblemType};
use crate::config;

/// Sums up what the caller wrote into headers.
///
/// # Errors
/// Where that is more than `server.max_headers`.
pub(super) fn check(headers: &HeaderMap, server: &config::Server) -> Result<(), Refusal> {
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size as u64 > server.max_headers.as_u64() {
        return Err(Refusal::Plain(ProblemType::HeadersTooLarge));
    }
    Ok(())
}
