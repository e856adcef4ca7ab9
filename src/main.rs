//! The `vestibule` command.

use std::process::ExitCode;

/// Takes a fifth of the instructions off a request, for 8 MiB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vestibule::cli::run()
}
