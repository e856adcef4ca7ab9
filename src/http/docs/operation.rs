//! One operation on the page: what is sent, what is answered, and a form to try it.

use serde_json::Value;

use crate::http::docs::{
    markup::{inline, prose},
    render::{entries, items, resolved, text},
};
use crate::http::response::html::escape;

pub(super) fn article(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    format!(
        "<article id=\"{id}\"><h3><code>{shown} {path}</code> {summary}</h3>{description}\
         {parameters}{body}{trial}<h4>Answers</h4>{answers}</article>",
        id = escape(text(operation, "/operationId")),
        shown = method.to_uppercase(),
        path = escape(path),
        summary = inline(text(operation, "/summary")),
        description = prose(text(operation, "/description")),
        parameters = parameters(document, operation),
        body = body(document, operation),
        trial = trial(document, path, method, operation),
        answers = answers(document, operation),
    )
}

fn parameters(document: &Value, operation: &Value) -> String {
    let rows: String = items(&operation["parameters"])
        .map(|parameter| {
            let parameter = resolved(document, parameter);
            format!(
                "<dt><code>{}</code> <small>{}</small></dt><dd>{}</dd>",
                escape(text(parameter, "/name")),
                escape(text(parameter, "/in")),
                prose(text(parameter, "/description")),
            )
        })
        .collect();
    format!("<h4>Parameters</h4><dl>{rows}</dl>")
}

fn body(document: &Value, operation: &Value) -> String {
    let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") else {
        return String::new();
    };
    let about = prose(text(resolved(document, schema), "/description"));
    format!("<h4>Body</h4>{about}{}", fields(document, schema))
}

/// The members of an object, and theirs.
fn fields(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let is_required = |name: &str| items(&schema["required"]).any(|required| required == name);
    let rows: String = entries(&schema["properties"])
        .map(|(name, field)| {
            let required = if is_required(name) { ", required" } else { "" };
            let described = resolved(document, field);
            let own = text(field, "/description");
            let about = if own.is_empty() { text(described, "/description") } else { own };
            // The codes of mistakes have a section of their own.
            let about = about.split("\n\n").next().unwrap_or_default();
            format!(
                "<dt><code>{}</code> <small>{}{required}</small></dt><dd>{}{}{}</dd>",
                escape(name),
                escape(kind(described)),
                prose(about),
                choices(described),
                fields(
                    document,
                    if described["items"].is_null() { field } else { &described["items"] }
                ),
            )
        })
        .collect();
    if rows.is_empty() { rows } else { format!("<dl>{rows}</dl>") }
}

fn kind(schema: &Value) -> &str {
    match text(schema, "/type") {
        "object"
            if !schema["additionalProperties"].is_boolean() && schema["properties"].is_null() =>
        {
            "map of strings"
        }
        "" => "string",
        kind => kind,
    }
}

/// The values that a text can have, with what they mean.
fn choices(schema: &Value) -> String {
    let rows: String = items(&schema["oneOf"])
        .map(|choice| {
            let value = escape(text(choice, "/const"));
            format!("<li><code>{value}</code>: {}</li>", inline(text(choice, "/description")))
        })
        .collect();
    if rows.is_empty() { rows } else { format!("<ul>{rows}</ul>") }
}

/// A form that the script shows: without it, it could do nothing.
fn trial(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let id = escape(text(operation, "/operationId"));
    let inputs: String = items(&operation["parameters"])
        .map(|parameter| {
            let parameter = resolved(document, parameter);
            let name = escape(text(parameter, "/name"));
            let place = escape(text(parameter, "/in"));
            let value = if place == "path" { text(parameter, "/example") } else { "" };
            format!(
                "<label>{name} <input data-in=\"{place}\" name=\"{name}\" value=\"{}\" autocomplete=\"off\"></label>",
                escape(value)
            )
        })
        .collect();
    let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
    let options: String = entries(examples)
        .map(|(name, example)| {
            let sent = serde_json::to_string_pretty(&example["value"]).unwrap_or_default();
            format!(
                "<option value=\"{}\"{}>{}</option>",
                escape(&sent),
                if answers_success(operation, name) { " selected" } else { "" },
                escape(text(example, "/summary"))
            )
        })
        .collect();
    let body = if options.is_empty() {
        String::new()
    } else {
        format!(
            "<label>Example <select>{options}</select></label>\
             <label>Body <textarea rows=\"8\" spellcheck=\"false\"></textarea></label>"
        )
    };
    format!(
        "<form hidden data-method=\"{}\" data-path=\"{}\" aria-labelledby=\"{id}-try\">\
         <h4 id=\"{id}-try\">Try it</h4>{inputs}{body}<button>Send</button>\
         <pre role=\"status\" tabindex=\"0\" aria-label=\"Answer\" hidden></pre></form>",
        method.to_uppercase(),
        escape(path)
    )
}

/// Whether an example is the first one among the successes, which is what one tries first.
fn answers_success(operation: &Value, name: &str) -> bool {
    let first = entries(&operation["responses"]).find_map(|(_, response)| {
        entries(&response["content"]["application/json"]["examples"]).next()
    });
    first.is_some_and(|(first, _)| first == name)
}

fn answers(document: &Value, operation: &Value) -> String {
    entries(&operation["responses"])
        .map(|(status, response)| {
            format!(
                "<details><summary><code>{}</code> {}</summary>{}{}{}</details>",
                escape(status),
                inline(&codes(response)),
                prose(text(response, "/description")),
                headers(response),
                content(document, response)
            )
        })
        .collect()
}

/// The codes of the problems that share a status, or the first sentence.
fn codes(response: &Value) -> String {
    let problems = entries(&response["content"]["application/problem+json"]["examples"]);
    let codes: Vec<String> = problems.map(|(code, _)| format!("`{code}`")).collect();
    if codes.is_empty() {
        return text(response, "/description").split("\n\n").next().unwrap_or_default().to_owned();
    }
    codes.join(", ")
}

fn headers(response: &Value) -> String {
    let names: Vec<String> = entries(&response["headers"])
        .map(|(name, _)| format!("<code>{}</code>", escape(name)))
        .collect();
    format!("<p>Headers: {}</p>", names.join(", "))
}

fn content(document: &Value, response: &Value) -> String {
    entries(&response["content"])
        .map(|(media_type, content)| {
            let examples: String = entries(&content["examples"])
                .map(|(_, example)| {
                    let example = resolved(document, example);
                    let shown = serde_json::to_string_pretty(&example["value"]).unwrap_or_default();
                    format!("<pre tabindex=\"0\">{}</pre>", escape(&shown))
                })
                .collect();
            let fields = fields(document, &content["schema"]);
            format!("<p><code>{}</code></p>{fields}{examples}", escape(media_type))
        })
        .collect()
}
