//! Floods the limits with clients, each in its own /64, and prints the memory of the process: `make
//! bench-limits`. Other clients keep their addresses. The benchmark fails if their limits are not
//! exact, or if the memory grows by more than 64 MiB.

#![expect(clippy::print_stdout, reason = "the table goes to standard output")]

use std::{
    fs,
    net::{IpAddr, Ipv6Addr},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use vestibule::{
    config::{Config, Sources},
    metrics::Metrics,
    rate_limit::{RateLimits, Route},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Maximum growth of the memory.
const MAX_GROWTH: u64 = 64 << 20;

/// The default of `limits.address.burst`.
const BURST: u32 = 20;

/// Number of clients that keep their addresses.
const REGULARS: u128 = 200;

/// Number of requests of the flood for each request of a regular client.
const EVERY: u128 = 100;

/// The flood.
#[derive(Parser)]
struct Arguments {
    /// Number of clients in the flood.
    #[arg(long, default_value_t = 5_000_000)]
    clients: u128,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    println!("| refill | networks | clients | seconds | resident MiB | more MiB |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    let (mut is_sound, at_rest) = (true, resident()?);
    // A budget that is full again after a second makes room for another. With a refill of an hour,
    // budgets in use must replace each other.
    for refill in [Duration::from_secs(1), Duration::from_hours(1)] {
        for (networks, bits) in [("one /64 in each /48", 80), ("65,536 in each", 64)] {
            is_sound &= flood(&arguments, at_rest, refill, networks, bits).await?;
        }
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn flood(
    arguments: &Arguments,
    at_rest: u64,
    refill: Duration,
    networks: &str,
    bits: u32,
) -> anyhow::Result<bool> {
    let shown = format!("{} s", refill.as_secs());
    let limits = limits(&shown.replace(' ', "")).await?;
    let started = Instant::now();
    let mut most = 0;
    let mut regulars = vec![Regular::default(); usize::try_from(REGULARS)?];
    for client in 0..arguments.clients {
        let flooding = (0x2a00 << 112) + (client << bits);
        // The service rejects most of these requests once their network has no tokens. They still
        // take memory.
        let _ = limits.admit(address(flooding), Route::Register).await;
        if client % EVERY == 0 {
            let number = client / EVERY % REGULARS;
            let is_admitted = limits.admit(address_of(number), Route::Register).await.is_ok();
            let regular = &mut regulars[usize::try_from(number)?];
            regular.expect(started.elapsed(), refill);
            regular.admitted += u32::from(is_admitted);
        }
        if (client + 1) % (arguments.clients / 10).max(1) == 0 {
            let resident = resident()?;
            let more = resident.saturating_sub(at_rest);
            most = most.max(more);
            println!(
                "| {shown} | {networks} | {} | {:.1} | {:.1} | {:.1} |",
                client + 1,
                started.elapsed().as_secs_f64(),
                mebibytes(resident),
                mebibytes(more),
            );
        }
        if client % 500_000 == 0 {
            limits.delete_full_budgets();
        }
    }
    // One request may differ, because the limits and this benchmark read the clock at different
    // times.
    let is_exact = regulars.iter().all(|regular| regular.admitted.abs_diff(regular.expected) <= 1);
    let (admitted, expected) = regulars.iter().fold((0, 0), |(admitted, expected), regular| {
        (admitted + regular.admitted, expected + regular.expected)
    });
    println!(
        "\n{admitted} of {} requests of {REGULARS} regular clients were admitted, {expected} were \
         expected.\n",
        arguments.clients / EVERY,
    );
    Ok(is_exact && most <= MAX_GROWTH)
}

/// Opens the default limits with this refill for an address. No other limit rejects the regular
/// clients.
async fn limits(refill: &str) -> anyhow::Result<RateLimits> {
    let environment: Vec<(String, String)> = [
        ("COGNITO__REGION", "eu-central-1"),
        ("COGNITO__USER_POOL_ID", "eu-central-1_Bench0001"),
        ("COGNITO__CLIENT_ID", "1example23456789"),
        ("LIMITS__ADDRESS__REFILL", refill),
        ("LIMITS__REGISTER__BURST", "10000"),
    ]
    .map(|(name, value)| (format!("VESTIBULE__{name}"), value.to_owned()))
    .to_vec();
    let config = Config::load(Sources { environment: &environment, ..Sources::default() })?;
    Ok(RateLimits::open(&config.limits, None, &[7; 32], Metrics::default()).await)
}

/// Returns the address of a regular client, in its own /48 outside the flood's.
fn address_of(number: u128) -> IpAddr {
    address(0x2001_0db9 << 96 | number << 80)
}

fn address(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(bits))
}

/// A client that keeps its address, with the number of requests that the setting allows (GCRA).
#[derive(Clone, Copy, Default)]
struct Regular {
    full_at: Duration,
    admitted: u32,
    expected: u32,
}

impl Regular {
    fn expect(&mut self, now: Duration, refill: Duration) {
        let next = self.full_at.max(now) + refill;
        if next <= now + refill * BURST {
            self.full_at = next;
            self.expected += 1;
        }
    }
}

/// Returns the resident memory of the process in bytes (proc(5)).
fn resident() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kibibytes.unwrap_or_default().trim().parse::<u64>()? << 10)
}

#[expect(clippy::cast_precision_loss, reason = "the value is only printed")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
