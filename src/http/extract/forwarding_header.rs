//! The formats of the headers in which proxies name their clients.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

use actix_web::http::header::{HeaderName, HeaderValue};

/// The format of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `X-Forwarded-For: 192.0.2.1, 10.0.0.1`.
    List,
    /// `Forwarded: for=192.0.2.1;proto=https, for="[2001:db8::1]:443"` (RFC 7239).
    Forwarded,
    /// `CF-Connecting-IP: 192.0.2.1`.
    Single,
    /// `CloudFront-Viewer-Address: 2001:db8::1:443`: always with a port, never in brackets.
    ViewerAddress,
}

/// The reason why a header of a trusted proxy does not name a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Unknown {
    Missing,
    Repeated,
    NotAnAddress,
}

impl Format {
    pub(super) fn of(header: &HeaderName) -> Self {
        match header.as_str() {
            "x-forwarded-for" => Self::List,
            "forwarded" => Self::Forwarded,
            "cloudfront-viewer-address" => Self::ViewerAddress,
            _ => Self::Single,
        }
    }

    /// Returns the hops in the order of the lines. A hop that is not an address is `None`.
    pub(super) fn hops<'a>(
        self,
        lines: impl Iterator<Item = &'a HeaderValue>,
    ) -> Result<Vec<Option<IpAddr>>, Unknown> {
        // Invalid UTF-8 in one element must not affect other elements.
        let lines: Vec<Cow<'_, str>> =
            lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        Ok(match self {
            Self::Single => vec![hop(single(&lines)?)],
            Self::ViewerAddress => {
                let address = single(&lines)?.rsplit_once(':').ok_or(Unknown::NotAnAddress)?.0;
                vec![hop(address)]
            }
            Self::List => list(&lines).map(hop).collect(),
            Self::Forwarded => forwarded(&lines),
        })
    }
}

impl Unknown {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::NotAnAddress => "not_an_address",
        }
    }
}

/// Returns the value of a header that occurs once.
fn single<'a>(lines: &'a [Cow<'_, str>]) -> Result<&'a str, Unknown> {
    match lines {
        [] => Err(Unknown::Missing),
        [only] => Ok(only),
        _ => Err(Unknown::Repeated),
    }
}

/// Returns the elements of a list header in the order of its lines, without empty elements (RFC
/// 9110 section 5.6.1).
fn list<'a>(lines: &'a [Cow<'a, str>]) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

/// Returns the `for` parameter of each element. An unbalanced quote can only come from the client.
/// Every comma in such a line is a separator.
fn forwarded(lines: &[Cow<'_, str>]) -> Vec<Option<IpAddr>> {
    let mut hops = Vec::new();
    for line in lines {
        let elements = split_unquoted(line, ',').unwrap_or_else(|| line.split(',').collect());
        for element in elements {
            if element.trim().is_empty() {
                continue;
            }
            let pairs = split_unquoted(element, ';').unwrap_or_default();
            let node = pairs.into_iter().find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
            });
            hops.push(node.and_then(hop));
        }
    }
    hops
}

fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(text.get(start..index)?);
                start = index + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// Parses an address as proxies write it: with or without brackets and a port.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let unbracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = match unbracketed {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => {
            text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        }
    };
    address.map(|address| address.to_canonical())
}
