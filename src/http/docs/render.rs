//! The page as a whole.

use serde_json::Value;

use crate::http::docs::{
    markup::{inline, prose},
    operation,
};
use crate::http::response::html::escape;

pub(super) fn page(document: &Value, style: &str, script: &str) -> String {
    let title = format!("{} {}", text(document, "/info/title"), text(document, "/info/version"));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{style}</style></head><body>\
         <header><h1>{title}</h1>{description}\
         <p><a href=\"openapi.json\">The same as OpenAPI {version}</a></p></header>\
         <nav aria-label=\"Operations\"><ul>{links}</ul></nav>\
         <main>{sections}{problems}</main>\
         <script>{script}</script></body></html>\n",
        title = escape(&title),
        description = prose(text(document, "/info/description")),
        version = escape(text(document, "/openapi")),
        links = links(document),
        sections = sections(document),
        problems = problems(document),
    )
}

/// The text at a pointer, or none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What a value stands for, where it is a reference.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// The entries of an object.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// The items of an array.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Path, method and operation, those that are posted first.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut operations: Vec<_> = entries(&document["paths"])
        .flat_map(|(path, methods)| {
            entries(methods).map(move |(method, operation)| (path, method, operation))
        })
        .collect();
    operations.sort_by_key(|(_, method, _)| *method != "post");
    operations
}

fn links(document: &Value) -> String {
    operations(document)
        .iter()
        .map(|(path, method, operation)| {
            format!(
                "<li><a href=\"#{id}\"><code>{method} {path}</code></a></li>",
                id = escape(text(operation, "/operationId")),
                method = method.to_uppercase(),
                path = escape(path),
            )
        })
        .chain(["<li><a href=\"#problems\">Problems</a></li>".to_owned()])
        .chain(["<li><a href=\"#mistakes\">Mistakes</a></li>".to_owned()])
        .collect()
}

fn sections(document: &Value) -> String {
    items(&document["tags"])
        .map(|tag| {
            let articles: String = operations(document)
                .into_iter()
                .filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
                .map(|(path, method, described)| {
                    operation::article(document, path, method, described)
                })
                .collect();
            format!(
                "<section><h2>{}</h2>{}{articles}</section>",
                escape(text(tag, "/name")),
                prose(text(tag, "/description"))
            )
        })
        .collect()
}

/// Every type of problem, and every code of a mistake.
fn problems(document: &Value) -> String {
    let rows: String = items(&document["components"]["schemas"]["AnyProblem"]["oneOf"])
        .map(|reference| {
            let problem = resolved(document, reference);
            format!(
                "<tr><td><a href=\"{kind}\"><code>{code}</code></a></td><td>{status}</td><td>{meaning}</td></tr>",
                kind = escape(text(problem, "/properties/type/const").trim_start_matches('/')),
                code = escape(text(problem, "/properties/code/const")),
                status = problem["properties"]["status"]["const"],
                meaning = inline(text(problem, "/description")),
            )
        })
        .collect();
    format!(
        "<section id=\"problems\"><h2>Problems</h2>{about}<table><thead><tr>\
         <th scope=\"col\">Code</th><th scope=\"col\">Status</th><th scope=\"col\">Meaning</th>\
         </tr></thead><tbody>{rows}</tbody></table></section>\
         <section id=\"mistakes\"><h2>Mistakes</h2>{codes}</section>",
        about = prose(text(document, "/components/schemas/Problem/description")),
        codes = prose(text(document, "/components/schemas/MistakeCode/description")),
    )
}
