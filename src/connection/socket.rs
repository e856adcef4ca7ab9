//! The socket of a connection.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::closed::Reason;

/// The socket of a connection.
#[derive(Debug)]
#[expect(missing_docs, reason = "the types describe the variants")]
pub enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Calls a method of the socket. A branch costs less than a virtual call.
macro_rules! each {
    ($socket:expr, $inner:ident => $call:expr) => {
        match $socket {
            Socket::Tcp($inner) => $call,
            Socket::Unix($inner) => $call,
            Socket::Tls($inner) => $call,
        }
    };
}

impl Socket {
    /// Returns the address of the peer, or `None` for a unix socket.
    ///
    /// # Errors
    /// Returns an error if the peer closed the connection.
    pub fn peer(&self) -> io::Result<Option<SocketAddr>> {
        match self {
            Self::Tcp(socket) => socket.peer_addr().map(Some),
            Self::Unix(_) => Ok(None),
            Self::Tls(socket) => socket.get_ref().0.peer_addr().map(Some),
        }
    }

    /// Completes the handshake of TLS within `limit`. Leaves a unix socket unchanged.
    ///
    /// # Errors
    /// Returns the reason to close the connection, or `None` if the client closed the connection.
    pub async fn with_tls(
        self,
        tls: &TlsAcceptor,
        limit: Duration,
    ) -> Result<Self, Option<Reason>> {
        let Self::Tcp(socket) = self else { return Ok(self) };
        match timeout(limit, tls.accept(socket)).await {
            Ok(Ok(stream)) => Ok(Self::Tls(Box::new(stream))),
            // The client disconnected, which is no error.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Err(None),
            Ok(Err(_)) | Err(_) => Err(Some(Reason::TlsHandshake)),
        }
    }

    /// Returns `true` if the client chose HTTP/2 in the handshake of TLS.
    #[must_use]
    pub fn is_http2(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2"))
    }

    /// Writes as many bytes as the socket accepts without waiting. Writes nothing to a TLS
    /// connection.
    pub(super) fn write_now(&self, bytes: &[u8]) {
        let _ = match self {
            Self::Tcp(socket) => socket.try_write(bytes),
            Self::Unix(socket) => socket.try_write(bytes),
            Self::Tls(_) => Ok(0),
        };
    }

    /// Makes the kernel free the bytes that the peer does not read.
    pub(super) fn discard_unsent(&self) {
        let socket = match self {
            Self::Tcp(socket) => socket,
            Self::Tls(socket) => socket.get_ref().0,
            Self::Unix(_) => return,
        };
        let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
    }
}

impl From<TcpStream> for Socket {
    fn from(socket: TcpStream) -> Self {
        Self::Tcp(socket)
    }
}

impl From<UnixStream> for Socket {
    fn from(socket: UnixStream) -> Self {
        Self::Unix(socket)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_read(context, buffer))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        each!(self, socket => socket.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), socket => Pin::new(socket).poll_shutdown(context))
    }
}
