//! Limits the sizes of files and folders.

use std::collections::BTreeMap;

use crate::{
    assert_none,
    sources::{Source, parse, workspace},
};

const MAX_LINES: usize = 350;
const MAX_FILES: usize = 16;

#[test]
fn no_file_or_folder_is_too_large() {
    assert_none(&too_large(&workspace()));
}

#[test]
fn finds_large_files_and_folders_outside_tests() {
    let long = "// a line\n".repeat(MAX_LINES + 1);
    let files: Vec<String> = (0..=MAX_FILES).map(|file| format!("src/http/f{file}.rs")).collect();
    let mut sources: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "")).collect();
    sources.extend([
        ("src/lib.rs", "#[cfg(test)]\nmod tests;"),
        ("src/config.rs", &*long),
        ("src/tests.rs", &long),
        ("src/app.rs", &long[..long.len() - 10]),
    ]);

    let found = too_large(&parse(&sources));
    let without_one = too_large(&parse(&sources[1..]));

    let line_fault = "src/config.rs: 351 lines, more than 350";
    assert_eq!(found, [line_fault, "src/http: 17 files, more than 16"]);
    assert_eq!(without_one, [line_fault]);
}

fn too_large(sources: &[Source]) -> Vec<String> {
    let mut files = BTreeMap::<&str, usize>::new();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test) {
        let (folder, _) = source.path.rsplit_once('/').expect("the file is in a folder");
        *files.entry(folder).or_default() += 1;
        if source.lines > MAX_LINES {
            let (path, lines) = (&source.path, source.lines);
            found.push(format!("{path}: {lines} lines, more than {MAX_LINES}"));
        }
    }
    let too_full = files.into_iter().filter(|(_, files)| *files > MAX_FILES);
    found.extend(
        too_full.map(|(folder, files)| format!("{folder}: {files} files, more than {MAX_FILES}")),
    );
    found
}
