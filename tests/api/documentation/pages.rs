//! Reads the fenced blocks of Markdown pages.

use std::{fs, path::Path};

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) language: String,
    pub(super) text: String,
    /// The page and the line.
    pub(super) place: String,
}

/// A command line with the output that the page shows for it.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) command: String,
    pub(super) output: String,
    pub(super) place: String,
}

/// A page with its blocks.
pub(super) struct Page {
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
}

/// Returns all pages for readers.
pub(super) fn all() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned).into();
    for folder in ["docs", "docs/decisions"] {
        let entries = fs::read_dir(root.join(folder)).expect("the folder exists");
        let files = entries.map(|entry| entry.expect("an entry").file_name());
        let files = files.map(|file| format!("{folder}/{}", file.to_string_lossy()));
        let is_page = |file: &String| Path::new(file).extension().is_some_and(|end| end == "md");
        names.extend(files.filter(is_page));
    }
    names.sort();
    let read = |name: &String| {
        let text = fs::read_to_string(root.join(name)).expect("the page is text");
        Page { blocks: blocks(name, &text), text }
    };
    names.iter().map(read).collect()
}

fn blocks(name: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (index, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), is_open) {
            (Some(language), false) => {
                let place = format!("{name}:{}", index + 1);
                blocks.push(Block { language: language.to_owned(), text: String::new(), place });
                is_open = true;
            }
            (Some(_), true) => is_open = false,
            (None, true) => {
                let block = blocks.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

impl Page {
    /// Returns the command lines of all blocks, in their order. JSON that follows a command
    /// without output is its output.
    pub(super) fn examples(&self) -> Vec<Example> {
        let mut examples: Vec<Example> = Vec::new();
        let mut is_awaited = false;
        for block in &self.blocks {
            match &*block.language {
                "console" => examples.extend(sessions(block)),
                "sh" => examples.extend(scripts(block)),
                "json" if is_awaited => {
                    if let Some(last) = examples.last_mut() {
                        last.output.clone_from(&block.text);
                    }
                }
                _ => {}
            }
            let shows_none = examples.last().is_some_and(|last| last.output.is_empty());
            is_awaited = block.language == "console" && shows_none;
        }
        examples
    }
}

/// Lines after `$ ` are commands, all others are output.
fn sessions(block: &Block) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for line in joined(&block.text) {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push(example(block, command)),
            (None, Some(last)) => last.output.extend([&*line, "\n"]),
            (None, None) => panic!("{}: output without a command", block.place),
        }
    }
    examples
}

fn scripts(block: &Block) -> Vec<Example> {
    let lines = joined(&block.text);
    let commands = lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#'));
    commands.map(|line| example(block, line)).collect()
}

fn example(block: &Block, command: &str) -> Example {
    let command = command.split(" #").next().unwrap_or_default().trim().to_owned();
    Example { command, output: String::new(), place: block.place.clone() }
}

/// Joins lines that end with a backslash or within a quoted text.
fn joined(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.replace("\\\n", " ").lines() {
        match lines.last_mut() {
            Some(last) if is_quote_open(last) => last.extend([" ", line]),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn is_quote_open(line: &str) -> bool {
    let command = if line.starts_with('#') { "" } else { line };
    let command = command.split(" #").next().unwrap_or_default();
    command.matches('\'').count() % 2 == 1
}
