//! Headers of proxies. The first byte chooses the header, and each further line is one of its lines.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use vestibule::{config::TrustedProxy, http::ClientIpResolver};

const HEADERS: [&str; 4] =
    ["x-forwarded-for", "forwarded", "cf-connecting-ip", "cloudfront-viewer-address"];
const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

pub(crate) fn run(input: &[u8]) {
    let Some((first, written)) = input.split_first() else { return };
    let name = HEADERS[usize::from(first % 4)];
    let mut headers = HeaderMap::new();
    for line in written.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(HeaderName::from_static(name), value);
    }
    let trusted = TrustedProxy::try_from("10.0.0.0/8".to_owned()).expect("a network");
    let resolver = ClientIpResolver::new(vec![trusted], name).expect("the name is valid");

    let proxy = resolver.peer(PROXY);
    let client = resolver.of(proxy, &headers);
    let stranger = IpAddr::from([192, 0, 2, 9]);

    assert!(
        client == PROXY || written_addresses(written).contains(&client),
        "{client} is neither the proxy nor in the header"
    );
    let client_of_stranger = resolver.of(resolver.peer(stranger), &headers);
    assert_eq!(client_of_stranger, stranger, "the header of an untrusted peer");
    if let Some(appended) = ["203.0.113.7", "for=203.0.113.7"].get(usize::from(first % 4)) {
        let value = HeaderValue::from_static(appended);
        headers.append(HeaderName::from_static(name), value);
        let client = resolver.of(proxy, &headers).to_string();
        assert_eq!(client, "203.0.113.7", "what the client wrote has no effect");
    }
}

/// Returns every address that a part of the header may be read as.
fn written_addresses(written: &[u8]) -> BTreeSet<IpAddr> {
    let text = String::from_utf8_lossy(written);
    let is_delimiter = |c: char| ",;=\"\n".contains(c) || c.is_whitespace();
    let parts = text.split(is_delimiter).flat_map(|part| {
        let without_port = part.rsplit_once(':').map_or(part, |(address, _)| address);
        [part, without_port].map(|part| part.trim_matches(['[', ']']))
    });
    let with_port = text.split(is_delimiter).filter_map(|part| part.parse::<SocketAddr>().ok());
    parts
        .filter_map(|part| part.parse::<IpAddr>().ok())
        .chain(with_port.map(|address| address.ip()))
        .map(|address| address.to_canonical())
        .collect()
}
