//! The texts of a deployment: files that add languages and replace built-in texts.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use fluent_bundle::{FluentArgs, FluentError, FluentMessage, FluentResource};
use fluent_syntax::{
    ast::{Entry, Resource},
    parser, serializer,
};
use thiserror::Error;
use unic_langid::LanguageIdentifier;

use super::catalogue::{self, Bundle};

/// The prefixes of ids that depend on the settings.
const OF_SETTINGS: [&str; 5] = ["label-", "hint-", "option-", "consent-", "trigger-"];

/// The arguments of texts, with values that select a variant.
const ARGUMENTS: [(&str, &str); 12] = [
    ("unit", "minute"),
    ("count", "2"),
    ("min", "2"),
    ("max", "2"),
    ("expected", "string"),
    ("options", "a"),
    ("version", "1"),
    ("suggestion", "a"),
    ("score", "1"),
    ("line", "1"),
    ("column", "1"),
    ("length", "6"),
];

/// The reason why the folder of texts cannot be used.
#[derive(Debug, Error)]
pub enum TextsError {
    /// The folder or a file cannot be read.
    #[error("texts.dir: {} cannot be read: {error}. Correct the path or its permissions.", path.display())]
    Unreadable {
        /// The folder or the file.
        path: PathBuf,
        /// The reason for the failure.
        error: io::Error,
    },
    /// The name of a file is not a language.
    #[error("texts.dir: {} must have the name of a language. Rename the file, such as to fr-CA.ftl.", .0.display())]
    NotALanguage(PathBuf),
}

/// A file of texts in one language.
pub(super) struct File {
    path: PathBuf,
    /// The language as a BCP 47 tag.
    pub(super) language: String,
    source: String,
}

/// Reads all files with the extension `ftl`.
pub(super) fn read(dir: &Path) -> Result<Vec<File>, TextsError> {
    let unreadable = |path: &Path, error| TextsError::Unreadable { path: path.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| unreadable(dir, error))? {
        let path = entry.map_err(|error| unreadable(dir, error))?.path();
        if path.extension().is_none_or(|extension| extension != "ftl") {
            continue;
        }
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(tag) = name.parse::<LanguageIdentifier>() else {
            return Err(TextsError::NotALanguage(path));
        };
        let source = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        files.push(File { language: tag.to_string(), path, source });
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

impl File {
    /// Returns the usable texts, and logs the other texts. The service ignores the other texts.
    pub(super) fn checked_texts(&self) -> FluentResource {
        let (entries, errors) = match parser::parse(self.source.as_str()) {
            Ok(entries) => (entries, Vec::new()),
            Err(found) => found,
        };
        for error in errors {
            self.warn(self.line(error.pos.start), None, &error.kind.to_string());
        }
        let mut bundle = catalogue::english();
        bundle.add_resource_overriding(to_resource(&entries));
        let is_known = catalogue::english();
        let mut usable = Resource { body: Vec::new() };
        for entry in entries.body {
            let Entry::Message(message) = &entry else {
                usable.body.push(entry);
                continue;
            };
            let id = message.id.name;
            let of_settings = OF_SETTINGS.iter().any(|start| id.starts_with(start));
            let reason = if !of_settings && is_known.get_message(id).is_none() {
                Some("unknown id".to_owned())
            } else {
                bundle.get_message(id).and_then(|message| first_error(&bundle, &message))
            };
            match reason {
                None => usable.body.push(entry),
                Some(reason) => {
                    let start = format!("{id} ");
                    let lines = self.source.lines();
                    let line = lines.take_while(|line| !line.starts_with(&start)).count() + 1;
                    self.warn(line, Some(id), &reason);
                }
            }
        }
        to_resource(&usable)
    }

    /// Logs the number of texts that a file of a new language lacks. The service uses the texts of
    /// another language instead.
    pub(super) fn log_missing(&self, texts: &FluentResource, other: &str) {
        let ids = |resource: &FluentResource| -> BTreeSet<String> {
            let id = |entry: &Entry<&str>| match entry {
                Entry::Message(message) => Some(message.id.name.to_owned()),
                _ => None,
            };
            resource.entries().filter_map(id).collect()
        };
        let missing = ids(&catalogue::resource(catalogue::ENGLISH)).difference(&ids(texts)).count();
        if missing > 0 {
            let file = self.path.display();
            tracing::warn!(%file, missing, other, "file of texts incomplete, using the texts of another language");
        }
    }

    fn line(&self, position: usize) -> usize {
        self.source.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Logs a text that the service ignores. `id` is `None` if the text has a syntax error.
    fn warn(&self, line: usize, id: Option<&str>, reason: &str) {
        let file = self.path.display();
        tracing::warn!(%file, line, id, reason, "text ignored");
    }
}

/// Returns the first error of a text, such as an unknown argument, or `None` if the text is valid.
fn first_error(bundle: &Bundle, message: &FluentMessage<'_>) -> Option<String> {
    let Some(value) = message.value() else { return Some("no text".to_owned()) };
    let arguments: FluentArgs<'_> = ARGUMENTS.into_iter().collect();
    let attributes = message.attributes().map(|attribute| attribute.value());
    let mut errors: Vec<FluentError> = Vec::new();
    for pattern in attributes.chain([value]) {
        bundle.format_pattern(pattern, Some(&arguments), &mut errors);
    }
    errors.first().map(ToString::to_string)
}

fn to_resource(entries: &Resource<&str>) -> FluentResource {
    let source = serializer::serialize(entries);
    FluentResource::try_new(source).unwrap_or_else(|(readable, _)| readable)
}
