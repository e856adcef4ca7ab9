//! The layers of settings, and the check for unknown names.

use std::{fs, path::Path};

use figment::{
    Figment, Profile, Provider,
    error::Kind,
    providers::{Format, Toml},
    value::{Dict, Value},
};

use super::{
    environment::{Environment, is_open},
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

/// Describes an error without the value, which figment would quote. It may be a secret.
fn describe(error: &figment::Error) -> String {
    let what = match &error.kind {
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) => {
            format!("this must be {wanted}")
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

/// Reads all layers. Rejects names that `config/default.toml` does not have.
pub(super) fn read(sources: Sources<'_>) -> Result<Figment, LoadError> {
    let defaults = dict(&Toml::string(DEFAULT))?;
    let mut figment = Figment::from(Toml::string(DEFAULT));
    if sources.sandbox {
        figment = figment.merge(Toml::string(SANDBOX));
    }
    if let Some(path) = sources.file {
        let shown = path.display().to_string();
        check_syntax(path, &shown)?;
        let file = Toml::file_exact(path);
        let values = dict(&file).map_err(|error| LoadError(format!("{shown}: {error}")))?;
        reject_unknown(&values, &defaults, &shown)?;
        figment = figment.merge(file);
    }
    let environment = Environment::new(sources.environment, &defaults)?;
    Ok(figment.merge(environment))
}

/// Rejects a file that is not TOML. The error of the parser would quote the line, which may contain
/// a secret.
fn check_syntax(path: &Path, shown: &str) -> Result<(), LoadError> {
    let text = fs::read_to_string(path)
        .map_err(|error| LoadError(format!("{shown}: cannot read the file: {error}")))?;
    let Err(error) = toml::from_str::<toml::Table>(&text) else {
        return Ok(());
    };
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Err(LoadError(format!("{shown}: line {line} is not valid TOML")))
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
