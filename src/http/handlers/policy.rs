//! `GET /register/policy`: what a form must collect, as data.

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::http::{State, response::etag::Cached};
use crate::registration::Policy;

/// The policy as it goes out. It holds no words for people, and so is the same in every
/// language; what of it is old is told by the answer to a POST.
pub struct PolicyPage(Cached);

impl PolicyPage {
    /// Writes a policy, once.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn new(policy: &Policy) -> serde_json::Result<Self> {
        Ok(Self(Cached::new("application/json", serde_json::to_string(policy)?)))
    }
}

pub(in crate::http) async fn policy(state: Data<State>, request: HttpRequest) -> HttpResponse {
    state.policy.0.answer(&request)
}
