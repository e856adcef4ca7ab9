//! Logs to standard output. A thread of its own writes them. If the reader stops reading, the
//! service drops lines and still responds to requests.

mod json_line;

use std::{
    io::{self, BufWriter, IsTerminal},
    panic::{self, PanicHookInfo},
    sync::mpsc,
    thread,
    time::Duration,
};

use tracing::{Level, level_filters::LevelFilter};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt,
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use self::json_line::JsonLine;
use crate::{
    config::{Log, LogFormat, LogLevel},
    metrics,
};

/// Maximum number of lines that wait for the reader. The service drops and counts further ones.
const MAX_LINES: usize = 8192;

/// Maximum time for writing the waiting lines when [`Logs`] is dropped.
const FLUSH: Duration = Duration::from_secs(2);

/// Guard that writes the waiting lines when it is dropped. Lines that the reader does not read in
/// time are lost.
#[must_use]
pub struct Logs(Option<WorkerGuard>);

impl Drop for Logs {
    fn drop(&mut self) {
        let guard = self.0.take();
        let (sender, flushed) = mpsc::channel();
        // If the buffer is full, the guard itself writes to standard output and blocks until the
        // reader reads. A thread of its own keeps the process from waiting for that.
        thread::spawn(move || {
            drop(guard);
            let _ = sender.send(());
        });
        let _ = flushed.recv_timeout(FLUSH);
    }
}

/// Installs the global subscriber, which writes to standard output.
///
/// Other crates log at `warn` and above only. At lower levels, the HTTP and AWS crates log requests,
/// which contain personal data.
///
/// # Errors
/// Returns an error if a global subscriber is installed already.
pub fn start(settings: &Log) -> Result<Logs, TryInitError> {
    let level = LevelFilter::from_level(level(settings.level));
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("vestibule", level)
        // Actix logs an ERROR line for each request that is not HTTP. `connection::Closed` counts
        // these requests.
        .with_target("actix_http::h1::dispatcher", LevelFilter::OFF);
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
    tracing_subscriber::registry().with(layer).with(filter).try_init()?;
    metrics::watch_dropped_lines(move || dropped.dropped_lines() as u64);
    panic::set_hook(Box::new(log_panic));
    Ok(Logs(Some(guard)))
}

/// Logs the location of a panic without its message, which can contain personal data.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(alarm = true, location, "panicked");
}

fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    }
}
