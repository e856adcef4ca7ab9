//! The numbers of workers and connections that suit the machine or the container.

use std::{fs, io, path::Path, thread::available_parallelism};

/// Maximum number of connections that the service has not accepted yet.
pub(super) const BACKLOG: i32 = 1024;

/// Maximum memory of a connection: a head of 128 KiB, and a response.
pub(super) const CONNECTION: u64 = 160 * 1024;

/// Maximum memory of a connection with TLS, which needs larger buffers.
pub(super) const TLS_CONNECTION: u64 = 256 * 1024;

/// Maximum memory of a connection with HTTP/2: eight requests, each with a head of 40 KiB, a body
/// of 16 KiB, and bookkeeping. The value comes from a measurement with 35 connections.
pub(super) const HTTP2_CONNECTION: u64 = 1024 * 1024;

/// Number of files that the service opens in addition to connections.
const OWN_FILES: u64 = 128;

const MIN_CONNECTIONS: u64 = 64;

/// The number of connections if the memory is unknown.
const DEFAULT_CONNECTIONS: u64 = 1024;

const MAX_CONNECTIONS: u64 = 25_000;

/// Returns the number of workers: `set`, or the number of processors if `set` is 0.
pub(super) fn workers(set: usize) -> io::Result<usize> {
    if set == 0 { available_parallelism().map(Into::into) } else { Ok(set) }
}

/// Returns the maximum number of connections: `set`, or the number that fits in half of the memory
/// if `set` is 0. The limit on open files and two constants bound this number. Each connection may
/// need `memory` bytes.
pub(super) fn connections(set: usize, memory: u64) -> usize {
    if set != 0 {
        return set;
    }
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limit = memory_limit(Path::new("/sys/fs/cgroup"), &groups);
    let files = open_files().unwrap_or(u64::MAX).saturating_sub(OWN_FILES);
    let fit = fitting(limit.into_iter().chain(total_memory()).min(), memory);
    let connections = fit.min(files).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// Returns the number of connections that fit in half of the memory.
fn fitting(memory: Option<u64>, each: u64) -> u64 {
    memory.map_or(DEFAULT_CONNECTIONS, |bytes| bytes / 2 / each)
}

/// Returns the smallest memory limit of the process's control group and its ancestors. `groups` has
/// the format of `/proc/self/cgroup`. A container sees its control group as the root.
fn memory_limit(root: &Path, groups: &str) -> Option<u64> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let folders = Path::new(group).ancestors().map(|group| root.join(group).join("memory.max"));
    let of_version_1 = root.join("memory/memory.limit_in_bytes");
    let limits = folders
        .chain([of_version_1])
        .filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    // Control groups of version 1 have the largest number if there is no limit.
    limits.filter(|bytes| *bytes < 1 << 60).min()
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
    fn reads_the_smallest_limit_of_the_group_and_its_ancestors() {
        let root = std::env::temp_dir().join(format!("vestibule-{}-groups", std::process::id()));
        let service = root.join("system.slice/vestibule.service");
        fs::create_dir_all(&service).unwrap();
        fs::create_dir_all(root.join("memory")).unwrap();
        let groups = "1:name=systemd:/\n0::/system.slice/vestibule.service\n";
        let write = |file: &str, limit: &str| fs::write(root.join(file), limit).unwrap();

        assert_eq!(memory_limit(&root, groups), None, "no file");
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("system.slice/vestibule.service/memory.max", "max\n");
        assert_eq!(memory_limit(&root, groups), None, "no limit");
        write("system.slice/vestibule.service/memory.max", "536870912\n");
        assert_eq!(memory_limit(&root, groups), Some(512 << 20), "the unit has a limit");
        assert_eq!(memory_limit(&root, "0::/\n"), None, "another group has a limit");
        write("system.slice/memory.max", "268435456\n");
        assert_eq!(memory_limit(&root, groups), Some(256 << 20), "the slice has a limit");
        write("memory.max", "134217728\n");
        assert_eq!(memory_limit(&root, groups), Some(128 << 20), "the container has a limit");
        assert_eq!(memory_limit(&root, ""), Some(128 << 20), "no /proc");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn unknown_memory_allows_few_connections() {
        assert_eq!(fitting(Some(512 << 20), CONNECTION), 1638);
        assert_eq!(fitting(None, CONNECTION), DEFAULT_CONNECTIONS);
    }

    #[test]
    fn derives_connections_from_memory_and_open_files() {
        let derived = connections(0, CONNECTION) as u64;

        assert!((MIN_CONNECTIONS..=MAX_CONNECTIONS).contains(&derived), "{derived}");
        assert!(derived * CONNECTION / 2 <= total_memory().unwrap().max(64 << 20), "{derived}");
        assert_eq!(connections(7, CONNECTION), 7, "the setting applies");
    }
}
