use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::{rate_limit::Budget, time::whole_seconds};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The `RateLimit-Policy` and `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Debug)]
pub(in crate::http) struct RateLimitHeaders(Option<(HeaderValue, HeaderValue)>);

impl RateLimitHeaders {
    /// Returns the headers, with one item for each budget of the client. The service does not
    /// reveal the budgets of recipients.
    pub(in crate::http) fn of(budgets: &[Budget]) -> Self {
        if budgets.is_empty() {
            return Self(None);
        }
        let (mut policy, mut state) = (String::with_capacity(96), String::with_capacity(96));
        for Budget { name, quota, window, remaining, reset } in budgets {
            push_item(&mut policy, name, [("q", (*quota).into()), ("w", whole_seconds(*window))]);
            push_item(&mut state, name, [("r", (*remaining).into()), ("t", whole_seconds(*reset))]);
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

/// Adds an item with its parameters to a list (RFC 9651).
fn push_item(list: &mut String, name: &str, parameters: [(&str, u64); 2]) {
    let comma = if list.is_empty() { "" } else { ", " };
    list.extend([comma, "\"", name, "\""]);
    for (key, value) in parameters {
        list.extend([";", key, "=", itoa::Buffer::new().format(value)]);
    }
}
