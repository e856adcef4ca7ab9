//! `GET /openapi.json`: the contract as OpenAPI 3.1 has it.
//!
//! It is made of what the service is made of: bodies from the structs that are parsed and
//! written (schemars reads what serde and validator are told), problems and codes from their
//! enums, examples from the code that answers. What a deployment configures does not change it.

mod document;
mod forms;
mod operation;
mod pages;
mod problems;
mod responses;
mod schemas;

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};

use crate::http::{
    problem::texts::{Texts, TextsError},
    response::etag::Cached,
};

/// The document, as it is committed in `docs/openapi.json`.
///
/// # Errors
/// Where the texts that it quotes cannot be read.
pub fn openapi() -> Result<String, TextsError> {
    let document = document::document(&Texts::english()?);
    // Texts and numbers cannot fail to be written.
    Ok(serde_json::to_string_pretty(&document).unwrap_or_default() + "\n")
}

pub(super) async fn serve(request: HttpRequest) -> HttpResponse {
    // Made when it is first asked for: a service at rest does not carry it. That the texts can
    // be read was seen at start.
    static DOCUMENT: LazyLock<Cached> =
        LazyLock::new(|| Cached::new("application/json", openapi().unwrap_or_default()));
    DOCUMENT.answer(&request)
}
