//! The imports between files. Follows paths through imports and re-exports to the file that defines
//! the item.

use std::collections::{BTreeMap, BTreeSet};

use crate::{sources::Source, tokens::is_word};

/// Maximum number of steps to resolve a path.
const MAX_STEPS: usize = 16;

/// Keywords before the name of an item.
const KINDS: [&str; 8] = ["const", "enum", "fn", "static", "struct", "trait", "type", "union"];

/// A use of an item of another file outside of tests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// Indices of the files in the list of sources.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) name: String,
    /// The module that the path names, without following re-exports: `["vestibule", "http"]`.
    pub(crate) by: Vec<String>,
    /// `true` if the file only re-exports the item.
    pub(crate) is_reexport: bool,
}

/// The item that a path resolves to.
struct Found {
    file: usize,
    name: String,
    by: Vec<String>,
}

/// The contents of a module.
#[derive(Default)]
struct Module {
    file: usize,
    children: BTreeSet<String>,
    items: BTreeSet<String>,
    /// The paths of imports, by imported name.
    imports: BTreeMap<String, Vec<String>>,
    /// The paths of glob imports.
    globs: Vec<Vec<String>>,
}

/// A path in the source text.
struct SourcePath {
    file: usize,
    module: Vec<String>,
    path: Vec<String>,
    is_reexport: bool,
}

#[derive(Default)]
struct Graph {
    modules: BTreeMap<Vec<String>, Module>,
    paths: Vec<SourcePath>,
}

/// Returns all imports among these files.
pub(crate) fn imports(sources: &[Source]) -> BTreeSet<Import> {
    let mut graph = Graph::default();
    for (file, source) in sources.iter().enumerate().filter(|(_, source)| !source.is_test) {
        Reader { graph: &mut graph, file, module: source.module.clone() }.read(&source.tokens);
    }
    let resolved = graph.paths.iter().filter_map(|source_path| {
        let found = graph.resolve(&source_path.module, &source_path.path, MAX_STEPS)?;
        let SourcePath { file: from, is_reexport, .. } = *source_path;
        let Found { file: to, name, by } = found;
        (to != from).then_some(Import { from, to, name, by, is_reexport })
    });
    resolved.collect()
}

impl Graph {
    /// Resolves a path in a module. Returns `None` if it leaves the workspace.
    fn resolve(&self, module: &[String], path: &[String], steps: usize) -> Option<Found> {
        let first = path.first()?;
        match first.as_str() {
            "crate" => return self.walk(&module[..1], &path[1..], steps),
            "self" => return self.walk(module, &path[1..], steps),
            "super" => {
                let supers = path.iter().take_while(|part| *part == "super").count();
                let end = module.len().checked_sub(supers)?;
                return self.walk(&module[..end], &path[supers..], steps);
            }
            _ => {}
        }
        let current = self.modules.get(module)?;
        let is_longer = path.len() > 1;
        if current.items.contains(first)
            || current.imports.contains_key(first)
            // A single name may be a variable.
            || is_longer && current.children.contains(first)
        {
            return self.walk(module, path, steps);
        }
        if is_longer && self.modules.contains_key(&path[..1]) {
            return self.walk(&path[..1], &path[1..], steps);
        }
        self.through_globs(current, module, path, steps)
    }

    /// Follows a path that begins in a module.
    fn walk(&self, module: &[String], path: &[String], steps: usize) -> Option<Found> {
        let current = self.modules.get(module)?;
        let steps = steps.checked_sub(1)?;
        let found =
            |name: &String| Found { file: current.file, name: name.clone(), by: module.to_vec() };
        let Some(name) = path.first() else {
            return module.last().map(found);
        };
        let is_child = current.children.contains(name);
        if current.items.contains(name) && !(is_child && path.len() > 1) {
            return Some(found(name));
        }
        if is_child {
            return self.walk(&[module, &path[..1]].concat(), &path[1..], steps);
        }
        if let Some(imported) = current.imports.get(name) {
            let target = self.resolve(module, &[imported, &path[1..]].concat(), steps)?;
            return Some(Found { by: module.to_vec(), ..target });
        }
        // A macro defines all other items.
        self.through_globs(current, module, path, steps).or_else(|| Some(found(name)))
    }

    fn through_globs(
        &self,
        current: &Module,
        module: &[String],
        path: &[String],
        steps: usize,
    ) -> Option<Found> {
        let steps = steps.checked_sub(1)?;
        current.globs.iter().find_map(|glob| {
            let target = self.resolve(module, glob, steps)?.by;
            let there = self.modules.get(&target)?;
            let name = &path[0];
            let has_it = there.items.contains(name)
                || there.imports.contains_key(name)
                || there.children.contains(name);
            has_it.then(|| self.walk(&target, path, steps))?
        })
    }
}

/// A reader of one file.
struct Reader<'a> {
    graph: &'a mut Graph,
    file: usize,
    module: Vec<String>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: &[String]) {
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        self.current_module();
        // The brace depths of the inline modules.
        let mut ends = Vec::new();
        let mut depth = 0_usize;
        let mut place = 0;
        while place < tokens.len() {
            let rest = &tokens[place..];
            let before = &tokens[..place];
            let is_item = depth == ends.last().copied().unwrap_or_default();
            match rest {
                ["{", ..] => depth += 1,
                ["}", ..] => {
                    depth = depth.saturating_sub(1);
                    if !ends.is_empty() && is_item {
                        ends.pop();
                        self.module.pop();
                    }
                }
                ["mod", name, end @ (";" | "{"), ..] if is_item => {
                    self.current_module().children.insert((*name).to_owned());
                    place += 2;
                    if *end == "{" {
                        self.module.push((*name).to_owned());
                        self.current_module();
                        depth += 1;
                        ends.push(depth);
                    }
                }
                ["use", next, ..] if is_word(next) || ["{", "::"].contains(next) => {
                    place += self.read_use(&rest[1..], &[], is_public(before));
                }
                ["macro_rules", "!", name, ..] => {
                    self.current_module().items.insert((*name).to_owned());
                }
                [kind, name, ..] if is_item && KINDS.contains(kind) && is_word(name) => {
                    self.current_module().items.insert((*name).to_owned());
                }
                [first, ..] if is_word(first) => place += self.read_path(before, rest),
                _ => {}
            }
            place += 1;
        }
    }

    fn current_module(&mut self) -> &mut Module {
        let current = self.graph.modules.entry(self.module.clone()).or_default();
        current.file = self.file;
        current
    }

    fn write(&mut self, path: Vec<String>, is_reexport: bool) {
        let (file, module) = (self.file, self.module.clone());
        self.graph.paths.push(SourcePath { file, module, path, is_reexport });
    }

    /// Reads a path and returns the number of its tokens after the first one.
    fn read_path(&mut self, before: &[&str], rest: &[&str]) -> usize {
        let mut path = vec![rest[0].to_owned()];
        while let Some(["::", next]) = rest.get(path.len() * 2 - 1..path.len() * 2 + 1)
            && is_word(next)
        {
            path.push((*next).to_owned());
        }
        let length = path.len() * 2 - 2;
        let is_field = before.last() == Some(&".") || rest.get(1) == Some(&":");
        let is_foreign = before.last() == Some(&"::");
        // For example in `pub(super)`.
        let is_visibility = ["crate", "self", "super"].contains(&rest[0]);
        if !is_foreign && !(path.len() == 1 && (is_field || is_visibility)) {
            self.write(path, false);
        }
        length
    }

    /// Reads one tree of a `use` and returns the number of its tokens.
    fn read_use(&mut self, tokens: &[&str], above: &[String], is_reexport: bool) -> usize {
        let mut path = above.to_vec();
        let mut place = 0;
        loop {
            match tokens[place..] {
                ["::", ..] => place += 1,
                ["{", ..] => {
                    place += 1;
                    while tokens[place] != "}" {
                        if tokens[place] == "," {
                            place += 1;
                        } else {
                            place += self.read_use(&tokens[place..], &path, is_reexport);
                        }
                    }
                    return place + 1;
                }
                ["*", ..] => {
                    self.current_module().globs.push(path.clone());
                    self.write(path, is_reexport);
                    return place + 1;
                }
                ["as", name, ..] => {
                    self.import(name, path, is_reexport);
                    return place + 2;
                }
                [name, ..] if is_word(name) => {
                    if name != "self" || path.is_empty() {
                        path.push(name.to_owned());
                    }
                    place += 1;
                }
                _ => {
                    let name = path.last().cloned().unwrap_or_default();
                    self.import(&name, path, is_reexport);
                    return place;
                }
            }
        }
    }

    fn import(&mut self, name: &str, path: Vec<String>, is_reexport: bool) {
        // A path of one part names a package or an item of this module.
        if path.len() > 1 && name != "_" {
            self.current_module().imports.insert(name.to_owned(), path.clone());
        }
        self.write(path, is_reexport);
    }
}

/// Returns `true` if the tokens before an item end with a visibility.
fn is_public(before: &[&str]) -> bool {
    match before {
        [.., "pub"] | [.., "pub", "(", _, ")"] => true,
        [.., ")"] => before.iter().rev().take(12).any(|token| *token == "pub"),
        _ => false,
    }
}
