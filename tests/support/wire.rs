//! A connection whose bytes are written by hand, where a client library would refuse to.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{support::Answer, wait::PATIENCE};

pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// Connects to an address such as `http://127.0.0.1:8080`.
    pub(crate) async fn connect(url: &str) -> Self {
        Self::try_connect(url).await.expect("the service accepts a connection")
    }

    pub(crate) async fn try_connect(url: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Writes; a service that has heard enough may close while the rest is on its way.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Says that nothing more will come.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.expect("the connection is open");
    }

    /// The next answer, interim ones aside.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.next_answer(true).await.expect("the service answers")
    }

    /// The next answer, to HEAD.
    pub(crate) async fn answer_to_head(&mut self) -> Answer {
        self.next_answer(false).await.expect("the service answers")
    }

    /// The next answer, or nothing where the connection ends without one.
    pub(crate) async fn answer_or_end(&mut self) -> Option<Answer> {
        self.next_answer(true).await
    }

    /// Whether the other side ends the connection, with nothing more to say.
    pub(crate) async fn ends(&mut self) -> bool {
        self.read.is_empty() && !self.read_more().await && self.read.is_empty()
    }

    async fn next_answer(&mut self, has_body: bool) -> Option<Answer> {
        loop {
            let answer = self.one_answer(has_body).await?;
            if answer.status >= 200 {
                return Some(answer);
            }
        }
    }

    async fn one_answer(&mut self, has_body: bool) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read_more().await {
                assert!(self.read.is_empty(), "cut off: {}", String::from_utf8_lossy(&self.read));
                return None;
            }
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).expect("a head is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status: {head}"));
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                HeaderValue::from_str(value.trim()).expect("a value"),
            );
        }
        let length = headers.get("content-length").and_then(|length| length.to_str().ok());
        let length: usize = length.map_or(0, |length| length.parse().expect("a length"));
        let length = if has_body && status >= 200 { length } else { 0 };
        while self.read.len() < length {
            assert!(self.read_more().await, "the answer is whole: {head}");
        }
        let body: Vec<u8> = self.read.drain(..length).collect();
        Some(Answer { status, headers, text: String::from_utf8(body).expect("a body is text") })
    }

    async fn read_more(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await;
        // A reset is an end, too.
        read.expect("the service answers or ends the connection").unwrap_or(0) > 0
    }
}

/// A `POST /register` of JSON, whole.
pub(crate) fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut request = head(&format!(
        "POST /register HTTP/1.1\nContent-Type: application/json\nContent-Length: {}",
        body.len()
    ));
    request.extend_from_slice(body);
    request
}

/// The lines of a request up to its body, with a `Host`.
pub(crate) fn head(lines: &str) -> Vec<u8> {
    format!("{}\r\nHost: localhost\r\n\r\n", lines.replace('\n', "\r\n")).into_bytes()
}
