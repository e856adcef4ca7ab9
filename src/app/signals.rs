use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, Ctrl-C and SIGHUP. After [`Signals::listen`], these signals no longer end the process
/// by default.
pub struct Signals {
    pub(super) end: EndSignals,
    pub(super) hang_up: Signal,
}

pub(crate) struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndSignal {
    Terminate,
    Interrupt,
}

impl Signals {
    /// Installs the signal handlers.
    ///
    /// # Errors
    /// Returns an error if the system rejects a handler.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { end: EndSignals::listen()?, hang_up: signal(SignalKind::hangup())? })
    }

    /// Waits for SIGTERM or Ctrl-C.
    pub async fn end(&mut self) {
        self.end.next().await;
    }
}

impl EndSignal {
    /// Returns the exit code that shells use for a command that the signal stopped.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl EndSignals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(crate) async fn next(&mut self) -> EndSignal {
        tokio::select! {
            _ = self.terminate.recv() => EndSignal::Terminate,
            _ = self.interrupt.recv() => EndSignal::Interrupt,
        }
    }
}
