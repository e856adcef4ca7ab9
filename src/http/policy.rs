//! `GET /register/policy`: what a form must collect, as data.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ContentType, ETag, EntityTag, Header, IfNoneMatch},
    web::{Bytes, Data},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::State;
use crate::registration::Policy;

/// A changed setting reaches forms within five minutes; a form that is older is told by the
/// answer to its POST. There is nothing in it that is not for everybody.
const CACHED: &str = "public, max-age=300";

/// The policy as it goes out. It holds no words for people, and so is the same in every
/// language.
#[derive(Debug)]
pub struct PolicyPage {
    json: Bytes,
    tag: EntityTag,
}

impl PolicyPage {
    /// Writes a policy, once.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn new(policy: &Policy) -> serde_json::Result<Self> {
        let json = serde_json::to_vec(policy)?;
        let digest = Sha256::digest(&json);
        let tag = URL_SAFE_NO_PAD.encode(digest);
        Ok(Self { json: json.into(), tag: EntityTag::new_strong(tag) })
    }

    /// Whether the caller has it already (RFC 9110, section 13.1.2).
    fn is_known_to(&self, request: &HttpRequest) -> bool {
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            Err(_) => false,
        }
    }
}

pub(super) async fn policy(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let policy = &state.policy;
    let is_known = policy.is_known_to(&request);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(policy.tag.clone())).insert_header((CACHE_CONTROL, CACHED));
    if is_known {
        return response.finish();
    }
    response.insert_header(ContentType::json()).body(policy.json.clone())
}
