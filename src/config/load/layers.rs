//! The layers of settings, and the check for unknown names.

use std::{fs, path::Path};

use figment::{
    Figment, Profile, Provider,
    error::Kind,
    providers::{Format, Serialized, Toml},
    value::{Dict, Value},
};

use super::{
    environment::{Environment, OPEN_TABLES, is_open},
    error::LoadError,
    sources::{DEFAULT, SANDBOX, Sources},
};

impl From<figment::Error> for LoadError {
    fn from(error: figment::Error) -> Self {
        let lines: Vec<String> = error
            .into_iter()
            .map(|error| describe(&error))
            .filter(|line| !line.is_empty())
            .collect();
        Self(lines.join("\n"))
    }
}

/// Describes an error without the value, which figment would quote. The value may be a secret.
fn describe(error: &figment::Error) -> String {
    let what = match &error.kind {
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) => {
            format!("the value must be {}", in_words(wanted))
        }
        kind => kind.to_string(),
    };
    let key = error.path.join(".");
    let file = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref()?.file_path());
    match file {
        Some(file) => format!("{}: \"{key}\": {what}", file.display()),
        None => format!("{}: {what}", Environment::name(&error.path)),
    }
}

/// Replaces the name of a Rust type with words.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 to 9223372036854775807",
        "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if wanted.starts_with("struct ") => "a section",
        _ if wanted.starts_with("enum ") => "one of the values in config/default.toml",
        _ => wanted,
    }
}

/// Reads all layers. Rejects names that `config/default.toml` does not have.
pub(super) fn read(sources: Sources<'_>) -> Result<Figment, LoadError> {
    let defaults = dict(&Toml::string(DEFAULT))?;
    let mut own = Figment::new();
    if let Some(path) = sources.file {
        let shown = path.display().to_string();
        check_syntax(path, &shown)?;
        let file = Toml::file_exact(path);
        let values = dict(&file).map_err(|error| LoadError(format!("{shown}: {error}")))?;
        reject_unknown(&values, &defaults, &shown)?;
        own = own.merge(file);
    }
    own = own.merge(Environment::new(sources.environment, &defaults)?);
    let mut figment = Figment::from(Toml::string(DEFAULT));
    if sources.sandbox {
        // A merged table would have names that the operator cannot remove.
        let mut sandbox = dict(&Toml::string(SANDBOX))?;
        for table in OPEN_TABLES.into_iter().filter(|table| own.contains(table)) {
            remove(&mut sandbox, table);
        }
        // The trigger codes of the sandbox need the keys of its own validation data.
        if own.contains("registration.validation_data.allow") {
            remove(&mut sandbox, "registration.trigger_codes");
        }
        figment = figment.merge(Serialized::defaults(sandbox));
    }
    Ok(figment.merge(own))
}

fn remove(settings: &mut Dict, path: &str) {
    match path.split_once('.') {
        None => drop(settings.remove(path)),
        Some((section, rest)) => {
            if let Some(Value::Dict(_, inner)) = settings.get_mut(section) {
                remove(inner, rest);
            }
        }
    }
}

/// Rejects a file that is not TOML. The error of the parser would quote the line, which may contain
/// a secret.
fn check_syntax(path: &Path, shown: &str) -> Result<(), LoadError> {
    let text = fs::read_to_string(path).map_err(|error| {
        LoadError(format!("{shown}: cannot be read: {error}. Correct the path."))
    })?;
    let Err(error) = toml::from_str::<toml::Table>(&text) else {
        return Ok(());
    };
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Err(LoadError(format!("{shown}: line {line} is not valid TOML. Correct the line.")))
}

fn dict(provider: &impl Provider) -> Result<Dict, LoadError> {
    let mut profiles = provider.data()?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

fn reject_unknown(values: &Dict, defaults: &Dict, file: &str) -> Result<(), LoadError> {
    let unknown = unknown_names(values, defaults, "");
    if unknown.is_empty() {
        return Ok(());
    }
    let errors: Vec<String> = unknown
        .iter()
        .map(|name| {
            format!(
                "{file}: unknown setting `{name}`. Remove it. `vestibule config show` then lists all settings."
            )
        })
        .collect();
    Err(LoadError(errors.join("\n")))
}

fn unknown_names(values: &Dict, defaults: &Dict, prefix: &str) -> Vec<String> {
    let mut unknown = Vec::new();
    for (name, value) in values {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match (value, defaults.get(name)) {
            (_, None) => unknown.push(path),
            (Value::Dict(_, inner), Some(Value::Dict(_, known))) if !is_open(&path) => {
                unknown.extend(unknown_names(inner, known, &path));
            }
            _ => {}
        }
    }
    unknown
}
