//! The PROXY protocol of a load balancer, version 2.

use std::net::SocketAddr;

use crate::{
    address_limits::ENFORCE,
    process::{Process, error_message, run, vestibule},
    support::{environment, pool},
    wait::stays_pending,
    wire::{Wire, head},
};

const ON: [(&str, &str); 4] = [
    ("SERVER__PROXY_PROTOCOL", "true"),
    ("SERVER__TRUSTED_PROXIES", "127.0.0.1,198.51.100.0/24"),
    ("SERVER__HEAD_TIMEOUT", "1s"),
    ("LOG__CLIENT_ADDRESS", "full"),
];

/// Returns the header of a connection that this client opened.
pub(crate) fn proxy_header(client: &str) -> Vec<u8> {
    let client: SocketAddr = client.parse().expect("an address");
    let (family, length, addresses) = match client {
        SocketAddr::V4(v4) => (0x11, 12, [&v4.ip().octets()[..], &[10, 0, 0, 1]].concat()),
        SocketAddr::V6(v6) => (0x21, 36, [v6.ip().octets(), [0; 16]].concat()),
    };
    let ports = [client.port().to_be_bytes(), 443_u16.to_be_bytes()].concat();
    let start = [&b"\r\n\r\n\0\r\nQUIT\n\x21"[..], &[family, 0, length]].concat();
    [start, addresses, ports].concat()
}

/// Returns the header of the balancer's own connection.
fn local_header() -> Vec<u8> {
    b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec()
}

async fn closed(process: &Process, reason: &str) -> u64 {
    process.metric(&format!("connections_closed_total{{reason=\"{reason}\"}}")).await
}

#[actix_web::test]
async fn the_header_names_the_client_of_the_connection() {
    let pool = pool(&[]).await;
    let process = Process::serve(&ON, &pool.url()).await;
    let with_fields = {
        // A field of NLB: type 0xea, the id of a VPC endpoint.
        let mut header = proxy_header("203.0.113.8:1");
        header[15] += 5;
        [header, vec![0xea, 0, 2, 1, 2]].concat()
    };
    for (index, (case, header, lines, expected)) in [
        ("IPv4", proxy_header("203.0.113.7:46532"), "", "203.0.113.7"),
        ("IPv6", proxy_header("[2001:db8::7]:443"), "", "2001:db8::7"),
        ("mapped IPv4", proxy_header("[::ffff:203.0.113.7]:443"), "", "203.0.113.7"),
        ("further fields", with_fields, "", "203.0.113.8"),
        (
            "a forged header",
            proxy_header("203.0.113.7:1"),
            "\nX-Forwarded-For: 192.0.2.66",
            "203.0.113.7",
        ),
        (
            "a proxy as client",
            proxy_header("198.51.100.9:1"),
            "\nX-Forwarded-For: 192.0.2.66",
            "192.0.2.66",
        ),
        ("the balancer itself", local_header(), "", "127.0.0.1"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut wire = Wire::connect(&process.url).await;
        // In two parts, and with two requests behind it.
        let (first, rest) = header.split_at(7);
        wire.send(first).await;
        let requests = ["a", "b"].map(|request| {
            head(&format!("GET /nothing HTTP/1.1\nX-Request-Id: case-{index}{request}{lines}"))
        });
        wire.send([rest, &requests.concat()].concat()).await;

        for request in ["a", "b"] {
            assert_eq!(wire.response().await.status, 404, "{case}");
            let line = process.access_log_line(&format!("case-{index}{request}")).await;
            assert_eq!(line["client_address"], expected, "{case}");
        }
    }
    assert_eq!(closed(&process, "proxy_header").await, 0);
}

#[actix_web::test]
async fn closes_connections_without_a_header() {
    let pool = pool(&[]).await;
    let process = Process::serve(&ON, &pool.url()).await;
    let mut datagram = proxy_header("203.0.113.7:1");
    datagram[13] = 0x12;
    let version_1 = b"PROXY TCP4 203.0.113.7 10.0.0.1 46532 443\r\nGET / HTTP/1.1\r\n\r\n";
    // The last two are not complete in time.
    let half = proxy_header("203.0.113.7:1")[..20].to_vec();
    let request = head("GET /nothing HTTP/1.1");
    for bytes in [request, version_1.to_vec(), datagram, half, b"\r".to_vec()] {
        let mut wire = Wire::connect(&process.url).await;
        wire.send(&bytes).await;
        assert!(wire.is_closed().await, "{bytes:?}");
    }
    // A health check that opens a connection only.
    let mut check = Wire::connect(&process.url).await;
    check.finish().await;
    assert!(check.is_closed().await);

    assert_eq!(closed(&process, "proxy_header").await, 5);
    let line = process.log().into_iter().find(|line| line["reason"] == "proxy_header");
    assert_eq!(line.expect("a line")["message"], "connections closed");
}

#[actix_web::test]
async fn closes_connections_of_other_peers() {
    let pool = pool(&[]).await;
    let settings = [&ON[..], &[("SERVER__TRUSTED_PROXIES", "198.51.100.0/24")]].concat();
    let process = Process::serve(&settings, &pool.url()).await;

    let mut wire = Wire::connect(&process.url).await;
    wire.send([proxy_header("203.0.113.7:1"), head("GET /nothing HTTP/1.1")].concat()).await;

    assert!(wire.is_closed().await);
    assert_eq!(closed(&process, "untrusted_peer").await, 1);
}

#[actix_web::test]
async fn limits_the_connections_of_the_client_and_not_of_the_balancer() {
    let pool = pool(&[]).await;
    let limits = [ENFORCE, ("LIMITS__CONNECTIONS_PER_ADDRESS", "1")];
    let process = Process::serve(&[&ON[..], &limits].concat(), &pool.url()).await;
    let connect = async |client: &str| {
        let mut wire = Wire::connect(&process.url).await;
        wire.send([proxy_header(client), head("GET /nothing HTTP/1.1")].concat()).await;
        let status = wire.response_or_end().await.map(|response| response.status);
        (wire, status)
    };

    let (_first, of_first) = connect("203.0.113.7:1").await;
    let (_second, of_second) = connect("203.0.113.7:2").await;
    let (_other, of_other) = connect("203.0.113.8:1").await;

    assert_eq!([of_first, of_second, of_other], [Some(404), None, Some(404)]);
    assert_eq!(closed(&process, "too_many_connections").await, 1);
}

#[actix_web::test]
async fn the_admin_port_accepts_health_checks_with_and_without_a_header() {
    let pool = pool(&[]).await;
    let process = Process::serve(&ON, &pool.url()).await;
    for header in [Vec::new(), local_header(), proxy_header("203.0.113.7:1")] {
        let mut wire = Wire::connect(&process.admin_url).await;
        wire.send([header, head("GET /health/ready HTTP/1.1")].concat()).await;
        assert_eq!(wire.response().await.status, 200);
    }
    let mut silent = Wire::connect(&process.admin_url).await;
    assert!(stays_pending(silent.is_closed()).await, "server.head_timeout has not passed");
}

#[actix_web::test]
async fn needs_trusted_proxies() {
    let settings = [("SERVER__PROXY_PROTOCOL", "true")];
    let mut command = vestibule(&["serve"]);
    command.envs(environment(&settings, "http://127.0.0.1:1"));

    let output = run(command);

    assert_eq!(output.status.code(), Some(2));
    let message = error_message(&output, "serve");
    assert!(message.contains("server.proxy_protocol is true, but"), "{message}");
}
