//! The progress of long commands, on standard error if it is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::store::Position;

/// Number of rows between two updates.
const STEP: u64 = 100;

/// A line that shows the progress of a command. Dropping it removes the line.
#[derive(Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shows work of unknown length.
    pub(super) fn spinner(work: &'static str) -> Self {
        Self::new(ProgressBar::new_spinner(), "{spinner} {prefix} {msg}", work)
    }

    /// Shows work of a known length.
    pub(super) fn bar(work: &'static str, length: u64) -> Self {
        Self::new(
            ProgressBar::new(length),
            "{prefix} [{bar:30}] {percent} % {msg} ({eta} left)",
            work,
        )
    }

    fn new(bar: ProgressBar, template: &str, work: &'static str) -> Self {
        // With an invalid template, the bar has the default style.
        let style = ProgressStyle::with_template(template);
        let bar = bar.with_prefix(work);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.tick();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn set(&self, done: usize, message: String) {
        self.0.set_position(done as u64);
        self.0.set_message(message);
    }

    pub(super) fn hide(&self) {
        self.0.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Hides the line while `write` writes to standard output.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

/// The progress through the audit log, by the times of the rows.
pub(super) struct LogProgress {
    pub(super) line: Progress,
    first: i64,
    pub(super) reached: Position,
}

impl LogProgress {
    /// Creates the progress. `extent` has the times of the first and the last row. Without them,
    /// the line shows no percentage.
    pub(super) fn new(work: &'static str, extent: Option<(i64, i64)>, reached: Position) -> Self {
        let (first, last) = extent.unwrap_or_default();
        let line = match extent {
            Some(_) => Progress::bar(work, last.abs_diff(first)),
            None => Progress::spinner(work),
        };
        Self { line, first, reached }
    }

    pub(super) fn reach(&mut self, reached: Position) {
        self.reached = reached;
        if reached.rows % STEP == 1 {
            let time = reached.time().unwrap_or(self.first);
            let done = usize::try_from(time.saturating_sub(self.first)).unwrap_or_default();
            self.line.set(done, format!("{} rows", reached.rows));
        }
    }
}
