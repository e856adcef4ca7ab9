use std::fmt::Write;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::{rate_limit::Budget, time::whole_seconds};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The `RateLimit-Policy` and `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Debug)]
pub(in crate::http) struct RateLimitHeaders(Option<(HeaderValue, HeaderValue)>);

impl RateLimitHeaders {
    /// Returns one item for each budget of the client. The budgets of recipients stay private.
    pub(in crate::http) fn of(budgets: &[Budget]) -> Self {
        if budgets.is_empty() {
            return Self(None);
        }
        let (mut policy, mut state) = (String::with_capacity(96), String::with_capacity(96));
        for (index, budget) in budgets.iter().enumerate() {
            let Budget { name, quota, window, remaining, reset } = budget;
            let comma = if index == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(policy, "{comma}\"{name}\";q={quota};w={}", whole_seconds(*window));
            let _ = write!(state, "{comma}\"{name}\";r={remaining};t={}", whole_seconds(*reset));
        }
        Self(HeaderValue::try_from(policy).ok().zip(HeaderValue::try_from(state).ok()))
    }

    pub(in crate::http) fn write_to(self, headers: &mut HeaderMap) {
        if let Some((policy, state)) = self.0 {
            headers.insert(RATE_LIMIT_POLICY, policy);
            headers.insert(RATE_LIMIT, state);
        }
    }
}
