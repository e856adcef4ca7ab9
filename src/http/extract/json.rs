//! Strict JSON bodies. Another media type, too many bytes, a duplicate JSON key, a value of the
//! wrong type and an unknown field are errors.

use actix_web::{
    HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_TYPE},
    web::Payload,
};
use serde::de::DeserializeOwned;
use serde_json::Deserializer;

use super::{
    body,
    json_errors::{self, invalid_json},
};
use crate::{
    http::{State, error::Error, problem::ProblemType},
    registration::Violation,
};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The names of UTF-8 and of its subset ASCII (IANA, and the Encoding standard).
const UTF_8: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];

/// A body with its unknown fields, which the response reports together with the form's violations.
pub(in crate::http) struct Read<T> {
    /// The unchecked form.
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
    state: &State,
) -> Result<Read<T>, Error> {
    require_json(request)?;
    let body = body::read(request, payload, state).await?;
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
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        !is_charset || is_one_of(value.trim().trim_matches('"'), &UTF_8)
    });
    let is_encoded = request.headers().get_all(CONTENT_ENCODING).any(|codings| {
        let is_identity = |coding: &str| is_one_of(coding.trim(), &["", "identity"]);
        !codings.to_str().is_ok_and(|codings| codings.split(',').all(is_identity))
    });
    if !is_json || !is_utf8 || is_encoded {
        return rejected;
    }
    Ok(())
}

fn is_one_of(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Read<T>, Error> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    // serde_json does not check the UTF-8 of fields that it skips.
    let text =
        std::str::from_utf8(body).map_err(|error| invalid_json(body, error.valid_up_to()))?;
    // serde also accepts an array with the values in the order of the fields.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(json_errors::no_object(text));
    }
    let mut unknown: Vec<String> = Vec::new();
    let mut deserializer = Deserializer::from_str(text);
    let form = serde_ignored::deserialize(&mut deserializer, |path| unknown.push(path.to_string()))
        .and_then(|form| deserializer.end().map(|()| form))
        .map_err(|error| json_errors::unreadable::<T>(text, &error))?;
    unknown.sort_unstable();
    if unknown.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(json_errors::duplicate_keys::<T>(text));
    }
    let unknown_fields = unknown.iter().map(|name| json_errors::unknown_field::<T>(name)).collect();
    Ok(Read { form, unknown_fields })
}
