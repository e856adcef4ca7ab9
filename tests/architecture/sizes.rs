//! Files and folders are small enough to be read.

use std::collections::BTreeMap;

use crate::{
    assert_none,
    sources::{Source, parse, workspace},
};

const MOST_LINES: usize = 350;
const MOST_FILES: usize = 16;

#[test]
fn no_file_and_no_folder_is_too_large() {
    assert_none(&too_large(&workspace()));
}

#[test]
fn what_is_too_large_is_found_outside_tests() {
    let long = "// a line\n".repeat(MOST_LINES + 1);
    let files: Vec<String> = (0..=MOST_FILES).map(|file| format!("src/http/f{file}.rs")).collect();
    let mut planted: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "")).collect();
    planted.extend([
        ("src/lib.rs", "#[cfg(test)]\nmod tests;"),
        ("src/config.rs", &*long),
        ("src/tests.rs", &long),
        ("src/app.rs", &long[..long.len() - 10]),
    ]);

    let found = too_large(&parse(&planted));
    let without_one = too_large(&parse(&planted[1..]));

    let of_lines = "src/config.rs: 351 lines, more than 350";
    assert_eq!(found, [of_lines, "src/http: 17 files, more than 16"]);
    assert_eq!(without_one, [of_lines]);
}

fn too_large(sources: &[Source]) -> Vec<String> {
    let mut files = BTreeMap::<&str, usize>::new();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        let (folder, _) = source.path.rsplit_once('/').expect("it is in a folder");
        *files.entry(folder).or_default() += 1;
        if source.lines > MOST_LINES {
            let (path, lines) = (&source.path, source.lines);
            found.push(format!("{path}: {lines} lines, more than {MOST_LINES}"));
        }
    }
    let too_full = files.into_iter().filter(|(_, files)| *files > MOST_FILES);
    found.extend(
        too_full.map(|(folder, files)| format!("{folder}: {files} files, more than {MOST_FILES}")),
    );
    found
}
