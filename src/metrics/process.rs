//! Metrics of the process, with the names that Prometheus recommends. Only Linux has these values.

use std::{
    fmt::{self, Debug},
    fs,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

/// The number of clock ticks per second in which Linux reports times of processes (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut write = |name: &str, help: &str, kind: MetricType, value: Option<f64>| {
            let Some(value) = value else { return Ok(()) };
            let metric = encoder.encode_descriptor(name, help, None, kind)?;
            match kind {
                MetricType::Counter => ConstCounter::new(value).encode(metric),
                _ => ConstGauge::new(value).encode(metric),
            }
        };
        let gauge = MetricType::Gauge;
        write(
            "process_cpu_seconds",
            "CPU time of the process",
            MetricType::Counter,
            cpu_seconds(),
        )?;
        write("process_resident_memory_bytes", "Resident memory", gauge, memory("VmRSS:"))?;
        write("process_virtual_memory_bytes", "Virtual memory", gauge, memory("VmSize:"))?;
        write("process_threads", "Threads", gauge, stat(17))?;
        write("process_open_fds", "Open file descriptors", gauge, open_files())?;
        write("process_max_fds", "Maximum number of open file descriptors", gauge, max_files())?;
        let help = "Start of the process in seconds since 1970";
        write("process_start_time_seconds", help, gauge, start_time())
    }
}

fn cpu_seconds() -> Option<f64> {
    Some((stat(11)? + stat(12)?) / TICKS_PER_SECOND)
}

fn start_time() -> Option<f64> {
    let system = fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = value(&system, "btime ")?.parse().ok()?;
    Some(boot + stat(19)? / TICKS_PER_SECOND)
}

/// Returns a field of `/proc/self/stat` by its place after the name of the program. The name may
/// contain spaces and parentheses.
fn stat(field: usize) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    text.rsplit_once(") ")?.1.split(' ').nth(field)?.parse().ok()
}

/// Returns a number of `/proc/self/status` in bytes, or `None` if the file has no such number.
fn memory(name: &str) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: f64 = value(&text, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

fn open_files() -> Option<f64> {
    let files = u32::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()?;
    // The listing itself uses one of the descriptors.
    Some(f64::from(files) - 1.0)
}

fn max_files() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    value(&text, "Max open files")?.split_whitespace().next()?.parse().ok()
}

/// Returns the rest of the line that begins with a name, or `None` if there is no such line.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn reads_every_number() {
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs_f64();

        for (name, number, range) in [
            ("CPU", cpu_seconds(), 0.0..1e5),
            ("resident", memory("VmRSS:"), 1e6..1e12),
            ("virtual", memory("VmSize:"), 1e6..1e15),
            ("threads", stat(17), 1.0..1e4),
            ("open files", open_files(), 3.0..1e5),
            ("files", max_files(), 10.0..1e10),
            ("start", start_time(), now - 3600.0..now + 5.0),
        ] {
            assert!(number.is_some_and(|number| range.contains(&number)), "{name}: {number:?}");
        }
    }
}
