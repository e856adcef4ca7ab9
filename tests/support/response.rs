//! A response of the service, and assertions about it.

use std::collections::BTreeSet;

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// A response that was read completely.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Response {
    /// Sends a request and reads the whole response.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the service responds");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("the body is complete") }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns everything that a client could compare: status, body and headers, without the
    /// request id and the date.
    pub(crate) fn comparable(&self) -> (u16, String, BTreeSet<(String, String)>) {
        let id = self.header("x-request-id").unwrap_or("none");
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), format!("{value:?}")));
        (self.status, self.text.replace(id, ""), headers.collect())
    }

    /// Returns the violations as `pointer code`, in their order.
    pub(crate) fn violations(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        errors
            .iter()
            .map(|error| format!("{} {}", text(&error["pointer"]), text(&error["code"])))
            .collect()
    }

    /// Returns the members `status` and `next`, separated by a space.
    pub(crate) fn status_and_next(&self) -> String {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or("nothing").to_owned();
        format!("{} {}", text("status"), text("next"))
    }

    /// Asserts that this is the named problem, with the headers of the contract.
    pub(crate) fn assert_problem(&self, status: u16, name: &str, case: &str) {
        let body = self.json();
        assert_eq!(
            (self.status, body["type"].as_str()),
            (status, Some(&*format!("/problems/{name}"))),
            "{case}: {}",
            self.text
        );
        assert_eq!(body["status"], status, "{case}");
        assert_eq!(body["code"], name.replace('-', "_"), "{case}");
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{case}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{case}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{case}");
        assert!(self.header("content-language").is_some(), "{case}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{case}");
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"), "{case}");
        assert!(
            StatusCode::from_u16(self.status)
                .is_ok_and(|status| status.is_client_error() || status.is_server_error()),
            "{case}"
        );
    }

    /// Asserts that `Retry-After` is absent, or that its seconds are in this inclusive range.
    pub(crate) fn assert_retry_after(&self, expected: Option<(u64, u64)>, case: &str) {
        let seconds =
            self.header("retry-after").map(|text| text.parse::<u64>().unwrap_or(u64::MAX));
        match expected {
            None => assert_eq!(seconds, None, "{case}: Retry-After"),
            Some((least, most)) => assert!(
                seconds.is_some_and(|seconds| (least..=most).contains(&seconds)),
                "{case}: Retry-After {seconds:?}"
            ),
        }
    }
}
