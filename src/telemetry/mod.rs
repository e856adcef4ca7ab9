//! Logs to standard output.

mod json_line;

use std::{
    io::{self, IsTerminal},
    panic::{self, PanicHookInfo},
};

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt,
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use self::json_line::JsonLine;
use crate::config::{Log, LogFormat, LogLevel};

/// Installs the global subscriber, which writes to standard output.
///
/// Other crates log at `warn` and above only. At lower levels, the HTTP and AWS crates log requests,
/// which contain personal data.
///
/// # Errors
/// Returns an error if a global subscriber is installed already.
pub fn start(settings: &Log) -> Result<(), TryInitError> {
    let level = LevelFilter::from_level(level(settings.level));
    let filter =
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("vestibule", level);
    let layer = fmt::layer()
        .with_writer(io::stdout)
        .with_ansi(io::stdout().is_terminal())
        .with_target(false);
    let layer = match settings.format {
        LogFormat::Json => layer.fmt_fields(JsonLine).event_format(JsonLine).boxed(),
        LogFormat::Pretty => layer.boxed(),
    };
    tracing_subscriber::registry().with(layer).with(filter).try_init()?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
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
