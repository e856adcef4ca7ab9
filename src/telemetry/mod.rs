//! Logs to standard output, and the export of traces. A separate thread writes the lines. If the
//! reader stops reading, the service drops lines and still responds to requests.

mod json_line;
mod level;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod spans;

use std::{
    io::{self, BufWriter, IsTerminal},
    panic::{self, PanicHookInfo},
    sync::mpsc,
    thread,
    time::Duration,
};

use jiff::Timestamp;
#[cfg(feature = "otlp")]
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::json;
use thiserror::Error;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer, fmt,
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use self::json_line::JsonLine;
pub use self::level::Level;
use crate::{
    config::{Log, LogFormat},
    metrics,
};

/// Maximum number of lines that wait for the reader. The service drops and counts further lines.
const MAX_LINES: usize = 8192;

/// Maximum time for writing the waiting lines when [`Logs`] is dropped.
const FLUSH: Duration = Duration::from_secs(2);

/// Guard that writes the waiting lines when it is dropped. Lines that the reader does not read in
/// time are lost.
#[must_use]
pub struct Logs {
    guard: Option<WorkerGuard>,
    level: Level,
    #[cfg(feature = "otlp")]
    exporter: Option<SdkTracerProvider>,
}

/// The reason why there is no log.
#[derive(Debug, Error)]
pub enum StartError {
    /// A global subscriber is installed already.
    #[error(transparent)]
    Installed(#[from] TryInitError),
    /// The variables of the export are invalid.
    #[cfg(feature = "otlp")]
    #[error("OTEL_EXPORTER_OTLP_…: {0}. Correct the variables.")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

impl Logs {
    /// Returns a handle that changes the level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level.clone()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        let guard = self.guard.take();
        #[cfg(feature = "otlp")]
        let exporter = self.exporter.take();
        let (sender, flushed) = mpsc::channel();
        // If the buffer is full, the guard itself writes to standard output and blocks until the
        // reader reads. With a separate thread, the process waits for the reader for at
        // most `FLUSH`.
        thread::spawn(move || {
            #[cfg(feature = "otlp")]
            if let Some(exporter) = exporter {
                // The exporter logs its own errors.
                let _ = exporter.shutdown_with_timeout(FLUSH / 2);
            }
            drop(guard);
            let _ = sender.send(());
        });
        let _ = flushed.recv_timeout(FLUSH);
    }
}

/// Installs the global subscriber, which writes to standard output. Exports spans if variables of
/// the environment configure the export.
///
/// # Errors
/// Returns an error if a global subscriber is installed already, or if the variables are invalid.
#[cfg_attr(not(feature = "otlp"), expect(unused_variables, reason = "only an export needs them"))]
pub fn start(settings: &Log, environment: &[(String, String)]) -> Result<Logs, StartError> {
    let level = Level::new(settings.level);
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_LINES)
        .finish(BufWriter::new(io::stdout()));
    let dropped = writer.error_counter();
    let layer =
        fmt::layer().with_writer(writer).with_ansi(io::stdout().is_terminal()).with_target(false);
    let layer = match settings.format {
        LogFormat::Json => layer.fmt_fields(JsonLine).event_format(JsonLine).boxed(),
        LogFormat::Pretty => layer.boxed(),
    };
    let registry = tracing_subscriber::registry();
    #[cfg(feature = "otlp")]
    let exporter = otlp::provider(environment)?;
    #[cfg(feature = "otlp")]
    if let Some(exporter) = &exporter {
        registry.with(layer.with_filter(level.clone())).with(otlp::layer(exporter)).try_init()?;
    } else {
        registry.with(layer).with(level.clone()).try_init()?;
    }
    #[cfg(not(feature = "otlp"))]
    registry.with(layer).with(level.clone()).try_init()?;
    metrics::watch_dropped_lines(move || dropped.dropped_lines() as u64);
    panic::set_hook(Box::new(log_panic));
    Ok(Logs {
        guard: Some(guard),
        level,
        #[cfg(feature = "otlp")]
        exporter,
    })
}

/// Logs the location of a panic without its payload, which can contain personal data.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(alarm = true, location, "panicked");
}

/// Returns a line in the format of the log, for an error while there is no log.
#[must_use]
pub fn error_line(message: &str, error: &str) -> String {
    let line = json!({
        "timestamp": Timestamp::now().to_string(),
        "level": "ERROR",
        "message": message,
        "error": error,
    });
    format!("{line}\n")
}
