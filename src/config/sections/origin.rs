//! An origin: the part of an address that browsers tell sites apart by.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use url::Url;

/// A scheme, a host and a port, written as browsers write it into `Origin` (RFC 6454, section 6):
/// in small letters, in ASCII, without the port that the scheme has anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether whoever sits between could change the page there.
    pub(in crate::config) fn is_in_the_clear(&self) -> bool {
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

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(Self).ok_or_else(|| {
            format!(
                "`{text}` is no origin: write the scheme, the host and the port, as in \
                 \"https://www.example.com\", without a path, a slash at the end or a `*`"
            )
        })
    }
}

fn parse(text: &str) -> Option<String> {
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
    // The pages of an app in a web view, such as `capacitor://localhost`.
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let is_ascii = host.is_ascii();
    is_ascii.then(|| format!("{}://{}{port}", url.scheme(), host.to_ascii_lowercase()))
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_origins_as_browsers_do() {
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
            ("capacitor://localhost", "capacitor://localhost"),
            ("Ionic://LocalHost", "ionic://localhost"),
        ] {
            let origin: Result<Origin, String> = text.parse();

            assert_eq!(origin.as_ref().map(Origin::as_str), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_more_or_less_than_an_origin() {
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
            "https://*.example.com",
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
            let origin: Result<Origin, String> = text.parse();

            let sentence = origin.map(|origin| origin.0).expect_err(text);
            assert!(sentence.contains(&format!("`{text}` is no origin")), "{sentence}");
        }
    }

    #[test]
    fn knows_pages_that_travel_in_the_clear() {
        for (text, expected) in [
            ("http://www.example.com", true),
            ("http://localhost.example.com", true),
            ("http://192.0.2.1:8080", true),
            ("http://localhost", false),
            ("http://localhost:3000", false),
            ("http://127.0.0.1:3000", false),
            ("http://[::1]:3000", false),
            ("https://www.example.com", false),
            ("capacitor://localhost", false),
        ] {
            let origin: Origin = text.parse().unwrap();

            assert_eq!(origin.is_in_the_clear(), expected, "{text}");
        }
    }
}
