//! Clients that try to make the service hold more than its bounds.

use super::{
    connect, form,
    frames::{
        CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, Frame, Frames,
        GOAWAY, HEADERS, NO_ERROR, REFUSED_STREAM, RST_STREAM, SETTINGS, WINDOW_UPDATE, field,
        frame, headers, sign_up,
    },
    serve,
};
use crate::{gate::Gate, process::Process, support::pool, tls::Certificates, wait::until};

/// The settings of HTTP/2 by their numbers.
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;

/// Returns the HEADERS of a form whose body does not follow.
fn half_form(stream: u32) -> Vec<u8> {
    headers(0, stream, "POST", "/register")
}

fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

/// Returns the ids of the first streams of a connection.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|number| 2 * number + 1)
}

async fn closed(process: &Process, reason: &str) -> u64 {
    process.metric(&format!("connections_closed_total{{reason=\"{reason}\"}}")).await
}

#[actix_web::test]
async fn requests_above_the_bound_are_rejected_and_the_others_complete() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let process = serve(&certificates, &[], &pool.url()).await;
    let mut client = connect(&process, &certificates).await;

    let forms: Vec<u8> = streams(9).flat_map(half_form).collect();
    client.send(&forms).await;
    let settings = client.until(|frame| frame.kind == SETTINGS && frame.flags == 0).await;
    let refused = client.until(|frame| frame.kind == RST_STREAM).await;
    for stream in streams(8) {
        let form = form(&format!("ada{stream}@example.com"));
        client.send(&frame(DATA, END_STREAM, stream, form.as_bytes())).await;
    }
    for _ in 0..8 {
        let frame = client.until(Frame::ends_stream).await;
        assert_ne!(frame.kind, RST_STREAM, "{frame:?}");
    }

    let announced = settings
        .payload
        .chunks(6)
        .find(|setting| setting.starts_with(&MAX_CONCURRENT_STREAMS.to_be_bytes()));
    assert_eq!(announced, Some(&[0, 3, 0, 0, 0, 8][..]));
    assert_eq!((refused.stream, refused.code()), (17, REFUSED_STREAM));
    assert_eq!(process.metric("sign_ups_total{outcome=\"created\"}").await, 8);
}

#[actix_web::test]
async fn a_client_that_only_cancels_loses_its_connection() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let process = serve(&certificates, &[], &pool.url()).await;

    let mut rapid = connect(&process, &certificates).await;
    let pairs: Vec<u8> =
        streams(500).flat_map(|stream| [half_form(stream), reset(stream)].concat()).collect();
    rapid.send(&pairs).await;
    let rapid = rapid.rest(GOAWAY).await;
    // Sends the requests one after the other, so that each of them reaches its handler.
    let mut slow = connect(&process, &certificates).await;
    for stream in streams(101) {
        slow.send(&half_form(stream)).await;
        slow.ping().await;
        slow.send(&reset(stream)).await;
    }
    let slow = slow.rest(GOAWAY).await;

    for goaway in [rapid, slow] {
        assert_eq!(goaway.first().map(Frame::code), Some(ENHANCE_YOUR_CALM), "{goaway:?}");
    }
    process.wait_for_metric("connections_closed_total{reason=\"bad_request\"}", 2).await;
}

#[actix_web::test]
async fn a_cancelled_sign_up_completes_and_its_connection_stays_open() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let gate = Gate::start(&pool.url()).await;
    let process = serve(&certificates, &[], &gate.url).await;
    let mut client = connect(&process, &certificates).await;

    client.send(&sign_up(1, &form("ada@example.com"))).await;
    let look = async || pool.state().requests(Some("ada@example.com")).len();
    until("the sign-up reaches the pool", look, |requests| *requests == 1).await;
    client.send(&reset(1)).await;
    client.ping().await;
    gate.open();
    process.wait_for_metric("sign_ups_total{outcome=\"created\"}", 1).await;
    client.send(&headers(END_STREAM, 3, "GET", "/register/policy")).await;
    let policy = client.body(3).await;

    assert!(policy.contains("\"fields\""), "{policy}");
}

#[actix_web::test]
async fn deadlines_hold_for_clients_without_requests_and_without_a_window() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let settings = [
        ("SERVER__HEAD_TIMEOUT", "1s"),
        ("SERVER__WRITE_TIMEOUT", "1s"),
        ("SERVER__KEEP_ALIVE", "2s"),
    ];
    let process = serve(&certificates, &settings, &pool.url()).await;
    let root = certificates.file("first", "pem");

    let mut silent = connect(&process, &certificates).await;
    let mut half = connect(&process, &certificates).await;
    half.send(&frame(HEADERS, 0, 1, &field(":method", "GET"))).await;
    let mut idle = connect(&process, &certificates).await;
    idle.send(&headers(END_STREAM, 1, "GET", "/register/policy")).await;
    idle.body(1).await;
    idle.ping().await;
    let ends = [silent.rest(GOAWAY).await, half.rest(GOAWAY).await, idle.rest(GOAWAY).await];
    let mut stalled = Frames::connect(&process.url, &root, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    stalled.send(&headers(END_STREAM, 1, "GET", "/register/policy")).await;
    let reset = stalled.until(|frame| frame.kind == RST_STREAM).await;
    stalled.ping().await;
    // The frames have windows, but nothing reads them.
    let windows = [(INITIAL_WINDOW_SIZE, (1 << 31) - 1)];
    let mut unread = Frames::connect(&process.url, &root, &windows).await;
    unread.send(&frame(WINDOW_UPDATE, 0, 0, &((1_u32 << 31) - 65_536).to_be_bytes())).await;
    for stream in streams(8) {
        unread.send(&headers(END_STREAM, stream, "GET", "/docs/swagger-ui-bundle.js")).await;
    }

    for goaway in ends {
        assert_eq!(goaway.first().map(Frame::code), Some(NO_ERROR), "{goaway:?}");
    }
    assert_eq!((reset.stream, reset.code()), (1, CANCEL));
    process.wait_for_metric("connections_closed_total{reason=\"write_timeout\"}", 1).await;
    assert_eq!(closed(&process, "head_timeout").await, 0);
}

#[actix_web::test]
async fn heads_without_an_end_lose_their_connection() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let process = serve(&certificates, &[], &pool.url()).await;
    let start = field(":method", "GET");
    let more = field("x-more", &"a".repeat(100)).repeat(100);
    let repeated =
        |frame: Vec<u8>| [self::frame(HEADERS, 0, 1, &start), frame.repeat(100)].concat();

    for (case, bytes) in [
        ("many headers", repeated(frame(CONTINUATION, 0, 1, &more))),
        ("empty frames", repeated(frame(CONTINUATION, 0, 1, &[]))),
        ("no HPACK", frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0xff; 20])),
        ("a frame of the wrong size", frame(SETTINGS, 0, 0, &[0])),
    ] {
        let before = closed(&process, "bad_request").await;
        let mut client = connect(&process, &certificates).await;
        client.send(&bytes).await;
        client.rest(GOAWAY).await;

        let look = async || closed(&process, "bad_request").await;
        until(case, look, |after| *after == before + 1).await;
    }
    assert_eq!(process.metric("http_parse_errors_total{part=\"other\"}").await, 4);
}

#[actix_web::test]
async fn a_body_above_the_limit_is_rejected_without_its_end() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let process = serve(&certificates, &[], &pool.url()).await;
    let mut client = connect(&process, &certificates).await;

    client.send(&half_form(1)).await;
    client.send(&frame(DATA, 0, 1, &[b' '; 16 * 1024])).await;
    client.until(|frame| frame.kind == WINDOW_UPDATE && frame.stream == 1).await;
    client.send(&frame(DATA, 0, 1, b" ")).await;
    let problem = client.body(1).await;

    assert!(problem.contains("body_too_large"), "{problem}");
}
