//! Responses with an `ETag` that stay the same until the next start of the service.

use std::{
    convert::Infallible,
    io::Write,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BodySize, MessageBody},
    http::{
        StatusCode,
        header::{
            AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE,
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, ContentEncoding, ETAG, Encoding, EntityTag,
            HeaderValue, IfNoneMatch, VARY,
        },
    },
    web::Bytes,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use brotli::CompressorWriter;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Maximum number of bytes of a body that a connection buffers at once.
const PART: usize = 16 * 1024;

/// Minimum size of a body that the service compresses.
const MIN_COMPRESSED: usize = 1024;

/// Brotli's quality, from 0 to 11. A higher quality takes much longer and saves only a few percent.
const QUALITY: u32 = 6;

pub(in crate::http) struct Cached {
    body: Bytes,
    /// The body in Brotli. Empty until the first request for this encoding.
    brotli: OnceLock<Bytes>,
    /// The body in gzip. Empty until the first request for this encoding.
    gzip: OnceLock<Bytes>,
    /// The `ETag` without the name of the encoding.
    tag: String,
    content_type: &'static str,
    language: Option<String>,
    security_policy: Option<String>,
}

impl Cached {
    pub(in crate::http) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        Self {
            body,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
            tag: URL_SAFE_NO_PAD.encode(&digest[..16]),
            content_type,
            language: None,
            security_policy: None,
        }
    }

    pub(in crate::http) fn under(self, security_policy: &str) -> Self {
        Self { security_policy: Some(security_policy.to_owned()), ..self }
    }

    /// Sets the language of the body. The response then varies by `Accept-Language`.
    pub(in crate::http) fn in_language(self, language: &str) -> Self {
        Self { language: Some(language.to_owned()), ..self }
    }

    /// Returns 200 with the body, or 304 if the client has the body.
    pub(in crate::http) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let encoding = self.encoding(request);
        let tag = match encoding {
            ContentEncoding::Identity => EntityTag::new_strong(self.tag.clone()),
            other => EntityTag::new_strong(format!("{}-{}", self.tag, other.as_str())),
        };
        let is_known = match request.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
            None => false,
        };
        if is_known {
            return self.response(StatusCode::NOT_MODIFIED, &tag).finish();
        }
        let mut response = self.response(StatusCode::OK, &tag);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(self.content_type)));
        let body = match encoding {
            ContentEncoding::Brotli => self.brotli.get_or_init(|| brotli(&self.body)),
            ContentEncoding::Gzip => self.gzip.get_or_init(|| gzip(&self.body)),
            _ => &self.body,
        };
        if encoding != ContentEncoding::Identity {
            response.insert_header((CONTENT_ENCODING, encoding.as_str()));
        }
        response.body(Parts(body.clone()))
    }

    /// Returns the best encoding that the client accepts.
    fn encoding(&self, request: &HttpRequest) -> ContentEncoding {
        if !self.is_compressible() {
            return ContentEncoding::Identity;
        }
        let accepted = request.get_header::<AcceptEncoding>();
        let supported = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
        match accepted.and_then(|accepted| accepted.negotiate(supported.iter())) {
            Some(Encoding::Known(encoding)) => encoding,
            _ => ContentEncoding::Identity,
        }
    }

    /// Returns `true` for large bodies, except images. The formats of images have their own
    /// compression.
    fn is_compressible(&self) -> bool {
        self.body.len() >= MIN_COMPRESSED && !self.content_type.starts_with("image/")
    }

    fn response(&self, status: StatusCode, tag: &EntityTag) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((ETAG, tag.to_string()))
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")));
        if let Some(language) = &self.language {
            response.insert_header((CONTENT_LANGUAGE, language.as_str()));
            response.append_header((VARY, HeaderValue::from_static("Accept-Language")));
        }
        if self.is_compressible() {
            response.append_header((VARY, HeaderValue::from_static("Accept-Encoding")));
        }
        if let Some(policy) = &self.security_policy {
            response.insert_header((CONTENT_SECURITY_POLICY, policy.as_str()));
        }
        response
    }
}

fn brotli(body: &[u8]) -> Bytes {
    let mut encoder = CompressorWriter::new(Vec::new(), PART, QUALITY, 22);
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.into_inner().into()
}

fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

/// A body in parts. A connection copies each part that it writes. A client that does not read
/// therefore occupies the memory of one part, not of the whole body.
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
