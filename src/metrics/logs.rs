use std::{fmt, sync::OnceLock};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};

type Count = Box<dyn Fn() -> u64 + Send + Sync>;

/// The source of the number of dropped lines. A process has one log.
static DROPPED: OnceLock<Count> = OnceLock::new();

/// Sets the source of the number of dropped log lines.
pub fn watch_dropped_lines(count: impl Fn() -> u64 + Send + Sync + 'static) {
    // The first log of a process stays its log.
    let _ = DROPPED.set(Box::new(count));
}

#[derive(Debug)]
pub(super) struct DroppedLines;

impl Collector for DroppedLines {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Log lines that the service dropped, because the reader of standard output was too slow";
        let count = ConstCounter::new(DROPPED.get().map_or(0, |count| count()));
        let metric =
            encoder.encode_descriptor("log_lines_dropped", help, None, MetricType::Counter)?;
        count.encode(metric)
    }
}
