use std::io::{self, Write};

use crate::config::Config;

/// Prints a string to standard output. Ignores a closed pipe, as in `vestibule config show | head`.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Prints a string to standard error, which may be closed.
pub(super) fn print_error(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

pub(super) fn warn(config: &Config) {
    for warning in config.warnings() {
        tracing::warn!(warning, "settings valid, with a warning");
    }
}
