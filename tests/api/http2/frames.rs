//! A client of HTTP/2 that sends frames as a test wants them.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, IpAddr, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::wait::TIMEOUT;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

/// Flags of frames.
const ACK: u8 = 1;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

/// Codes of errors.
pub(super) const NO_ERROR: u32 = 0;
pub(super) const REFUSED_STREAM: u32 = 7;
pub(super) const CANCEL: u32 = 8;
pub(super) const ENHANCE_YOUR_CALM: u32 = 11;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) fn ends_stream(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }

    /// Returns the code of a frame that ends a stream or the connection.
    pub(super) fn code(&self) -> u32 {
        let place = if self.kind == GOAWAY { 4 } else { 0 };
        let code = self.payload[place..].first_chunk().expect("the frame has a code");
        u32::from_be_bytes(*code)
    }
}

/// A connection that negotiated HTTP/2.
pub(super) struct Frames {
    stream: TlsStream<TcpStream>,
}

impl Frames {
    /// Connects, and sends the preface with these settings.
    pub(super) async fn connect(url: &str, root: &Path, settings: &[(u16, u32)]) -> Self {
        Self::connect_after(&[], url, root, settings).await
    }

    /// Does the same after some bytes without encryption.
    pub(super) async fn connect_after(
        bytes: &[u8],
        url: &str,
        root: &Path,
        settings: &[(u16, u32)],
    ) -> Self {
        vestibule::http_client::install_tls_provider();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(root).expect("a certificate")).expect("it is one");
        let mut config =
            ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let address = url.trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).await.expect("the service accepts");
        socket.write_all(bytes).await.expect("the service reads");
        let name = ServerName::IpAddress(IpAddr::try_from("127.0.0.1").expect("an address"));
        let connected = TlsConnector::from(Arc::new(config)).connect(name, socket).await;
        let mut stream = connected.expect("the handshake succeeds");
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("the service reads");
        let mut frames = Self { stream };
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        frames.send(&frame(SETTINGS, 0, 0, &settings)).await;
        // Acknowledges the settings of the service, which it sent before.
        frames.send(&frame(SETTINGS, ACK, 0, &[])).await;
        frames
    }

    /// Writes bytes. Ignores errors, because the service may close the connection early.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Reads the next frame. Returns `None` at the end of the connection.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        let read = timeout(TIMEOUT, async {
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).await.ok()?;
            let [a, b, c, kind, flags, stream @ ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            self.stream.read_exact(&mut payload).await.ok()?;
            Some(Frame { kind, flags, stream: u32::from_be_bytes(stream), payload })
        });
        read.await.expect("the service responds or closes the connection")
    }

    /// Reads until a frame satisfies a condition.
    pub(super) async fn until(&mut self, is_it: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.next().await.expect("the service sends the frame");
            if is_it(&frame) {
                return frame;
            }
        }
    }

    /// Reads the frames of a kind until the connection ends.
    pub(super) async fn rest(&mut self, kind: u8) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            if frame.kind == kind {
                frames.push(frame);
            }
        }
        frames
    }

    /// Reads until the response of a stream ends, and returns its body.
    pub(super) async fn body(&mut self, stream: u32) -> String {
        let mut body = Vec::new();
        loop {
            let frame = self.until(|frame| frame.stream == stream).await;
            assert_ne!(frame.kind, RST_STREAM, "{frame:?}");
            if frame.kind == DATA {
                body.extend_from_slice(&frame.payload);
            }
            if frame.ends_stream() {
                return String::from_utf8(body).expect("the body is UTF-8");
            }
        }
    }

    /// Returns after the service has read all earlier frames.
    pub(super) async fn ping(&mut self) {
        self.send(&frame(PING, 0, 0, &[7; 8])).await;
        self.until(|frame| frame.kind == PING && frame.payload == [7; 8]).await;
    }
}

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Returns the HEADERS of a request without compression.
pub(super) fn headers(flags: u8, stream: u32, method: &str, path: &str) -> Vec<u8> {
    headers_with(flags, stream, method, path, &[])
}

pub(super) fn headers_with(
    flags: u8,
    stream: u32,
    method: &str,
    path: &str,
    more: &[(&str, &str)],
) -> Vec<u8> {
    let pseudo = [
        (":method", method),
        (":scheme", "https"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/json"),
    ];
    let block: Vec<u8> =
        pseudo.iter().chain(more).flat_map(|(name, value)| field(name, value)).collect();
    frame(HEADERS, flags | END_HEADERS, stream, &block)
}

/// Returns a field of a header block, as a literal with a new name.
pub(super) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 127);
        field.push(length.expect("a short text"));
        field.extend_from_slice(text.as_bytes());
    }
    field
}

/// Returns a `POST /register` with this body.
pub(super) fn sign_up(stream: u32, form: &str) -> Vec<u8> {
    let head = headers(0, stream, "POST", "/register");
    [head, frame(DATA, END_STREAM, stream, form.as_bytes())].concat()
}
