//! Responses with an `ETag` that stay the same until the next start.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BodySize, MessageBody},
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
            EntityTag, HeaderValue, IfNoneMatch, VARY,
        },
    },
    web::Bytes,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Number of bytes that a connection buffers of a body at once.
const PART: usize = 16 * 1024;

pub(in crate::http) struct Cached {
    body: Bytes,
    tag: EntityTag,
    content_type: &'static str,
    language: Option<String>,
    security_policy: Option<String>,
}

impl Cached {
    pub(in crate::http) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        let tag = EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&digest[..16]));
        Self { body, tag, content_type, language: None, security_policy: None }
    }

    pub(in crate::http) fn under(self, security_policy: &str) -> Self {
        Self { security_policy: Some(security_policy.to_owned()), ..self }
    }

    /// Declares the language of the body, which depends on `Accept-Language`.
    pub(in crate::http) fn in_language(self, language: &str) -> Self {
        Self { language: Some(language.to_owned()), ..self }
    }

    /// Returns 200 with the body, or 304 if the client has it.
    pub(in crate::http) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = match request.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            None => false,
        };
        if is_known {
            return self.response(StatusCode::NOT_MODIFIED).finish();
        }
        self.response(StatusCode::OK)
            .insert_header((CONTENT_TYPE, HeaderValue::from_static(self.content_type)))
            .body(Parts(self.body.clone()))
    }

    fn response(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((ETAG, self.tag.to_string()))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")));
        if let Some(language) = &self.language {
            response.insert_header((CONTENT_LANGUAGE, language.as_str()));
            response.insert_header((VARY, HeaderValue::from_static("Accept-Language")));
        }
        if let Some(policy) = &self.security_policy {
            response.insert_header((CONTENT_SECURITY_POLICY, policy.as_str()));
        }
        response
    }
}

/// A body in parts. A connection copies what it writes, so a client that does not read would
/// otherwise keep a copy of the whole body.
struct Parts(Bytes);

impl MessageBody for Parts {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.0.len().min(PART);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }
}
