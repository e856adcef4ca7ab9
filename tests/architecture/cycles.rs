//! Rejects import cycles among files, direct or through other files. An import from a parent module
//! makes no cycle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    assert_none,
    graph::imports,
    sources::{Source, parse, workspace},
};

/// The imported names, by importing file and imported file.
type Edges = BTreeMap<usize, BTreeMap<usize, BTreeSet<String>>>;

#[test]
fn no_files_import_each_other() {
    let sources = workspace();

    assert!(sources.len() > 50, "too few files were read: {}", sources.len());
    assert_none(&cycles(&sources));
}

#[test]
fn reports_a_cycle_with_the_imported_names() {
    let direct: &[_] = &[
        ("src/http/a.rs", "use super::b::B;\npub struct A(B);"),
        ("src/http/b.rs", "use crate::http::a::A;\npub struct B(Box<A>);"),
    ];
    let over_three: &[_] = &[
        ("src/a.rs", "pub fn a() { crate::b::b(); }"),
        ("src/b.rs", "pub fn b() { super::c::c(); }"),
        ("src/c.rs", "pub fn c() { println!(\"{}\", crate::a::a()); }"),
        ("src/d.rs", "use crate::a;\nfn d() { a::a(); }"),
    ];
    let behind_a_reexport: &[_] = &[
        ("src/store/mod.rs", "mod entry;\nmod log;\npub use self::{entry::Entry, log::Log};"),
        ("src/store/entry.rs", "pub struct Entry(super::Log);"),
        ("src/store/log.rs", "use crate::store::Entry;\npub struct Log(Entry);"),
    ];
    let with_a_folder: &[_] = &[
        ("src/store/mod.rs", "mod log;\nuse crate::a::A;\npub struct Entry;"),
        ("src/store/log.rs", "pub struct Log;"),
        ("src/a.rs", "use crate::store::Entry;\npub struct A(Entry);"),
    ];
    for (files, expected) in [
        (
            direct,
            "src/http/a.rs → src/http/b.rs → src/http/a.rs\n  src/http/a.rs imports B\n  \
             src/http/b.rs imports A",
        ),
        (
            over_three,
            "src/a.rs → src/b.rs → src/c.rs → src/a.rs\n  src/a.rs imports b\n  \
             src/b.rs imports c\n  src/c.rs imports a",
        ),
        (
            behind_a_reexport,
            "src/store/entry.rs → src/store/log.rs → src/store/entry.rs\n  \
             src/store/entry.rs imports Log\n  src/store/log.rs imports Entry",
        ),
        (
            with_a_folder,
            "src/store/mod.rs → src/a.rs → src/store/mod.rs\n  src/store/mod.rs imports A\n  \
             src/a.rs imports Entry",
        ),
    ] {
        assert_eq!(cycles(&with_roots(files)), [expected]);
    }
}

#[test]
fn ignores_reexports_tests_other_crates_and_parent_modules() {
    let only_reexports: &[_] = &[
        ("src/store/mod.rs", "mod entry;\nmod log;\npub use self::{entry::Entry, log::Log};"),
        ("src/store/entry.rs", "pub struct Entry;"),
        ("src/store/log.rs", "use super::Entry;\npub struct Log(Entry);"),
    ];
    let only_in_tests: &[_] = &[
        (
            "src/store/mod.rs",
            "mod log;\nuse log::Log;\npub struct Entry(Log);\n#[cfg(test)]\nmod tests;",
        ),
        (
            "src/store/log.rs",
            "pub struct Log;\n#[cfg(test)]\nmod tests { use super::super::Entry; }",
        ),
        ("src/store/tests.rs", "use super::{Entry, log::Log};"),
    ];
    let another_crate: &[_] = &[
        ("crates/cognito-sandbox/src/lib.rs", "pub mod log;\npub struct Entry;"),
        ("crates/cognito-sandbox/src/log.rs", "use crate::Entry;\nuse store::Entry;"),
        ("src/store.rs", "use cognito_sandbox::log::Log;\npub struct Entry;"),
    ];
    let a_variable: &[_] = &[
        ("src/http/a.rs", "pub struct A;\nfn f(b: u8) -> u8 { b }"),
        ("src/http/b.rs", "use super::a::A;"),
    ];
    let with_its_parent: &[_] = &[
        ("src/store/mod.rs", "mod log;\nuse log::Log;\npub struct Entry(Log);"),
        ("src/store/log.rs", "pub struct Log;\nimpl super::Entry {}"),
    ];
    for files in [only_reexports, only_in_tests, another_crate, a_variable, with_its_parent] {
        assert_eq!(cycles(&with_roots(files)), [""; 0], "{files:?}");
    }
}

/// Parses these files and their missing parent modules.
fn with_roots(files: &[(&str, &str)]) -> Vec<Source> {
    let mut all = files.to_vec();
    let has = |name: &str| files.iter().any(|(path, _)| path.starts_with(name));
    let roots = ["a", "b", "c", "d", "http", "store"].into_iter();
    let root: Vec<String> = roots
        .filter(|name| has(&format!("src/{name}")))
        .map(|name| format!("pub mod {name};"))
        .collect();
    let root = root.concat();
    all.push(("src/lib.rs", &root));
    if has("src/http/") {
        all.push(("src/http/mod.rs", "pub mod a;\npub mod b;"));
    }
    parse(&all)
}

/// Returns the shortest cycle of each file, with the imported names.
fn cycles(sources: &[Source]) -> Vec<String> {
    let mut edges = Edges::new();
    for import in imports(sources) {
        let is_from_above = sources[import.from].module.starts_with(&sources[import.to].module);
        if import.is_reexport || is_from_above {
            continue;
        }
        let names = edges.entry(import.from).or_default().entry(import.to).or_default();
        names.insert(import.name);
    }
    let found: BTreeSet<Vec<usize>> =
        edges.keys().filter_map(|start| shortest_cycle(&edges, *start)).collect();
    found.iter().map(|cycle| describe(cycle, &edges, sources)).collect()
}

/// Returns the shortest cycle through a file, rotated to begin with its first file.
fn shortest_cycle(edges: &Edges, start: usize) -> Option<Vec<usize>> {
    let mut predecessors = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in edges.get(&file).into_iter().flat_map(BTreeMap::keys) {
            if *next == start {
                let mut cycle = vec![file];
                while let Some(predecessor) = predecessors.get(&cycle[cycle.len() - 1]) {
                    cycle.push(*predecessor);
                }
                cycle.reverse();
                let first = cycle.iter().enumerate().min_by_key(|(_, file)| **file)?.0;
                cycle.rotate_left(first);
                return Some(cycle);
            }
            if !predecessors.contains_key(next) {
                predecessors.insert(*next, file);
                queue.push_back(*next);
            }
        }
    }
    None
}

fn describe(cycle: &[usize], edges: &Edges, sources: &[Source]) -> String {
    let path = |file: &usize| sources[*file].path.as_str();
    let files: Vec<&str> = cycle.iter().chain(cycle.first()).map(path).collect();
    let steps = cycle.iter().zip(cycle.iter().cycle().skip(1)).map(|(from, to)| {
        let names: Vec<&str> = edges[from][to].iter().map(String::as_str).collect();
        format!("  {} imports {}", path(from), names.join(", "))
    });
    [files.join(" → ")].into_iter().chain(steps).collect::<Vec<_>>().join("\n")
}
