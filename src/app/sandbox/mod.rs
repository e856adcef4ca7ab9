//! The page of `vestibule sandbox`, for front-end developers: inbox, accounts and play cases.

mod play_cases;
mod responses;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION},
    web::{self, Data, ServiceConfig},
};
use cognito_sandbox::{PoolState, inbox_routes};

/// Returns the routes of the page and of the pool, for the public listener.
pub(crate) fn routes(pool: Data<PoolState>) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        config
            .route("/", web::get().to(redirect))
            .service(web::resource(["/sandbox", "/sandbox/"]).route(web::get().to(page)))
            .route("/sandbox/style.css", web::get().to(style))
            .route("/sandbox/page.js", web::get().to(script))
            .route("/sandbox/cases", web::get().to(play_cases::list))
            // The scope of the inbox matches all other paths below `/sandbox`.
            .configure(inbox_routes(pool.clone()));
    }
}

/// Redirects to the page. Browsers must not cache the redirect, because another program may use the
/// port later.
async fn redirect() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, "/sandbox"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ))
        .body(include_str!("../../../pages/sandbox/index.html"))
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("../../../pages/sandbox/style.css"))
}

async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("../../../pages/sandbox/page.js"))
}

fn file(content_type: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text)
}
