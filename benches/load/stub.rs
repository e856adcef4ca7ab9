//! A stand-in for Cognito that takes little CPU time. Every request on a persistent connection gets
//! the same response to `SignUp`, after an optional delay. A GET returns the number of these responses.
//!
//! It checks nothing. `vestibule sandbox` has the pool that behaves like Cognito. The stub only has
//! to be faster than the measured servers.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Parser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

const BODY: &str = r#"{"UserConfirmed":false,"UserSub":"11111111-2222-4333-8444-555555555555","CodeDeliveryDetails":{"AttributeName":"email","DeliveryMedium":"EMAIL","Destination":"a***@e***"}}"#;

/// A server may open thousands of connections at once.
const BACKLOG: u32 = 4096;

static RESPONSES: AtomicU64 = AtomicU64::new(0);

/// Responds to every SignUp immediately or after a delay.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1 to listen on.
    #[arg(long, default_value_t = 8091)]
    port: u16,
    /// Delay of every response in milliseconds.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let delay = Duration::from_millis(arguments.delay_ms);
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], arguments.port).into())?;
    let listener = socket.listen(BACKLOG)?;
    loop {
        let (connection, _) = listener.accept().await?;
        // The stub ignores the error of a client that disconnects during a request.
        tokio::spawn(async move { serve(connection, delay).await });
    }
}

/// Responds to one request after the other until the client closes the connection.
async fn serve(mut connection: TcpStream, delay: Duration) -> anyhow::Result<()> {
    connection.set_nodelay(true)?;
    let signed_up = response(BODY);
    let mut received = Vec::with_capacity(8 * 1024);
    while connection.read_buf(&mut received).await? > 0 {
        while let Some(length) = first_request(&received)? {
            let is_get = received.starts_with(b"GET ");
            received.drain(..length);
            if is_get {
                let count = RESPONSES.load(Ordering::Relaxed).to_string();
                connection.write_all(response(&count).as_bytes()).await?;
                continue;
            }
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            connection.write_all(signed_up.as_bytes()).await?;
            RESPONSES.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

fn response(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amzn-requestid: 00000000-0000-4000-8000-000000000000\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Returns the length in bytes of the first request in `received`. Returns `None` if it is
/// incomplete.
fn first_request(received: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?;
    let Some(length) = head.lines().find_map(content_length) else {
        bail!("a request without a content-length");
    };
    let length = end + 4 + length.parse::<usize>().context("content-length")?;
    Ok((received.len() >= length).then_some(length))
}

/// Returns the value of a header line if the header is `content-length`.
fn content_length(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("content-length").then(|| value.trim())
}
