//! Connections that the service closed early.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::metrics::Metrics;

/// The minimum time between two log lines with the same reason.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The reason for which the service closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The next request did not begin in time. The service does not count these connections.
    Idle,
    /// A head was not complete in time.
    HeadTimeout,
    /// The client did not read the response in time.
    WriteTimeout,
    /// The bytes were not a request, or the client cancelled too many requests of HTTP/2.
    BadRequest,
    /// The peer has too many connections.
    TooMany,
    /// A connection did not begin with a valid header of the PROXY protocol.
    ProxyHeader,
    /// A peer that is not a trusted proxy connected to a listener with the PROXY protocol.
    UntrustedPeer,
    /// The handshake of TLS failed, or was not complete in time.
    TlsHandshake,
    /// A bug of the service.
    Internal,
}

/// The counters of closed connections, with at most one log line a minute for each reason.
#[derive(Clone, Debug)]
pub struct Closed {
    metrics: Metrics,
    logs: Arc<[Log; 9]>,
}

#[derive(Debug, Default)]
struct Log {
    count: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Closed {
    /// Creates the counters of a listener.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        Self { metrics, logs: Arc::default() }
    }

    /// Counts bytes that are not a request, by the part that is invalid.
    pub fn count_parse_error(&self, part: &'static str) {
        self.metrics.parse_error(part);
    }

    /// Counts and logs a closed connection, unless the connection was idle. The log contains no
    /// bytes of the client.
    pub fn count(&self, reason: Reason) {
        if reason == Reason::Idle {
            return;
        }
        self.metrics.connection_closed(reason.name());
        let log = &self.logs[reason as usize];
        log.count.fetch_add(1, Ordering::Relaxed);
        let mut last = log.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= LOG_INTERVAL) {
            *last = Some(Instant::now());
            let connections = log.count.swap(0, Ordering::Relaxed);
            tracing::warn!(reason = reason.name(), connections, "connections closed");
        }
    }
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::HeadTimeout => "head_timeout",
            Self::WriteTimeout => "write_timeout",
            Self::BadRequest => "bad_request",
            Self::TooMany => "too_many_connections",
            Self::ProxyHeader => "proxy_header",
            Self::UntrustedPeer => "untrusted_peer",
            Self::TlsHandshake => "tls_handshake",
            Self::Internal => "internal",
        }
    }
}
