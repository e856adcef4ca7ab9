//! Logs: what is written, and how.

mod json;

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

use json::Json;

use crate::config::{Log, LogFormat, LogLevel};

/// Writes logs to standard output from now on.
///
/// Packages below us are held at "warn": on finer levels the HTTP and AWS packages print
/// requests, and with them what people type.
///
/// # Errors
/// Where logs are written already.
pub fn start(settings: &Log) -> Result<(), TryInitError> {
    let level = LevelFilter::from_level(level(settings.level));
    let filter =
        Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("vestibule", level);
    let layer = fmt::layer().with_writer(io::stdout).with_ansi(io::stdout().is_terminal());
    let layer = match settings.format {
        LogFormat::Json => layer.event_format(Json).fmt_fields(Json).boxed(),
        LogFormat::Pretty => layer.with_target(false).boxed(),
    };
    tracing_subscriber::registry().with(layer).with(filter).try_init()?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Where it was, and not what it says: the text of a panic can quote what somebody typed.
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
