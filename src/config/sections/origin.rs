use serde::Deserialize;
use url::Url;

use crate::config::check::endpoint::is_loopback;

/// A scheme, a host and a port, serialized as in the header `Origin` (RFC 6454, section 6). The
/// value is in lower case and ASCII, without the default port of the scheme. `*.` before the host
/// stands for one label. On loopback, the port `*` stands for every port.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl Origin {
    /// Returns the value of the header `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if this is the origin of the header, or matches it.
    pub(crate) fn matches(&self, origin: &[u8]) -> bool {
        if let Some(host) = self.0.strip_suffix(":*") {
            let port = origin.strip_prefix(host.as_bytes());
            return port.is_some_and(|port| port.is_empty() || port.starts_with(b":"));
        }
        let Some((scheme, parent)) = self.0.split_once('*') else {
            return origin == self.0.as_bytes();
        };
        let label = origin
            .strip_prefix(scheme.as_bytes())
            .and_then(|host| host.strip_suffix(parent.as_bytes()));
        label.is_some_and(|label| {
            !label.is_empty()
                && label.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        })
    }

    /// Returns `true` if an attacker on the network could change the pages.
    pub(in crate::config) fn is_unencrypted(&self) -> bool {
        let host = self.0.strip_prefix("http://");
        let is_on_this_machine = |host: &str| {
            ["localhost", "127.0.0.1", "[::1]"]
                .iter()
                .filter_map(|local| host.strip_prefix(local))
                .any(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        host.is_some_and(|host| !is_on_this_machine(host))
    }
}

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        parse(&text).map(Self).ok_or_else(|| {
            format!(
                "`{text}` is not an origin. Use a scheme, a host and an optional port, as in \
                 \"https://www.example.com\", without a path or a trailing slash. \
                 \"https://*.example.com\" stands for all hosts with one more label."
            )
        })
    }
}

fn parse(text: &str) -> Option<String> {
    if let Some(text) = text.strip_suffix(":*") {
        let (_, host) = text.split_once("://")?;
        return is_loopback(host).then(|| parse_exact(text)).flatten().map(|origin| origin + ":*");
    }
    let Some((scheme, parent)) = text.split_once("://*.") else { return parse_exact(text) };
    let parent = parse_exact(&format!("{scheme}://{parent}"))?;
    // `*.com` would allow every site below `.com`, and an address has no labels.
    let url = Url::parse(&parent).ok().filter(|url| url.origin().is_tuple())?;
    let is_domain = url.domain().is_some_and(|domain| domain.trim_matches('.').contains('.'));
    is_domain.then(|| parent.replacen("://", "://*.", 1))
}

fn parse_exact(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    if rest.contains(['/', '\\', '?', '#', '@', '*', '%']) || text.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let origin = url.origin();
    if origin.is_tuple() {
        return Some(origin.ascii_serialization());
    }
    // Pages of an app in a web view, such as `capacitor://localhost`.
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let is_ascii = host.is_ascii();
    is_ascii.then(|| format!("{}://{}{port}", url.scheme(), host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serializes_origins_as_browsers_do() {
        for (text, expected) in [
            ("https://www.example.com", "https://www.example.com"),
            ("HTTPS://WWW.Example.COM", "https://www.example.com"),
            ("https://www.example.com:443", "https://www.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://www.example.com:8443", "https://www.example.com:8443"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
            ("https://192.0.2.1", "https://192.0.2.1"),
            ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
            ("https://*.example.com", "https://*.example.com"),
            ("HTTPS://*.München.example:443", "https://*.xn--mnchen-3ya.example"),
            ("https://*.example.com:8443", "https://*.example.com:8443"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("Ionic://LocalHost", "ionic://localhost"),
        ] {
            let origin = Origin::try_from(text.to_owned());

            assert_eq!(origin.as_ref().map(Origin::as_str), Ok(expected), "{text}");
        }
    }

    #[test]
    fn rejects_strings_that_are_not_origins() {
        for text in [
            "",
            "*",
            "null",
            "www.example.com",
            "https://",
            "https://www.example.com/",
            "https://www.example.com/sign-up",
            "https://www.example.com?a",
            "https://www.example.com#a",
            "https://*",
            "https://*.com",
            "https://*.com.",
            "https://*example.com",
            "https://a.*.example.com",
            "https://*.*.example.com",
            "https://*.192.0.2.1",
            "https://*.[2001:db8::1]",
            "https://*.example.com/",
            "*.example.com",
            "*://*.example.com",
            "capacitor://*.app.example",
            "https://www.example.com:*",
            "http://localhost:3000:*",
            "http://localhost:*/",
            "https://ada@example.com",
            "https://ada:b@example.com",
            "https://www.example.com:99999",
            "https://www.example.com https://example.com",
            " https://www.example.com",
            "https:www.example.com",
            "https:\\\\www.example.com",
            "https://exam%70le.com",
            "file://",
            "file:///index.html",
            "data:text/html,a",
        ] {
            let origin = Origin::try_from(text.to_owned());

            let error = origin.map(|origin| origin.0).expect_err(text);
            assert!(error.contains(&format!("`{text}` is not an origin")), "{error}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let origin = Origin::try_from("https://*.example.com".to_owned()).unwrap();
        for (header, expected) in [
            ("https://www.example.com", true),
            ("https://a-1.example.com", true),
            ("https://xn--mnchen-3ya.example.com", true),
            ("https://example.com", false),
            ("https://.example.com", false),
            ("https://a.b.example.com", false),
            ("http://www.example.com", false),
            ("https://www.example.com:8443", false),
            ("https://www.example.com.eve.example", false),
            ("https://eve.example/.example.com", false),
            ("https://eve:1@www.example.com", false),
            ("https://wwwexample.com", false),
            ("https://*.example.com", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origin.matches(header.as_bytes()), expected, "{header}");
        }
    }

    #[test]
    fn a_loopback_origin_with_any_port_matches_no_other_host() {
        for (text, origin, expected) in [
            ("http://localhost:*", "http://localhost", true),
            ("http://localhost:*", "http://localhost:5173", true),
            ("http://LocalHost:*", "http://localhost:5173", true),
            ("http://[::1]:*", "http://[::1]:5173", true),
            ("http://localhost:*", "https://localhost:5173", false),
            ("http://localhost:*", "http://localhost.example.com", false),
            ("http://localhost:*", "http://localhost5173", false),
            ("http://127.0.0.1:*", "http://127.0.0.10:80", false),
            ("http://localhost:3000", "http://localhost:3001", false),
        ] {
            let allowed = Origin::try_from(text.to_owned()).unwrap();

            assert_eq!(allowed.matches(origin.as_bytes()), expected, "{text}: {origin}");
        }
    }

    #[test]
    fn detects_pages_that_are_sent_unencrypted() {
        for (text, expected) in [
            ("http://www.example.com", true),
            ("http://localhost.example.com", true),
            ("http://*.example.com", true),
            ("http://192.0.2.1:8080", true),
            ("http://localhost", false),
            ("http://localhost:3000", false),
            ("http://127.0.0.1:3000", false),
            ("http://[::1]:3000", false),
            ("https://www.example.com", false),
            ("capacitor://localhost", false),
        ] {
            let origin = Origin::try_from(text.to_owned()).unwrap();

            assert_eq!(origin.is_unencrypted(), expected, "{text}");
        }
    }
}
