//! The numbers of workers and connections that suit the machine or the container.

use std::{fs, io, thread::available_parallelism};

/// The most that a connection takes: a head of 128 KiB, and a response.
const CONNECTION: u64 = 160 * 1024;

/// Files of the service itself.
const OWN_FILES: u64 = 128;

const MIN_CONNECTIONS: u64 = 64;
const MAX_CONNECTIONS: u64 = 25_000;

/// Returns the number of workers. 0 means one per processor.
pub(super) fn workers(set: usize) -> io::Result<usize> {
    if set == 0 { available_parallelism().map(Into::into) } else { Ok(set) }
}

/// Returns the maximum number of connections. 0 means as many as fit in half of the memory.
pub(super) fn connections(set: usize) -> usize {
    if set != 0 {
        return set;
    }
    let memory = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let limits =
        memory.iter().filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    let available = limits.chain(total_memory()).min();
    let files = open_files().unwrap_or(u64::MAX).saturating_sub(OWN_FILES);
    let fit = available.map_or(MAX_CONNECTIONS, |bytes: u64| bytes / 2 / CONNECTION);
    let connections = fit.min(files).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

fn total_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn open_files() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_connections_from_memory_and_open_files() {
        let derived = connections(0) as u64;

        assert!((MIN_CONNECTIONS..=MAX_CONNECTIONS).contains(&derived), "{derived}");
        assert!(derived * CONNECTION / 2 <= total_memory().unwrap().max(64 << 20), "{derived}");
        assert_eq!(connections(7), 7, "the setting overrides it");
    }
}
