//! The stream of a connection.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{closed::Reason, peer::Peer, progress::Progress, socket::Socket, worker::Worker};

const REQUEST_TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// An accepted connection that reports its progress to the clock of its worker.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    progress: Rc<Progress>,
    worker: Rc<Worker>,
}

impl Stream {
    /// Wraps a connection. Near its maximum of connections, the worker gives idle connections of
    /// clients the time of a head. Those of trusted proxies keep `keep_alive`.
    pub fn new(socket: Socket, worker: &Rc<Worker>, peer: Peer) -> Self {
        Self { socket, progress: worker.add(peer), worker: Rc::clone(worker) }
    }

    /// Returns the connection's progress.
    #[must_use]
    pub fn progress(&self) -> &Rc<Progress> {
        &self.progress
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.socket).poll_read(context, buffer);
        if let Some(bytes) = buffer.filled().get(before..)
            && !bytes.is_empty()
        {
            self.progress.read(bytes);
        }
        result
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.report(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write_vectored(context, parts);
        self.report(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// Records the end or the delay of a write. TLS may still hold bytes that the stream accepted.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.socket).poll_flush(context);
        match result {
            Poll::Ready(_) => self.progress.flushed(),
            Poll::Pending => self.progress.write_blocked(),
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl Stream {
    fn report(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(Ok(bytes)) => self.progress.wrote(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.progress.write_blocked(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        match self.progress.has_timed_out() {
            Some(Reason::HeadTimeout) if self.progress.has_partial_head() => {
                self.socket.write_now(REQUEST_TIMEOUT);
            }
            // The kernel then drops the response that the client does not read.
            Some(Reason::WriteTimeout) => self.socket.discard_unsent(),
            _ => {}
        }
        self.worker.remove(&self.progress);
    }
}
