//! The layout, held against the source: who may import whom, which packages belong where, no
//! import cycles among files, and how large files and folders may be.

#![expect(clippy::expect_used, reason = "a test fails loudly")]

mod cycles;
mod directions;
mod graph;
mod packages;
mod sizes;
mod sources;
mod tokens;
mod waits;

use std::path::Path;

/// Faults that are known, by how their descriptions begin.
const EXPECTED: &[&str] = &[];

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with every fault that is not in [`EXPECTED`].
fn assert_none(found: &[String]) {
    let is_expected = |fault: &String| EXPECTED.iter().any(|start| fault.starts_with(start));
    let new: Vec<&str> =
        found.iter().filter(|fault| !is_expected(fault)).map(String::as_str).collect();
    assert!(new.is_empty(), "{} faults:\n{}", new.len(), new.join("\n"));
}
