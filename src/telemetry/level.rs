//! The level of the log, which can change while the service runs.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tracing::{Metadata, Subscriber, callsite, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    Layer,
    layer::{Context, Filter},
};

use crate::config::LogLevel;

/// The levels in the order of [`LogLevel`].
const LEVELS: [LevelFilter; 5] = [
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

/// A handle to the level of the service's log lines. Clones share the level.
///
/// The service evaluates the level only when the level changes. A line below the level costs
/// nothing.
#[derive(Clone, Debug)]
pub struct Level(Arc<AtomicUsize>);

impl Level {
    pub(super) fn new(level: LogLevel) -> Self {
        Self(Arc::new(AtomicUsize::new(level as usize)))
    }

    /// Changes the level.
    pub fn set(&self, level: LogLevel) {
        if self.0.swap(level as usize, Ordering::Relaxed) != level as usize {
            callsite::rebuild_interest_cache();
            tracing::info!(?level, "log level changed");
        }
    }

    /// Returns the lowest level of a target.
    ///
    /// Other packages log at `warn` and above only. At lower levels, the HTTP and AWS packages log
    /// requests, which contain personal data.
    fn of(&self, target: &str) -> LevelFilter {
        let level = LEVELS.get(self.0.load(Ordering::Relaxed)).copied();
        let level = level.unwrap_or(LevelFilter::INFO);
        match target.split("::").next() {
            Some("vestibule") => level,
            // h2 and actix-http log a line for each violation of HTTP. The log omits these lines,
            // because `connection::Closed` counts the violations.
            Some("h2") => LevelFilter::OFF,
            Some("actix_http") if target == "actix_http::h1::dispatcher" => LevelFilter::OFF,
            _ => level.min(LevelFilter::WARN),
        }
    }

    fn allows(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.of(metadata.target())
    }

    fn interest(&self, metadata: &Metadata<'_>) -> Interest {
        if self.allows(metadata) { Interest::always() } else { Interest::never() }
    }

    fn highest(&self) -> LevelFilter {
        self.of("vestibule").max(self.of(""))
    }
}

impl<S: Subscriber> Layer<S> for Level {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.allows(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.highest())
    }
}

/// Filters the log only. The export of spans has its own filter.
impl<S> Filter<S> for Level {
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.interest(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.allows(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.highest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_packages_never_log_below_warn() {
        let trace = Level::new(LogLevel::Trace);
        for (target, expected) in [
            ("vestibule", LevelFilter::TRACE),
            ("vestibule::http::middleware", LevelFilter::TRACE),
            ("vestibule_other", LevelFilter::WARN),
            ("aws_smithy_runtime::client", LevelFilter::WARN),
            ("actix_http::h1::dispatcher", LevelFilter::OFF),
            ("h2::proto::ping_pong", LevelFilter::OFF),
        ] {
            assert_eq!(trace.of(target), expected, "{target}");
        }

        trace.set(LogLevel::Error);

        assert_eq!(trace.of("vestibule"), LevelFilter::ERROR);
        assert_eq!(trace.of("hyper"), LevelFilter::ERROR);
    }
}
