//! Floods the limits with callers, each a /64 of its own, and prints how much memory the
//! process takes: `make bench-limits`. Among them are people who stay where they are and must
//! still be limited as the setting says; it fails where they are not, or where memory grows by
//! more than it may.

#![expect(clippy::print_stdout, reason = "its table goes to standard output")]

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

/// How much memory may grow.
const MOST: u64 = 64 << 20;

/// How many at once, by the setting as it comes.
const BURST: u32 = 20;

/// People who knock again and again, one request of theirs among so many of the flood's.
const PEOPLE: u128 = 200;
const EVERY: u128 = 100;

/// The flood.
#[derive(Parser)]
struct Arguments {
    /// How many callers.
    #[arg(long, default_value_t = 5_000_000)]
    callers: u128,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    println!("| refill | networks | callers | seconds | resident MiB | more MiB |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    let (mut is_sound, at_rest) = (true, resident()?);
    // Budgets that are full again after a second make room for others; budgets that are not
    // must be forgotten one for the other.
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
    let mut people = vec![Person::default(); usize::try_from(PEOPLE)?];
    for caller in 0..arguments.callers {
        let flooding = (0x2a00 << 112) + (caller << bits);
        // Only its memory counts here: most of it is refused once its network has used all up.
        let _ = limits.admit(address(flooding), Route::Register).await;
        if caller % EVERY == 0 {
            let person = caller / EVERY % PEOPLE;
            let is_in = limits.admit(address_of(person), Route::Register).await.is_ok();
            let person = &mut people[usize::try_from(person)?];
            person.expect(started.elapsed(), refill);
            person.admitted += u32::from(is_in);
        }
        if (caller + 1) % (arguments.callers / 10).max(1) == 0 {
            let resident = resident()?;
            let more = resident.saturating_sub(at_rest);
            most = most.max(more);
            println!(
                "| {shown} | {networks} | {} | {:.1} | {:.1} | {:.1} |",
                caller + 1,
                started.elapsed().as_secs_f64(),
                mebibytes(resident),
                mebibytes(more),
            );
        }
        if caller % 500_000 == 0 {
            limits.delete_full_budgets();
        }
    }
    // The clock is read twice, so that one at the very edge may be seen either way.
    let is_exact = people.iter().all(|person| person.admitted.abs_diff(person.expected) <= 1);
    let (admitted, expected) = people.iter().fold((0, 0), |(admitted, expected), person| {
        (admitted + person.admitted, expected + person.expected)
    });
    println!(
        "\nOf {} requests of {PEOPLE} people {admitted} were let in, and {expected} by the \
         setting.\n",
        arguments.callers / EVERY,
    );
    Ok(is_exact && most <= MOST)
}

/// The rules as they come, with this refill for an address, and nothing else that refuses the
/// people.
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

/// Each in a /48 of their own, apart from the flood's.
fn address_of(number: u128) -> IpAddr {
    address(0x2001_0db9 << 96 | number << 80)
}

fn address(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(bits))
}

/// One who stays at an address, and what the setting says of them (GCRA).
#[derive(Clone, Copy, Default)]
struct Person {
    full_at: Duration,
    admitted: u32,
    expected: u32,
}

impl Person {
    fn expect(&mut self, now: Duration, refill: Duration) {
        let next = self.full_at.max(now) + refill;
        if next <= now + refill * BURST {
            self.full_at = next;
            self.expected += 1;
        }
    }
}

/// What the process holds in memory, in bytes (proc(5)).
fn resident() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kibibytes.unwrap_or_default().trim().parse::<u64>()? << 10)
}

#[expect(clippy::cast_precision_loss, reason = "it is only shown")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
