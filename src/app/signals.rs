//! The signals that the program listens to.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, Ctrl-C and SIGHUP. From when this is made they no longer end the process by
/// themselves.
pub struct Signals {
    pub(super) end: EndSignals,
    pub(super) hang_up: Signal,
}

/// SIGTERM and Ctrl-C alone.
pub(crate) struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the system does not let it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { end: EndSignals::listen()?, hang_up: signal(SignalKind::hangup())? })
    }
}

impl Signals {
    /// Waits for SIGTERM or Ctrl-C.
    pub async fn end(&mut self) {
        self.end.next().await;
    }
}

impl EndSignals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next of them.
    pub(crate) async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}
