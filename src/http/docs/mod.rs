//! `GET /docs`: a page to read the contract and try it. It is made of the document that
//! `GET /openapi.json` answers, can be read without its script, and loads nothing.

#![expect(clippy::format_collect, reason = "made once, and read more easily than a fold")]

mod markup;
mod operation;
mod render;

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::http::{openapi, response::etag::Cached};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("try.js");

pub(super) async fn serve(request: HttpRequest) -> HttpResponse {
    // Made when it is first asked for, as the document is.
    static PAGE: LazyLock<Cached> =
        LazyLock::new(|| Cached::new("text/html; charset=utf-8", html()).under(policy()));
    PAGE.answer(&request)
}

fn html() -> String {
    let document = openapi::openapi().unwrap_or_default();
    // What was written here can be read.
    let document = serde_json::from_str(&document).unwrap_or_default();
    render::page(&document, STYLE, SCRIPT)
}

/// The one style and the one script of the page, by their digests, and requests to this service.
fn policy() -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        digest(STYLE),
        digest(SCRIPT),
    )
}
