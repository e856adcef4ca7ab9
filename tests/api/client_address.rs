//! Who called, as the log of the program has it.

use serde_json::{Value, json};

use crate::{
    process::Process,
    support::pool,
    wire::{Wire, head},
};

/// Sends a request with these header lines, and returns the address in its log line.
async fn logged(process: &Process, id: &str, lines: &str) -> Value {
    let mut wire = Wire::connect(&process.url).await;
    let request = format!("POST /register HTTP/1.1\nContent-Length: 0\nX-Request-Id: {id}");
    wire.send(head(&format!("{request}{lines}"))).await;
    assert_eq!(wire.answer().await.status, 415, "{lines}");
    process.line_of(id).await["client_address"].clone()
}

#[actix_web::test]
async fn follows_the_proxies_and_the_header_that_are_trusted() {
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
            let found = logged(&process, &format!("case-{index}"), lines).await;

            assert_eq!(found, *expected, "{trusted}, {header}:{lines}");
        }
    }
}

#[actix_web::test]
async fn shows_as_much_of_an_address_as_is_set() {
    let pool = pool(&[]).await;

    for (logging, lines, expected) in [
        (None, "\nX-Forwarded-For: 203.0.113.77", json!("203.0.113.0")),
        (Some("full"), "\nX-Forwarded-For: 203.0.113.77", json!("203.0.113.77")),
        (Some("truncated"), "\nX-Forwarded-For: 203.0.113.77", json!("203.0.113.0")),
        (Some("truncated"), "\nX-Forwarded-For: 2001:db8:1:2::3", json!("2001:db8:1::")),
        (Some("none"), "\nX-Forwarded-For: 203.0.113.77", Value::Null),
    ] {
        let mut settings = vec![("SERVER__TRUSTED_PROXIES", "127.0.0.1")];
        settings.extend(logging.map(|logging| ("LOG__CLIENT_ADDRESS", logging)));
        let process = Process::serve(&settings, &pool.url()).await;

        let found = logged(&process, "one", lines).await;

        assert_eq!(found, expected, "{logging:?}: {lines}");
        if logging != Some("full") {
            let everything = process.everything();
            assert!(!everything.contains("203.0.113.77"), "{logging:?}: {everything}");
            assert!(!everything.contains("2001:db8:1:2"), "{logging:?}: {everything}");
        }
    }
}
