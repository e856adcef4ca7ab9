//! What the document says of one operation.

use serde_json::{Value, json};

use crate::{http::problem::ProblemType, registration::Violation};

use crate::http::openapi::problems::Place;

/// One method of one path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Value>,
    pub(super) request: Option<Request>,
    pub(super) successes: Vec<Success>,
    /// Where it stands in the table of problems.
    pub(super) places: &'static [Place],
    /// What its examples of these problems name as wrong.
    pub(super) mistakes: Vec<(ProblemType, Vec<Violation>)>,
}

/// A body that is sent.
pub(super) struct Request {
    /// The name of its schema.
    pub(super) schema: &'static str,
    /// Each has the name of the example among the responses that it is answered with: that of a
    /// success, or the code of a problem.
    pub(super) examples: Vec<RequestExample>,
}

/// Its name, what it shows, and the body.
pub(super) struct RequestExample {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) body: Value,
}

/// An answer that is no problem.
pub(super) struct Success {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// The names of the headers that it may have besides `X-Request-Id`.
    pub(super) headers: &'static [&'static str],
    /// Its media type, as the document has it.
    pub(super) content: Option<(&'static str, Value)>,
}

/// A parameter of the components, by its name there.
pub(super) fn parameter(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}
