//! Which file imports what of which other file. Paths are followed through imports and
//! re-exports to the file that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use crate::{sources::Source, tokens::is_word};

/// Re-exports of re-exports that are followed.
const MOST_STEPS: usize = 16;

/// Words before the name of an item.
const KINDS: [&str; 8] = ["const", "enum", "fn", "static", "struct", "trait", "type", "union"];

/// One use of an item of another file, by a file that is not for tests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// Places of files in the list of sources.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) name: String,
    /// The module that the path names, before re-exports are followed: `["vestibule", "http"]`.
    pub(crate) by: Vec<String>,
    /// Whether it only hands the item on.
    pub(crate) is_reexport: bool,
}

/// What a path leads to.
struct Found {
    file: usize,
    name: String,
    by: Vec<String>,
}

/// What a module has.
#[derive(Default)]
struct Module {
    file: usize,
    children: BTreeSet<String>,
    items: BTreeSet<String>,
    /// From a name to the path that it was imported by.
    imports: BTreeMap<String, Vec<String>>,
    /// The modules of which everything is imported.
    globs: Vec<Vec<String>>,
}

/// A path as it is written.
struct Written {
    file: usize,
    module: Vec<String>,
    path: Vec<String>,
    is_reexport: bool,
}

#[derive(Default)]
struct Graph {
    modules: BTreeMap<Vec<String>, Module>,
    written: Vec<Written>,
}

/// Returns all imports among these files.
pub(crate) fn imports(sources: &[Source]) -> BTreeSet<Import> {
    let mut graph = Graph::default();
    for (file, source) in sources.iter().enumerate().filter(|(_, source)| !source.is_test) {
        Reader { graph: &mut graph, file, module: source.module.clone() }.read(&source.tokens);
    }
    let resolved = graph.written.iter().filter_map(|written| {
        let found = graph.resolve(&written.module, &written.path, MOST_STEPS)?;
        let Written { file: from, is_reexport, .. } = *written;
        let Found { file: to, name, by } = found;
        (to != from).then_some(Import { from, to, name, by, is_reexport })
    });
    resolved.collect()
}

impl Graph {
    /// Follows a path that is written in a module. `None` if it leads out of the workspace.
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
        let here = self.modules.get(module)?;
        let is_longer = path.len() > 1;
        if here.items.contains(first)
            || here.imports.contains_key(first)
            // A lone name may be a variable's.
            || is_longer && here.children.contains(first)
        {
            return self.walk(module, path, steps);
        }
        if is_longer && self.modules.contains_key(&path[..1]) {
            return self.walk(&path[..1], &path[1..], steps);
        }
        self.through_globs(here, module, path, steps)
    }

    /// Follows a path from a module on.
    fn walk(&self, module: &[String], path: &[String], steps: usize) -> Option<Found> {
        let here = self.modules.get(module)?;
        let steps = steps.checked_sub(1)?;
        let found =
            |name: &String| Found { file: here.file, name: name.clone(), by: module.to_vec() };
        let Some(name) = path.first() else {
            return module.last().map(found);
        };
        let is_child = here.children.contains(name);
        if here.items.contains(name) && !(is_child && path.len() > 1) {
            return Some(found(name));
        }
        if is_child {
            return self.walk(&[module, &path[..1]].concat(), &path[1..], steps);
        }
        if let Some(imported) = here.imports.get(name) {
            let target = self.resolve(module, &[imported, &path[1..]].concat(), steps)?;
            return Some(Found { by: module.to_vec(), ..target });
        }
        // If nothing else has it, a macro defines it.
        self.through_globs(here, module, path, steps).or_else(|| Some(found(name)))
    }

    fn through_globs(
        &self,
        here: &Module,
        module: &[String],
        path: &[String],
        steps: usize,
    ) -> Option<Found> {
        let steps = steps.checked_sub(1)?;
        here.globs.iter().find_map(|glob| {
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

/// Reads one file.
struct Reader<'a> {
    graph: &'a mut Graph,
    file: usize,
    module: Vec<String>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: &[String]) {
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        self.here();
        // The depths at which the modules end that are written out here.
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
                    self.here().children.insert((*name).to_owned());
                    place += 2;
                    if *end == "{" {
                        self.module.push((*name).to_owned());
                        self.here();
                        depth += 1;
                        ends.push(depth);
                    }
                }
                ["use", next, ..] if is_word(next) || ["{", "::"].contains(next) => {
                    place += self.read_use(&rest[1..], &[], is_public(before));
                }
                ["macro_rules", "!", name, ..] => {
                    self.here().items.insert((*name).to_owned());
                }
                [kind, name, ..] if is_item && KINDS.contains(kind) && is_word(name) => {
                    self.here().items.insert((*name).to_owned());
                }
                [first, ..] if is_word(first) => place += self.read_path(before, rest),
                _ => {}
            }
            place += 1;
        }
    }

    fn here(&mut self) -> &mut Module {
        let here = self.graph.modules.entry(self.module.clone()).or_default();
        here.file = self.file;
        here
    }

    fn write(&mut self, path: Vec<String>, is_reexport: bool) {
        let (file, module) = (self.file, self.module.clone());
        self.graph.written.push(Written { file, module, path, is_reexport });
    }

    /// Reads a path, and returns how many tokens it has besides the first.
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
        // As in `pub(super)`.
        let is_visibility = ["crate", "self", "super"].contains(&rest[0]);
        if !is_foreign && !(path.len() == 1 && (is_field || is_visibility)) {
            self.write(path, false);
        }
        length
    }

    /// Reads one tree of a `use`, and returns how many tokens it has.
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
                    self.here().globs.push(path.clone());
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
        // A path of one part names a package, or what is here already.
        if path.len() > 1 && name != "_" {
            self.here().imports.insert(name.to_owned(), path.clone());
        }
        self.write(path, is_reexport);
    }
}

/// Whether the tokens before an item end in a visibility.
fn is_public(before: &[&str]) -> bool {
    match before {
        [.., "pub"] | [.., "pub", "(", _, ")"] => true,
        [.., ")"] => before.iter().rev().take(12).any(|token| *token == "pub"),
        _ => false,
    }
}
