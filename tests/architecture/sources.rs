//! The source files of the workspace.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    root,
    tokens::{after_brackets, tokens},
};

/// The first tokens of the conditions for code of unit tests.
const FOR_TESTS: [&[&str]; 2] =
    [&["#", "[", "cfg", "(", "test", ")"], &["#", "[", "cfg", "(", "all", "(", "test", ","]];

/// The keywords at the start of items.
const ITEMS: [&str; 14] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "pub",
    "static",
    "struct",
    "trait",
    "type",
    "use",
];

/// A source file.
pub(crate) struct Source {
    /// The path in the workspace, for example `src/http/mod.rs`.
    pub(crate) path: String,
    /// The crate and the module names from its root. The crate of `src/main.rs` is `main`.
    pub(crate) module: Vec<String>,
    pub(crate) lines: usize,
    /// The tokens, without those of unit tests.
    pub(crate) tokens: Vec<String>,
    /// `true` if the whole file belongs to unit tests.
    pub(crate) is_test: bool,
}

/// Returns every file of `src` and of the workspace's other crates.
pub(crate) fn workspace() -> Vec<Source> {
    let mut files = Vec::new();
    read_into(&root().join("src"), &mut files);
    if let Ok(crates) = fs::read_dir(root().join("crates")) {
        for entry in crates {
            read_into(&entry.expect("the entry can be read").path().join("src"), &mut files);
        }
    }
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    parse(&files)
}

/// Adds the path in the workspace and the text of every Rust file below a folder.
pub(crate) fn read_into(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            read_into(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).expect("the file is in the workspace");
            let text = fs::read_to_string(&path).expect("source is text");
            files.push((name.to_string_lossy().into_owned(), text));
        }
    }
    files.sort_unstable();
}

/// Parses files, given as paths and texts.
pub(crate) fn parse(files: &[(&str, &str)]) -> Vec<Source> {
    let mut tests = BTreeSet::new();
    let mut sources = Vec::new();
    for (path, text) in files {
        let module = module_of(path);
        let (tokens, test_modules) = without_tests(&tokens(text));
        tests.extend(test_modules.into_iter().map(|name| [module.clone(), vec![name]].concat()));
        let (path, lines) = ((*path).to_owned(), text.lines().count());
        sources.push(Source { path, module, lines, tokens, is_test: false });
    }
    for source in &mut sources {
        source.is_test = (1..=source.module.len()).any(|end| tests.contains(&source.module[..end]));
    }
    sources
}

/// Returns the tokens without those of unit tests, and the names of the test modules.
fn without_tests(tokens: &[&str]) -> (Vec<String>, Vec<String>) {
    let (mut remaining, mut modules) = (Vec::new(), Vec::new());
    let mut place = 0;
    while place < tokens.len() {
        if !FOR_TESTS.iter().any(|start| tokens[place..].starts_with(start)) {
            remaining.push(tokens[place].to_owned());
            place += 1;
            continue;
        }
        while tokens[place..].starts_with(&["#", "["]) {
            place = after_brackets(tokens, place + 1);
        }
        if let ["mod", name, ";", ..] = tokens[place..] {
            modules.push(name.to_owned());
        }
        place = after_item(tokens, place);
    }
    (remaining, modules)
}

/// Returns the index after an item, a statement or a field.
fn after_item(tokens: &[&str], start: usize) -> usize {
    let is_item = tokens.get(start).is_some_and(|first| ITEMS.contains(first));
    let ends_with_braces =
        !tokens[start..].iter().take_while(|token| **token != "{").any(|token| *token == "use");
    let mut place = start;
    while let Some(token) = tokens.get(place) {
        match *token {
            ";" => return place + 1,
            "," if !is_item => return place + 1,
            "}" => return place,
            "{" if ends_with_braces => return after_brackets(tokens, place),
            "(" | "[" | "{" => place = after_brackets(tokens, place),
            _ => place += 1,
        }
    }
    place
}

fn module_of(path: &str) -> Vec<String> {
    let (name, inside) = match path.strip_prefix("src/") {
        Some("main.rs") => return vec!["main".to_owned()],
        Some(inside) => ("vestibule", inside),
        None => {
            let path = path.strip_prefix("crates/").expect("the file is in src or crates");
            path.split_once("/src/").expect("crates have a folder src")
        }
    };
    let mut module = vec![name.replace('-', "_")];
    let inside = inside.trim_end_matches(".rs").split('/');
    module.extend(inside.filter(|part| !matches!(*part, "mod" | "lib")).map(str::to_owned));
    module
}

#[test]
fn omits_unit_tests() {
    for (text, expected) in [
        (
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}",
            "fn a ( ) { } fn c ( ) { }",
        ),
        ("#[cfg(test)]\nmod tests;\nmod a;", "mod a ;"),
        ("#[cfg(all(test, unix))]\n#[expect(x)]\npub(crate) use b::{c, d};\nmod a;", "mod a ;"),
        ("struct A {\n#[cfg(test)]\nb: B<C>,\nd: D }", "struct A { d : D }"),
        ("#[cfg(feature = \"test\")]\nmod a;", "# [ cfg ( feature = \"\" ) ] mod a ;"),
    ] {
        assert_eq!(without_tests(&tokens(text)).0.join(" "), expected, "{text}");
    }
    let files = [
        ("src/lib.rs", "mod a;"),
        ("src/a/mod.rs", "#[cfg(test)]\nmod cases;\nmod b;"),
        ("src/a/b.rs", ""),
        ("src/a/cases/mod.rs", "mod c;"),
        ("src/a/cases/c.rs", ""),
    ];
    let are_tests: Vec<bool> = parse(&files).iter().map(|source| source.is_test).collect();
    assert_eq!(are_tests, [false, false, false, true, true]);
}
