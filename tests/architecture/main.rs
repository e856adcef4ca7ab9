//! Checks the layout of the source: directions and cycles of imports, the modules that may use a
//! package, and the sizes of files and folders.

#![expect(clippy::expect_used, reason = "a panic fails the test")]

mod cycles;
mod directions;
mod graph;
mod packages;
mod sizes;
mod sources;
mod tokens;
mod waits;

use std::path::Path;

/// Known faults, by the start of their descriptions.
const EXPECTED: &[&str] = &[];

/// Returns the folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Panics with every fault that is not in [`EXPECTED`].
fn assert_none(found: &[String]) {
    let is_expected = |fault: &String| EXPECTED.iter().any(|start| fault.starts_with(start));
    let new: Vec<&str> =
        found.iter().filter(|fault| !is_expected(fault)).map(String::as_str).collect();
    assert!(new.is_empty(), "{} faults:\n{}", new.len(), new.join("\n"));
}
