//! A raw connection, for bytes that a client library does not send.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{support::Response, wait::TIMEOUT};

pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// Connects to a URL such as `http://127.0.0.1:8080`.
    pub(crate) async fn connect(url: &str) -> Self {
        Self::try_connect(url).await.expect("the service accepts a connection")
    }

    pub(crate) async fn try_connect(url: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Writes bytes. Ignores errors, because the service may close the connection early.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Closes the write half of the connection.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.expect("the connection is open");
    }

    /// Reads the next response. Skips responses with a status below 200.
    pub(crate) async fn response(&mut self) -> Response {
        self.next_response(true).await.expect("the service responds")
    }

    /// Reads the next response to a HEAD request, which has no body.
    pub(crate) async fn response_to_head(&mut self) -> Response {
        self.next_response(false).await.expect("the service responds")
    }

    /// Reads the next response. Returns `None` if the connection ends without one.
    pub(crate) async fn response_or_end(&mut self) -> Option<Response> {
        self.next_response(true).await
    }

    /// Returns `true` if the service closes the connection without sending more bytes.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.read.is_empty() && !self.read_more().await && self.read.is_empty()
    }

    async fn next_response(&mut self, has_body: bool) -> Option<Response> {
        loop {
            let response = self.one_response(has_body).await?;
            if response.status >= 200 {
                return Some(response);
            }
        }
    }

    async fn one_response(&mut self, has_body: bool) -> Option<Response> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read_more().await {
                assert!(
                    self.read.is_empty(),
                    "the response is incomplete: {}",
                    String::from_utf8_lossy(&self.read)
                );
                return None;
            }
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).expect("the head is UTF-8");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status: {head}"));
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).expect("a header name"),
                HeaderValue::from_str(value.trim()).expect("a header value"),
            );
        }
        let length = headers.get("content-length").and_then(|length| length.to_str().ok());
        let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
        let length = if has_body && status >= 200 { length } else { 0 };
        while self.read.len() < length {
            assert!(self.read_more().await, "the body is complete: {head}");
        }
        let body: Vec<u8> = self.read.drain(..length).collect();
        Some(Response {
            status,
            headers,
            text: String::from_utf8(body).expect("the body is UTF-8"),
        })
    }

    async fn read_more(&mut self) -> bool {
        let read = timeout(TIMEOUT, self.stream.read_buf(&mut self.read)).await;
        // A reset counts as the end of the connection.
        read.expect("the service responds or closes the connection").unwrap_or(0) > 0
    }
}

/// Returns a complete `POST /register` with this JSON body.
pub(crate) fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut request = head(&format!(
        "POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: {}",
        body.len()
    ));
    request.extend_from_slice(body);
    request
}

/// Returns the request line and headers of a request, with a `Host`.
pub(crate) fn head(lines: &str) -> Vec<u8> {
    format!("{}\r\nHost: localhost\r\n\r\n", lines.replace('\n', "\r\n")).into_bytes()
}
