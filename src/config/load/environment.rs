//! Settings from environment variables: `VESTIBULE__SECTION__KEY`.

use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map, Num, Tag, Value},
};

use super::error::LoadError;

const PREFIX: &str = "VESTIBULE__";

/// Tables whose keys the operator chooses.
pub(super) const OPEN_TABLES: [&str; 5] = [
    "registration.attributes",
    "registration.consents",
    "registration.trigger_codes",
    "registration.client_metadata.fill",
    "registration.validation_data.fill",
];

/// The settings in variables. Each setting has the type of its default. The secret `0042` therefore
/// stays a string.
pub(super) struct Environment {
    settings: Dict,
}

impl Environment {
    pub(super) fn new(variables: &[(String, String)], defaults: &Dict) -> Result<Self, LoadError> {
        let mut settings = Dict::new();
        for (name, text) in variables {
            let Some(path) = name.strip_prefix(PREFIX) else {
                if let Some(meant) = with_correct_prefix(name, defaults) {
                    return Err(LoadError(format!(
                        "{name}: unknown setting. Did you mean {meant}?"
                    )));
                }
                continue;
            };
            let path: Vec<String> = path.split("__").map(str::to_lowercase).collect();
            let value = read(name, text, &path, defaults)?;
            insert(&mut settings, &path, value);
        }
        Ok(Self { settings })
    }

    pub(super) fn name(path: &[String]) -> String {
        format!("{PREFIX}{}", path.join("__").to_uppercase())
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.settings.clone())]))
    }
}

fn read(name: &str, text: &str, path: &[String], defaults: &Dict) -> Result<Value, LoadError> {
    let (table, key) = locate(path, defaults).ok_or_else(|| {
        LoadError(format!(
            "{name}: unknown setting. Unset the variable. `vestibule config show` then lists all settings."
        ))
    })?;
    let wrong = |wanted: &str| LoadError(format!("{name}: the value must be {wanted}"));
    match key {
        Value::Num(_, Num::F64(_)) => {
            text.trim().parse::<f64>().map(Value::from).map_err(|_| wrong("a number"))
        }
        // A larger number gets an error that names the range.
        Value::Num(..) => (text.trim().parse::<i64>().map(Value::from))
            .or_else(|_| text.trim().parse::<i128>().map(Value::from))
            .map_err(|_| wrong("a whole number")),
        Value::Bool(..) => {
            text.trim().parse::<bool>().map(Value::from).map_err(|_| wrong("`true` or `false`"))
        }
        Value::Array(..) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::from(items.map(Value::from).collect::<Vec<Value>>()))
        }
        Value::Dict(..) if is_open(&table) => {
            toml_table(text).ok_or_else(|| wrong("a table in TOML, such as `{ a = \"b\" }`"))
        }
        Value::Dict(..) => Err(LoadError(format!(
            "{name}: the name of a section is not a setting. Unset the variable."
        ))),
        _ => Ok(Value::from(text)),
    }
}

/// Returns the correct name if `name` begins with `VESTIBULE` and a section, but has another number
/// of underscores or another case. Kubernetes adds variables for a Service, such as
/// `VESTIBULE_SERVICE_HOST`. These variables contain no `__`.
fn with_correct_prefix(name: &str, defaults: &Dict) -> Option<String> {
    let name = name.to_uppercase();
    let rest = name.strip_prefix("VESTIBULE")?.trim_start_matches('_');
    let (section, _) = rest.split_once("__")?;
    defaults.contains_key(&section.to_lowercase()).then(|| format!("{PREFIX}{rest}"))
}

/// Returns a path as one string, and the default at that path.
fn locate<'a>(path: &[String], defaults: &'a Dict) -> Option<(String, &'a Value)> {
    let (first, rest) = path.split_first()?;
    let mut value = defaults.get(first)?;
    for name in rest {
        value = value.as_dict()?.get(name)?;
    }
    Some((path.join("."), value))
}

fn toml_table(text: &str) -> Option<Value> {
    let document: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
    let value = Value::serialize(document.get("value")?).ok()?;
    value.as_dict().is_some().then_some(value)
}

fn insert(settings: &mut Dict, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            settings.insert(name.clone(), value);
        }
        [section, rest @ ..] => {
            let entry = settings
                .entry(section.clone())
                .or_insert_with(|| Value::Dict(Tag::Default, Dict::new()));
            if let Value::Dict(_, inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}

pub(super) fn is_open(path: &str) -> bool {
    OPEN_TABLES.contains(&path)
}
