//! Long commands, which Ctrl-C and SIGTERM stop.

use std::{
    process::{ExitCode, exit},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::task::spawn_blocking;

use crate::{app::EndSignals, store::StoreError};

/// The exit code of the signal that has arrived, or 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicU8>);

impl Stop {
    /// Returns an error if a signal has arrived.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.0.load(Ordering::Relaxed) == 0 { Ok(()) } else { Err(StoreError::Stopped) }
    }

    /// Returns the exit code after the signal.
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(self.0.load(Ordering::Relaxed))
    }
}

/// Runs `work` on a thread that may block. The first signal asks `work` to stop. The second signal
/// ends the process.
pub(super) async fn stoppable<T: Send + 'static>(
    work: impl FnOnce(&Stop) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let stop = Stop::default();
    let mut signals = EndSignals::listen()?;
    let mut work = spawn_blocking({
        let stop = stop.clone();
        move || work(&stop)
    });
    loop {
        tokio::select! {
            result = &mut work => return result?,
            signal = signals.next() => {
                if stop.0.swap(signal.exit_code(), Ordering::Relaxed) != 0 {
                    exit(signal.exit_code().into());
                }
            }
        }
    }
}
