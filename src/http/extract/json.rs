//! Strict JSON bodies. Another media type, too many bytes, a duplicate key, a value of the wrong
//! type and an unknown field are errors.

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    web::{BytesMut, Payload},
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::{Deserializer, error::Category};
use serde_path_to_error::Segment;
use tokio::time::timeout;

use crate::http::{error::Error, problem::ProblemType};
use crate::{
    config,
    registration::{Violation, ViolationCode},
};

/// A body with its unknown fields, which are reported together with the form's violations.
pub(in crate::http) struct Read<T> {
    /// The form, unchecked.
    form: T,
    /// One violation for each field that the form does not have.
    unknown_fields: Vec<Violation>,
}

impl<T> Read<T> {
    /// Returns the checked form, or all of its violations.
    pub(in crate::http) fn checked<C>(
        self,
        check: impl FnOnce(T) -> Result<C, Vec<Violation>>,
    ) -> Result<C, Vec<Violation>> {
        match check(self.form) {
            Ok(checked) if self.unknown_fields.is_empty() => Ok(checked),
            Ok(_) => Err(self.unknown_fields),
            Err(mut violations) => {
                violations.extend(self.unknown_fields);
                Err(violations)
            }
        }
    }
}

pub(in crate::http) async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    server: &config::Server,
) -> Result<Read<T>, Error> {
    require_json(request)?;
    let most = usize::try_from(server.max_body.as_u64()).unwrap_or(usize::MAX);
    let body = timeout(server.body_timeout, collect(request, payload, most))
        .await
        .map_err(|_| Error::Problem(ProblemType::UnreadableBody))??;
    parse(&body)
}

fn require_json(request: &HttpRequest) -> Result<(), Error> {
    let rejected = Err(Error::Problem(ProblemType::UnsupportedMediaType));
    let mut types = request.headers().get_all(CONTENT_TYPE);
    let (Some(content_type), None) =
        (types.next().and_then(|value| value.to_str().ok()), types.next())
    else {
        return rejected;
    };
    let mut parts = content_type.split(';').map(str::trim);
    let is_json =
        parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.filter(|part| !part.is_empty()).all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        !name.eq_ignore_ascii_case("charset")
            || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if !is_json || !is_utf8 || request.headers().contains_key(CONTENT_ENCODING) {
        return rejected;
    }
    Ok(())
}

async fn collect(
    request: &HttpRequest,
    mut payload: Payload,
    most: usize,
) -> Result<BytesMut, Error> {
    let too_large = Error::Problem(ProblemType::BodyTooLarge);
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large);
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::Problem(ProblemType::UnreadableBody))?;
        if body.len() + chunk.len() > most {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Read<T>, Error> {
    // serde_json does not check the UTF-8 of fields that it skips.
    let text =
        std::str::from_utf8(body).map_err(|_| Error::Problem(ProblemType::UnreadableBody))?;
    // serde accepts an array in place of an object, by the order of fields.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Error::Problem(ProblemType::UnreadableBody));
    }
    let mut unknown: Vec<String> = Vec::new();
    let mut deserializer = Deserializer::from_str(text);
    let form = serde_ignored::deserialize(&mut deserializer, |path| unknown.push(path.to_string()))
        .and_then(|form| deserializer.end().map(|()| form))
        .map_err(|error| unreadable::<T>(text, &error))?;
    unknown.sort_unstable();
    if unknown.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Error::Problem(ProblemType::UnreadableBody));
    }
    let unknown_fields =
        unknown.iter().map(|name| Violation::new(&[name], ViolationCode::UnknownField)).collect();
    Ok(Read { form, unknown_fields })
}

/// Returns the path of a value of the wrong type. The message of serde quotes the value, so it is
/// not used. The body is read again, because tracking the path costs time.
fn unreadable<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Error {
    if error.classify() != Category::Data {
        return Error::Problem(ProblemType::UnreadableBody);
    }
    let mut deserializer = Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        return Error::Problem(ProblemType::UnreadableBody);
    };
    let words = error.inner().to_string();
    let is_wrong_type = words.starts_with("invalid type");
    // The last one, because the quoted value before it may contain anything.
    let wanted = words.rsplit(", expected ").next().unwrap_or_default();
    let expected = if wanted.starts_with("a string") { "string" } else { "object" };
    let mut path = Vec::new();
    for segment in error.path() {
        match segment {
            Segment::Map { key } => path.push(key.as_str()),
            _ => return Error::Problem(ProblemType::UnreadableBody),
        }
    }
    if !is_wrong_type || path.is_empty() {
        return Error::Problem(ProblemType::UnreadableBody);
    }
    Error::WrongType(Violation::new(&path, ViolationCode::WrongType).with("expected", expected))
}
