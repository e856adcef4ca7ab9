//! `GET /docs`: Swagger UI with the OpenAPI document. The files of Swagger UI are part of the
//! binary. The page loads nothing from other hosts.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use actix_web::{HttpRequest, HttpResponse, web::Path};
use utoipa_swagger_ui::Config;

use crate::http::{error::Error, problem::ProblemType, response::etag::Cached};

/// The HTML page. The page that Swagger UI contains has no viewport for phones.
const PAGE: &str = include_str!("docs.html");

const FILES: [(&str, &str); 6] = [
    ("favicon-32x32.png", "image/png"),
    ("index.css", "text/css; charset=utf-8"),
    ("swagger-initializer.js", "text/javascript; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("swagger-ui-standalone-preset.js", "text/javascript; charset=utf-8"),
    ("swagger-ui.css", "text/css; charset=utf-8"),
];

/// The Content-Security-Policy, which allows the files of the page and requests to this service.
/// Swagger UI needs inline styles, and icons in `data:` URLs.
const SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(in crate::http) async fn page(request: HttpRequest) -> HttpResponse {
    static CACHED: LazyLock<Cached> =
        LazyLock::new(|| Cached::new("text/html; charset=utf-8", PAGE).under(SECURITY_POLICY));
    CACHED.respond(&request)
}

pub(in crate::http) async fn file(
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Error> {
    static CACHED: LazyLock<BTreeMap<&str, Cached>> = LazyLock::new(files);
    let file = CACHED.get(name.as_str()).ok_or(Error::Problem(ProblemType::NotFound))?;
    Ok(file.respond(&request))
}

fn files() -> BTreeMap<&'static str, Cached> {
    let config = Arc::new(
        Config::from("openapi.json")
            .use_base_layout()
            .display_operation_id(true)
            .try_it_out_enabled(true)
            // Some layouts show a badge of a third party, which gets the URL of the document.
            .validator_url("none"),
    );
    let read = |(name, content_type)| {
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&config)).ok()??;
        Some((name, Cached::new(content_type, file.bytes.into_owned())))
    };
    FILES.into_iter().filter_map(read).collect()
}
