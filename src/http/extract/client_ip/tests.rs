use actix_web::http::header::HeaderValue;
use proptest::prelude::*;

use super::*;

fn resolved(header: &str, peer: &str, lines: &[&str]) -> String {
    let trusted = ["10.0.0.0/8", "2001:db8:ffff::/48"]
        .map(|network| TrustedProxy::try_from(network.to_owned()).unwrap());
    let address = ClientIpResolver::new(trusted.to_vec(), header).unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(
            HeaderName::from_bytes(header.to_lowercase().as_bytes()).unwrap(),
            HeaderValue::from_bytes(line.as_bytes()).unwrap(),
        );
    }
    headers.append(HeaderName::from_static("x-real-ip"), HeaderValue::from_static("198.51.100.99"));
    address.of(address.peer(peer.parse().unwrap()), &headers).to_string()
}

#[test]
fn recognises_a_proxy_on_a_socket_for_both_versions() {
    let trusted = TrustedProxy::try_from("10.0.0.0/8".to_owned()).unwrap();
    let resolver = ClientIpResolver::new(vec![trusted], "X-Forwarded-For").unwrap();

    for (peer, is_proxy) in
        [("10.0.0.5", true), ("::ffff:10.0.0.5", true), ("::ffff:192.0.2.9", false)]
    {
        assert_eq!(resolver.peer(peer.parse().unwrap()).is_proxy, is_proxy, "{peer}");
    }
}

#[test]
fn resolves_the_right_most_untrusted_hop() {
    for (case, peer, lines, expected) in [
        ("no header", "10.0.0.1", &[][..], "10.0.0.1"),
        ("an untrusted peer", "192.0.2.9", &["203.0.113.7"][..], "192.0.2.9"),
        ("one hop", "10.0.0.1", &["203.0.113.7"], "203.0.113.7"),
        ("a spoofed left-most hop", "10.0.0.1", &["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("a spoofed trusted hop", "10.0.0.1", &["10.9.9.9, 203.0.113.7"], "203.0.113.7"),
        (
            "trusted hops behind the client",
            "10.0.0.1",
            &["203.0.113.7, 10.0.0.3, 10.0.0.2"],
            "203.0.113.7",
        ),
        ("several lines", "10.0.0.1", &["198.51.100.1", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (
            "a spoofed line before the line of the proxy",
            "10.0.0.1",
            &["198.51.100.1, 10.0.0.7", "203.0.113.7"],
            "203.0.113.7",
        ),
        ("spaces and tabs", "10.0.0.1", &["  198.51.100.1 ,\t203.0.113.7\t"], "203.0.113.7"),
        ("a port", "10.0.0.1", &["203.0.113.7:51234"], "203.0.113.7"),
        ("brackets", "10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
        ("brackets and a port", "10.0.0.1", &["[2001:db8::7]:443"], "2001:db8::7"),
        ("bare IPv6", "10.0.0.1", &["2001:DB8:0:0::7"], "2001:db8::7"),
        ("IPv4-mapped hop", "10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7"),
        ("IPv4-mapped peer that is trusted", "::ffff:10.0.0.1", &["203.0.113.7"], "203.0.113.7"),
        ("IPv6 proxies", "2001:db8:ffff::1", &["203.0.113.7, 2001:db8:ffff::2"], "203.0.113.7"),
        ("empty elements", "10.0.0.1", &["198.51.100.1,, 203.0.113.7 , ,"], "203.0.113.7"),
        ("only commas", "10.0.0.1", &[" , ,"], "10.0.0.1"),
        ("an empty line", "10.0.0.1", &[""], "10.0.0.1"),
        ("garbage at the right", "10.0.0.1", &["203.0.113.7, unknown"], "10.0.0.1"),
        (
            "garbage behind a trusted hop",
            "10.0.0.1",
            &["203.0.113.7, _hidden, 10.0.0.2"],
            "10.0.0.1",
        ),
        (
            "garbage at the left, which the service ignores",
            "10.0.0.1",
            &["<script>, 203.0.113.7"],
            "203.0.113.7",
        ),
        ("non-ASCII characters at the left", "10.0.0.1", &["\u{e4}, 203.0.113.7"], "203.0.113.7"),
        ("a zone", "10.0.0.1", &["fe80::1%eth0"], "10.0.0.1"),
        ("leading zeros", "10.0.0.1", &["203.0.113.007"], "10.0.0.1"),
        ("only trusted hops", "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ] {
        assert_eq!(resolved("X-Forwarded-For", peer, lines), expected, "{case}");
    }
}

#[test]
fn reads_forwarded_by_rfc_7239() {
    for (case, lines, expected) in [
        ("one hop", &["for=203.0.113.7"][..], "203.0.113.7"),
        ("parameters, any case", &["proto=https;For=203.0.113.7;by=10.0.0.1"], "203.0.113.7"),
        ("quotes, brackets and a port", &[r#"for="[2001:db8::7]:443";proto=https"#], "2001:db8::7"),
        ("a spoofed left-most hop", &["for=198.51.100.1, for=203.0.113.7"], "203.0.113.7"),
        ("several lines", &["for=198.51.100.1", "for=203.0.113.7, for=10.0.0.2"], "203.0.113.7"),
        (
            "a comma in quotes",
            &[r#"for=198.51.100.1;ext="a, for=192.0.2.1", for=203.0.113.7"#],
            "203.0.113.7",
        ),
        (
            "an unbalanced quote hides no hop",
            &[r#"for="198.51.100.1, for=203.0.113.7"#],
            "203.0.113.7",
        ),
        ("an escaped quote", &[r#"ext="\"";for=203.0.113.7"#], "203.0.113.7"),
        ("obfuscated", &["for=_gazonk"], "10.0.0.1"),
        ("unknown", &["for=unknown"], "10.0.0.1"),
        ("an element without for", &["for=203.0.113.7, proto=https"], "10.0.0.1"),
    ] {
        assert_eq!(resolved("Forwarded", "10.0.0.1", lines), expected, "{case}");
    }
}

#[test]
fn ignores_a_repeated_single_value_header() {
    for (case, lines, expected) in [
        ("an address", &["203.0.113.7"][..], "203.0.113.7"),
        ("a list", &["203.0.113.7, 203.0.113.8"], "10.0.0.1"),
        ("two lines", &["198.51.100.1", "203.0.113.7"], "10.0.0.1"),
        ("garbage", &["me"], "10.0.0.1"),
    ] {
        assert_eq!(resolved("CF-Connecting-IP", "10.0.0.1", lines), expected, "{case}");
    }
}

#[test]
fn reads_the_viewer_address_of_cloudfront() {
    for (case, lines, expected) in [
        ("IPv4", &["203.0.113.7:46532"][..], "203.0.113.7"),
        ("IPv6 with a port of five digits", &["2001:db8::7:46532"], "2001:db8::7"),
        ("IPv6 with a port of four digits", &["2001:db8::7:4653"], "2001:db8::7"),
        ("eight groups", &["2001:db8:0:1:2:3:4:5:443"], "2001:db8:0:1:2:3:4:5"),
        ("no port", &["203.0.113.7"], "10.0.0.1"),
        ("a list", &["203.0.113.7:1, 203.0.113.8:2"], "10.0.0.1"),
        ("two lines", &["203.0.113.7:1", "203.0.113.8:2"], "10.0.0.1"),
    ] {
        let address = resolved("CloudFront-Viewer-Address", "10.0.0.1", lines);

        assert_eq!(address, expected, "{case}");
    }
}

proptest! {
    #[test]
    fn ignores_hops_before_the_hop_of_the_proxy(written in "[ -~]{0,60}", lines in 1..3_usize) {
        let mut all = vec![written.as_str(); lines];
        let appended = format!("{written}, 203.0.113.7");
        all.push(&appended);

        prop_assert_eq!(resolved("X-Forwarded-For", "10.0.0.1", &all), "203.0.113.7");
    }

    #[test]
    fn ignores_forwarded_elements_before_the_element_of_the_proxy(written in "[ -~]{0,60}") {
        let appended = format!("{written}, for=203.0.113.7");

        prop_assert_eq!(resolved("Forwarded", "10.0.0.1", &[&appended]), "203.0.113.7");
    }

    #[test]
    fn ignores_the_header_of_an_untrusted_peer(written in "[ -~]{0,60}") {
        for header in ["X-Forwarded-For", "Forwarded", "CF-Connecting-IP"] {
            prop_assert_eq!(resolved(header, "192.0.2.9", &[&written]), "192.0.2.9");
        }
    }
}
