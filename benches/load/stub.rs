//! A stand-in for Cognito that costs next to nothing: every request on a kept-alive
//! connection gets the same answer to `SignUp`, after a delay where one is asked for.
//!
//! It checks nothing. The development pool of `vestibule sandbox` is the one that
//! behaves as Cognito does; this one only has to be faster than what is measured.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const BODY: &str = r#"{"UserConfirmed":false,"UserSub":"11111111-2222-4333-8444-555555555555","CodeDeliveryDetails":{"AttributeName":"email","DeliveryMedium":"EMAIL","Destination":"a***@e***"}}"#;

/// Answers every SignUp at once, or after a delay.
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1 to listen on.
    #[arg(long, default_value_t = 8091)]
    port: u16,
    /// How many milliseconds every answer is held back.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let delay = Duration::from_millis(arguments.delay_ms);
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await?;
    loop {
        let (connection, _) = listener.accept().await?;
        // A caller that goes away in the middle of a request is no concern of the stub's.
        tokio::spawn(async move { answer_all(connection, delay).await });
    }
}

/// Answers one request after the other until the caller closes the connection.
async fn answer_all(mut connection: TcpStream, delay: Duration) -> anyhow::Result<()> {
    connection.set_nodelay(true)?;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amzn-requestid: 00000000-0000-4000-8000-000000000000\r\n\
         content-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut received = Vec::with_capacity(8 * 1024);
    while connection.read_buf(&mut received).await? > 0 {
        while let Some(length) = first_request(&received)? {
            received.drain(..length);
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            connection.write_all(answer.as_bytes()).await?;
        }
    }
    Ok(())
}

/// The length in bytes of the first request in `received`, once all of it is there.
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

/// The value of a header line, where that header is `content-length`.
fn content_length(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("content-length").then(|| value.trim())
}
