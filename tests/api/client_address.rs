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
