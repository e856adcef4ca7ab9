//! The client address, as the access log shows it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    process::Process,
    support::pool,
    wire::{Wire, head},
};

/// Sends a request with these header lines and returns the client address in its log line.
async fn logged_address(process: &Process, id: &str, lines: &str) -> Value {
    let mut wire = Wire::connect(&process.url).await;
    let request = format!("POST /register HTTP/1.1\nContent-Length: 0\nX-Request-Id: {id}");
    wire.send(head(&format!("{request}{lines}"))).await;
    assert_eq!(wire.response().await.status, 415, "{lines}");
    process.access_log_line(id).await["client_address"].clone()
}

#[actix_web::test]
async fn reads_the_client_address_from_trusted_proxies_only() {
    let pool = pool(&[]).await;

    for (trusted, header, cases) in [
        (
            "",
            "X-Forwarded-For",
            &[
                ("", "127.0.0.1"),
                ("\nX-Forwarded-For: 203.0.113.7", "127.0.0.1"),
                ("\nForwarded: for=203.0.113.7\nX-Real-IP: 203.0.113.7", "127.0.0.1"),
            ][..],
        ),
        ("10.0.0.0/8", "X-Forwarded-For", &[("\nX-Forwarded-For: 203.0.113.7", "127.0.0.1")]),
        (
            "127.0.0.1,10.0.0.0/8",
            "X-Forwarded-For",
            &[
                ("", "127.0.0.1"),
                ("\nX-Forwarded-For: 203.0.113.7", "203.0.113.7"),
                ("\nx-forwarded-for: 198.51.100.1, 203.0.113.7:1234, 10.1.1.1", "203.0.113.7"),
                ("\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-For: 203.0.113.7", "203.0.113.7"),
                ("\nX-Forwarded-For: [2001:db8::7]:443", "2001:db8::7"),
                ("\nX-Forwarded-For: ::ffff:203.0.113.7", "203.0.113.7"),
                ("\nX-Forwarded-For: 203.0.113.7, unknown", "127.0.0.1"),
                ("\nForwarded: for=203.0.113.7", "127.0.0.1"),
                ("\nCF-Connecting-IP: 203.0.113.7", "127.0.0.1"),
            ],
        ),
        (
            "127.0.0.0/8",
            "Forwarded",
            &[
                ("\nForwarded: for=\"[2001:db8::7]:443\";proto=https", "2001:db8::7"),
                ("\nForwarded: for=198.51.100.1, For=203.0.113.7", "203.0.113.7"),
                ("\nForwarded: for=_hidden", "127.0.0.1"),
                ("\nX-Forwarded-For: 203.0.113.7", "127.0.0.1"),
            ],
        ),
        (
            "127.0.0.0/8",
            "CF-Connecting-IP",
            &[
                ("\nCF-Connecting-IP: 203.0.113.7", "203.0.113.7"),
                ("\nCF-Connecting-IP: 203.0.113.7, 203.0.113.8", "127.0.0.1"),
                ("\nX-Forwarded-For: 203.0.113.7", "127.0.0.1"),
            ],
        ),
    ] {
        let settings = [
            ("SERVER__TRUSTED_PROXIES", trusted),
            ("SERVER__CLIENT_ADDRESS_HEADER", header),
            ("LOG__CLIENT_ADDRESS", "full"),
        ];
        let process = Process::serve(&settings, &pool.url()).await;

        for (index, (lines, expected)) in cases.iter().enumerate() {
            let found = logged_address(&process, &format!("case-{index}"), lines).await;

            assert_eq!(found, *expected, "{trusted}, {header}:{lines}");
        }
    }
}

#[actix_web::test]
async fn whoami_shows_what_the_public_listener_sees() {
    let pool = pool(&[]).await;
    for (header, lines, [entries, client, ignored]) in [
        (
            "X-Forwarded-For",
            "\nX-Forwarded-For: x, 203.0.113.7\nX-Forwarded-For: 127.0.0.9",
            ["null 203.0.113.7 127.0.0.9!", "203.0.113.7", ""],
        ),
        ("X-Forwarded-For", "", ["", "127.0.0.1", "missing"]),
        ("X-Forwarded-For", "\nX-Forwarded-For: x", ["null", "127.0.0.1", "not_an_address"]),
        (
            "Forwarded",
            "\nForwarded: for=\"[2001:db8::7]:443\";proto=https, for=127.0.0.9",
            ["2001:db8::7 127.0.0.9!", "2001:db8::7", ""],
        ),
        ("CF-Connecting-IP", "\nCF-Connecting-IP: 203.0.113.7", ["203.0.113.7", "203.0.113.7", ""]),
        (
            "CF-Connecting-IP",
            "\nCF-Connecting-IP: 203.0.113.7\nCF-Connecting-IP: 203.0.113.8",
            ["", "127.0.0.1", "repeated"],
        ),
        (
            "CloudFront-Viewer-Address",
            "\nCloudFront-Viewer-Address: 2001:db8::7:46532",
            ["2001:db8::7", "2001:db8::7", ""],
        ),
    ] {
        let settings = [
            ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
            ("SERVER__CLIENT_ADDRESS_HEADER", header),
            ("LOG__CLIENT_ADDRESS", "full"),
        ];
        let process = Process::serve(&settings, &pool.url()).await;

        let logged = logged_address(&process, "case", lines).await;
        let seen = whoami(&process, "", lines).await;
        let stranger = whoami(&process, "?peer=::ffff:192.0.2.9", lines).await;

        assert_eq!(logged, client, "{header}:{lines}");
        assert_eq!(seen["client_address"], client, "{header}:{lines}: {seen}");
        assert_eq!(seen["peer"], "127.0.0.1");
        assert_eq!(seen["peer_is_trusted"], true);
        assert_eq!(seen["header"], header.to_lowercase());
        assert_eq!(seen["header_ignored"].as_str().unwrap_or_default(), ignored, "{lines}");
        let shown = seen["header_entries"].as_array().expect("a list").iter().map(|entry| {
            let mark = if entry["is_trusted"] == true { "!" } else { "" };
            entry["address"].as_str().unwrap_or("null").to_owned() + mark
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), entries, "{header}:{lines}");
        let sent = lines.split('\n').filter_map(|line| line.split_once(": "));
        let sent: Vec<&str> = sent.map(|(_, value)| value).collect();
        assert_eq!(seen["header_lines"], json!(sent), "{header}:{lines}");
        assert_eq!(stranger["client_address"], "192.0.2.9");
        assert_eq!(stranger["peer_is_trusted"], false);
        assert_eq!(stranger["header_ignored"], "peer_not_trusted");
    }
}

#[actix_web::test]
async fn whoami_shows_limits_host_and_origin() {
    let pool = pool(&[]).await;
    let settings = [("SERVER__ALLOWED_ORIGINS", "https://www.example.com")];
    let process = Process::serve(&settings, &pool.url()).await;
    for (query, origin, limited, is_cross_site) in [
        ("?peer=203.0.113.7", "http://localhost", ["203.0.113.7/32", "203.0.113.0/24"], false),
        (
            "?peer=2001:db8:1:2:3::4",
            "https://www.example.com",
            ["2001:db8:1:2::/64", "2001:db8:1::/48"],
            false,
        ),
        ("", "https://www.example.org", ["127.0.0.1/32", "127.0.0.0/24"], true),
    ] {
        let seen = whoami(&process, query, &format!("\nOrigin: {origin}")).await;

        assert_eq!(json!([seen["limited_address"], seen["limited_network"]]), json!(limited));
        assert_eq!(seen["host"], "localhost");
        assert_eq!(seen["origin"], origin);
        assert_eq!(seen["is_cross_site"], is_cross_site, "{origin}");
    }
    let of_socket = whoami(&process, "?peer=unix", "\nX-Forwarded-For: 203.0.113.7").await;
    assert_eq!(of_socket["client_address"], "203.0.113.7");
    assert_eq!(of_socket["peer_is_trusted"], true);
    let mut wire = Wire::connect(&process.admin_url).await;
    wire.send(head("GET /whoami?peer=proxy HTTP/1.1")).await;
    assert_eq!(wire.response().await.status, 400);
}

/// Requests `/whoami` of the admin listener with these header lines.
async fn whoami(process: &Process, query: &str, lines: &str) -> Value {
    let mut wire = Wire::connect(&process.admin_url).await;
    wire.send(head(&format!("GET /whoami{query} HTTP/1.1{lines}"))).await;
    let response = wire.response().await;
    assert_eq!(response.status, 200, "{}", response.text);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    response.json()
}

#[actix_web::test]
async fn counts_every_address_that_it_cannot_parse() {
    let pool = pool(&[]).await;
    for (header, cases) in [
        (
            "X-Forwarded-For",
            &[
                ("", "missing"),
                ("\nX-Forwarded-For: ,", "missing"),
                ("\nX-Forwarded-For: 203.0.113.7, zebra", "not_an_address"),
                ("\nX-Forwarded-For: 203.0.113.7\nX-Forwarded-For: zebra", "not_an_address"),
                ("\nX-Forwarded-For: zebra, 203.0.113.7", ""),
            ][..],
        ),
        (
            "Forwarded",
            &[
                ("", "missing"),
                ("\nForwarded: for=zebra", "not_an_address"),
                ("\nForwarded: proto=https", "not_an_address"),
                ("\nForwarded: for=203.0.113.7", ""),
            ],
        ),
        (
            "CF-Connecting-IP",
            &[
                ("", "missing"),
                ("\nCF-Connecting-IP: zebra", "not_an_address"),
                ("\nCF-Connecting-IP:", "not_an_address"),
                ("\nCF-Connecting-IP: 203.0.113.7\nCF-Connecting-IP: 203.0.113.8", "repeated"),
                ("\nCF-Connecting-IP: 203.0.113.7", ""),
            ],
        ),
        (
            "CloudFront-Viewer-Address",
            &[
                ("", "missing"),
                ("\nCloudFront-Viewer-Address: 203.0.113.7", "not_an_address"),
                ("\nCloudFront-Viewer-Address: [2001:db8::7]:443", ""),
                ("\nCloudFront-Viewer-Address: 2001:db8::7:443", ""),
                ("\nCloudFront-Viewer-Address: zebra:443", "not_an_address"),
            ],
        ),
    ] {
        let settings =
            [("SERVER__TRUSTED_PROXIES", "127.0.0.1"), ("SERVER__CLIENT_ADDRESS_HEADER", header)];
        let process = Process::serve(&settings, &pool.url()).await;
        let mut expected = BTreeMap::from([("missing", 0), ("repeated", 0), ("not_an_address", 0)]);

        for (index, (lines, reason)) in cases.iter().enumerate() {
            logged_address(&process, &format!("case-{index}"), lines).await;
            logged_address(&process, &format!("again-{index}"), lines).await;

            if let Some(count) = expected.get_mut(reason) {
                *count += 2;
            }
            for (reason, count) in &expected {
                let metric = format!("client_address_unknown_total{{reason=\"{reason}\"}}");
                assert_eq!(process.metric(&metric).await, *count, "{header}:{lines}: {reason}");
            }
        }
        let log = process.log();
        let about = |reason: &str| {
            let is_it = |line: &&Value| {
                line["message"] == "client address unknown, using the address of the proxy"
                    && line["reason"] == reason
            };
            log.iter().filter(is_it).count()
        };
        for (reason, count) in &expected {
            assert_eq!(about(reason), usize::from(*count > 0), "{header}: {reason}: {log:#?}");
        }
        assert!(!process.all_output().contains("zebra"), "the log has no text of a client");
    }
}

#[actix_web::test]
async fn warns_once_about_a_forwarding_header_of_an_untrusted_peer() {
    let pool = pool(&[]).await;
    for (trusted, header, lines, is_warned) in [
        ("", "X-Forwarded-For", "\nX-Forwarded-For: 203.0.113.7", true),
        ("10.0.0.0/8", "X-Forwarded-For", "\nForwarded: for=203.0.113.7", true),
        ("", "CF-Connecting-IP", "\nCF-Connecting-IP: 203.0.113.7", true),
        ("", "X-Forwarded-For", "", false),
        ("127.0.0.1", "X-Forwarded-For", "\nX-Forwarded-For: 203.0.113.7", false),
    ] {
        let settings =
            [("SERVER__TRUSTED_PROXIES", trusted), ("SERVER__CLIENT_ADDRESS_HEADER", header)];
        let process = Process::serve(&settings, &pool.url()).await;

        for number in 0..3 {
            logged_address(&process, &format!("request-{number}"), lines).await;
        }

        let log = process.log();
        let warnings = log.iter().filter(|line| {
            line["message"].as_str().is_some_and(|text| text.starts_with("forwarding header"))
        });
        assert_eq!(warnings.count(), usize::from(is_warned), "{trusted}:{lines}: {log:#?}");
    }
}

#[actix_web::test]
async fn logs_the_address_as_configured() {
    let pool = pool(&[]).await;

    for (setting, lines, expected) in [
        (None, "\nX-Forwarded-For: 203.0.113.77", json!("203.0.113.0")),
        (Some("full"), "\nX-Forwarded-For: 203.0.113.77", json!("203.0.113.77")),
        (Some("truncated"), "\nX-Forwarded-For: 203.0.113.77", json!("203.0.113.0")),
        (Some("truncated"), "\nX-Forwarded-For: 2001:db8:1:2::3", json!("2001:db8:1::")),
        (Some("none"), "\nX-Forwarded-For: 203.0.113.77", Value::Null),
    ] {
        let mut settings = vec![("SERVER__TRUSTED_PROXIES", "127.0.0.1")];
        settings.extend(setting.map(|setting| ("LOG__CLIENT_ADDRESS", setting)));
        let process = Process::serve(&settings, &pool.url()).await;

        let found = logged_address(&process, "one", lines).await;

        assert_eq!(found, expected, "{setting:?}: {lines}");
        if setting != Some("full") {
            let everything = process.all_output();
            assert!(!everything.contains("203.0.113.77"), "{setting:?}: {everything}");
            assert!(!everything.contains("2001:db8:1:2"), "{setting:?}: {everything}");
        }
    }
}
