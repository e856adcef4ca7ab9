//! The HTTP side: the way of a request as two lists, what it passes and where it ends.

mod docs;
mod error;
mod extract;
mod handlers;
mod middleware;
mod openapi;
mod problem;
mod response;
mod state;

use std::future::{Ready, ready};

use actix_web::{
    App, HttpResponse, Resource,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    middleware::from_fn,
    web,
};
use tracing_actix_web::TracingLogger;

use crate::rate_limit::Route;
use error::Error;
use handlers::{challenge, confirm, policy, problem_page, register, resend};
use middleware::{access_log, cors, deny_cache, rate_limit, request_id};
use problem::ProblemType;

pub use self::{
    extract::client_ip::ClientAddress,
    handlers::{
        health::{Lifecycle, Readiness, admin_routes},
        policy::PolicyPage,
    },
    middleware::deny_cache::DenyCache,
    openapi::openapi,
    problem::texts::{Texts, TextsError},
    state::State,
};

/// The front listener: what every request passes, from the outside in, and where it ends.
pub fn front(
    state: State,
    more_routes: impl FnOnce(&mut web::ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(web::Data::new(state))
        .configure(routes)
        .configure(more_routes)
        .default_service(web::to(not_found))
        // The last one is the outermost.
        .wrap(from_fn(cors::guard))
        .wrap(from_fn(problem::render))
        .wrap(TracingLogger::<access_log::RootSpan>::new())
        .wrap(from_fn(deny_cache::short_circuit))
        .wrap(from_fn(request_id::identify))
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(form("/register", Route::Register, web::post().to(register::register)))
        .service(form("/register/confirm", Route::Confirm, web::post().to(confirm::confirm)))
        .service(form("/register/resend", Route::Resend, web::post().to(resend::resend)))
        .service(page("/register/policy", reads().to(policy::policy)))
        .service(challenge())
        .service(page("/problems/{name}", reads().to(problem_page::explain)))
        .service(page("/openapi.json", reads().to(openapi::serve)))
        .service(page("/docs", reads().to(docs::serve)));
}

/// What is posted by people, and limited before its body is read.
fn form(path: &str, route: Route, post: actix_web::Route) -> Resource {
    web::resource(path)
        .app_data(route)
        .route(post.wrap(from_fn(rate_limit::limit_by_address)))
        .default_service(web::to(|| not_allowed("POST")))
}

/// What is read, and limited as what is posted.
fn challenge() -> Resource {
    let read = reads().to(challenge::challenge).wrap(from_fn(rate_limit::limit_by_address));
    page("/register/challenge", read).app_data(Route::Challenge)
}

/// What is read, and may be kept.
fn page(path: &str, read: actix_web::Route) -> Resource {
    web::resource(path).route(read).default_service(web::to(|| not_allowed("GET, HEAD")))
}

/// GET, and HEAD as RFC 9110 has it for whatever answers GET.
fn reads() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn not_found() -> Result<HttpResponse, Error> {
    Err(Error::Problem(ProblemType::NotFound))
}

fn not_allowed(allowed: &'static str) -> Ready<Result<HttpResponse, Error>> {
    ready(Err(Error::MethodNotAllowed(allowed)))
}

/// The route of a request, for logs and metrics: its pattern, never what the caller wrote.
fn route(pattern: Option<&str>) -> &'static str {
    match pattern {
        Some("/register") => "/register",
        Some("/register/confirm") => "/register/confirm",
        Some("/register/resend") => "/register/resend",
        Some("/register/policy") => "/register/policy",
        Some("/register/challenge") => "/register/challenge",
        Some("/problems/{name}") => "/problems/{name}",
        Some("/openapi.json") => "/openapi.json",
        Some("/docs") => "/docs",
        _ => "other",
    }
}
