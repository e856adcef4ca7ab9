use actix_web::{
    HttpRequest,
    http::header::{HeaderName, HeaderValue},
};
use secrecy::SecretString;

use crate::http::{error::Error, problem::ProblemType};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Maximum length of a key, in characters.
const MAX_LENGTH: usize = 255;

/// Returns the key, or `None` if the header is absent. Quotes are part of the key.
pub(in crate::http) fn idempotency_key(
    request: &HttpRequest,
) -> Result<Option<SecretString>, Error> {
    let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Ok(None) };
    match visible_ascii(value) {
        Some(key) if values.next().is_none() => Ok(Some(key.into())),
        _ => Err(Error::Problem(ProblemType::InvalidIdempotencyKey)),
    }
}

fn visible_ascii(value: &HeaderValue) -> Option<&str> {
    let key = value.to_str().ok()?;
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=MAX_LENGTH).contains(&key.len()) && is_visible).then_some(key)
}
