//! The document as a whole, in the order in which people read it.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::http::openapi::{
    forms,
    operation::{Operation, RequestExample},
    pages, problems,
    responses::responses,
    schemas,
};
use crate::http::problem::{ProblemType, texts::Texts};

/// Every operation of the front listener, in the order of the document. Another one is another
/// line here.
fn operations() -> Vec<Operation> {
    vec![
        forms::register(),
        forms::confirm(),
        forms::resend(),
        pages::policy(),
        pages::challenge(),
        pages::problem(),
        pages::openapi(),
        pages::docs(),
    ]
}

#[derive(Serialize)]
pub(super) struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    security: Value,
    tags: Value,
    #[serde(serialize_with = "in_order")]
    paths: Vec<(&'static str, Value)>,
    components: Value,
}

pub(super) fn document(texts: &Texts) -> Document {
    Document {
        openapi: "3.1.0",
        info: info(),
        servers: json!([{"url": "/", "description": "This service."}]),
        // Whoever may sign up is nobody yet.
        security: json!([]),
        tags: json!([
            {"name": "Sign-up", "description": "From a form to an account that can sign in."},
            {"name": "Contract", "description": "What this service says of itself."},
        ]),
        paths: operations().iter().map(|operation| path(operation, texts)).collect(),
        components: json!({
            "schemas": schemas::schemas(texts),
            "parameters": parameters(),
            "headers": headers(),
            "examples": problems::examples(texts),
        }),
    }
}

fn info() -> Value {
    json!({
        "title": "Vestibule",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "The sign-up front door for Amazon Cognito.",
        "description": "A sign-up form posts JSON here; an account exists in the user pool, or \
            the person learns in plain words what to mend.\n\n\
            Every success says in `next` what the front end does next. Everything else is a \
            problem (RFC 9457): decide by `code`, show `title` and each `detail`.\n\n\
            Bodies are JSON in UTF-8. A field that a form does not have is a mistake, and so is \
            `null`. An empty text is the same as no field.\n\n\
            In the examples, user names such as `signup.internal-error@example.com` make the \
            pool of `vestibule sandbox` play a failure; `GET /sandbox/cases` there lists all of \
            them.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": env!("CARGO_PKG_LICENSE")},
    })
}

fn path(operation: &Operation, texts: &Texts) -> (&'static str, Value) {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": operation.parameters,
        "responses": responses(operation, texts),
    });
    if let Some(request) = &operation.request {
        let examples: Map<String, Value> = request
            .examples
            .iter()
            .map(|RequestExample { name, summary, body }| {
                ((*name).to_owned(), json!({"summary": summary, "value": body}))
            })
            .collect();
        described["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {
                "schema": schemas::reference(request.schema),
                "examples": examples,
            }},
        });
    }
    (operation.path, json!({operation.method: described}))
}

/// What requests may carry besides their bodies.
fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Makes a request happen once: a new key, such as a UUID, for each form \
                that a person sends, and the same one to repeat it. Whoever sends the key and the \
                body again gets the first final answer again, for 24 hours.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
            "example": "2f1c4f0e-6b1e-4b8f-9f6a-1d2c3b4a5968",
        },
        "RequestId": {
            "name": "X-Request-Id",
            "in": "header",
            "description": "An id of your own for this request: 1 to 128 letters, digits, `-`, `_` \
                or `.`. Any other is left aside.",
            "schema": {"type": "string"},
            "example": "checkout-7f3a",
        },
        "IfNoneMatch": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` of what you have.",
            "schema": {"type": "string"},
        },
        "ProblemName": {
            "name": "name",
            "in": "path",
            "required": true,
            "description": "The last part of a problem's `type`.",
            "schema": {
                "type": "string",
                "enum": ProblemType::ALL.map(ProblemType::name),
            },
            "example": ProblemType::InvalidRegistration.name(),
        },
    })
}

/// What answers carry besides their bodies.
fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "X-Request-Id": text(
            "The id of this request: the caller's, if it is well-formed (1 to 128 letters, \
             digits, `-`, `_`, `.`), or a new one. The operator finds the request by it.",
            "bc740053-97d2-4fc3-9a65-836f080c71f6",
        ),
        "RateLimit-Policy": text(
            "The caller's budget, while limits are enforced \
             (draft-ietf-httpapi-ratelimit-headers-10): so many requests in so many seconds.",
            "\"address\";q=20;w=20",
        ),
        "RateLimit": text(
            "What is left of the budget, and the seconds until it is full again.",
            "\"address\";r=19;t=1",
        ),
        "Retry-After": {
            "description": "Seconds after which the same request may be sent again.",
            "schema": {"type": "integer", "minimum": 0},
            "example": 5,
        },
        "Idempotency-Replayed": {
            "description": "This is the kept answer to an earlier request with the same \
                Idempotency-Key.",
            "schema": {"type": "string", "const": "true"},
        },
        "Content-Language": text("The language of the sentences.", "en"),
        "Allow": text("The methods that the path has.", "POST"),
        "Cache-Control": text("How long the answer may be kept.", "public, max-age=300"),
        "ETag": text("What to send as `If-None-Match`.", "\"n0WpBvlQhJ3cZ5t8yKx1Lg\""),
    })
}

/// A map whose entries stay in their order.
fn in_order<S: Serializer>(
    entries: &[(&'static str, Value)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
}
