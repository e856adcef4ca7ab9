//! The HTTP side: the way of a request as two lists, what it passes and where it ends.

mod answer;
mod cached;
mod caller;
mod client_ip;
mod confirm;
mod cross_site;
mod docs;
mod even_time;
mod failures;
mod headers_size;
mod health;
mod hidden_resend;
mod humanity;
mod idempotency;
mod json;
mod kept;
mod limits;
mod mask;
mod messages;
mod next_step;
mod openapi;
mod page;
mod policy;
mod problem;
mod problems;
mod refused_lately;
mod register;
mod request_id;
mod resend;
mod root_span;
mod settled;
mod state;
mod texts;
mod to_its_end;
mod unread_body;

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
use failures::Refusal;
use problem::ProblemType;

pub use self::{
    client_ip::ClientAddress,
    even_time::EvenTime,
    health::{Health, Readiness, admin_routes},
    openapi::openapi,
    policy::PolicyPage,
    refused_lately::RefusedLately,
    state::State,
    texts::{Texts, TextsError},
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
        .wrap(from_fn(cross_site::guard))
        .wrap(from_fn(problem::render))
        .wrap(TracingLogger::<root_span::RootSpan>::new())
        .wrap(from_fn(refused_lately::turn_away))
        .wrap(from_fn(request_id::identify))
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(form("/register", Route::Register, web::post().to(register::register)))
        .service(form("/register/confirm", Route::Confirm, web::post().to(confirm::confirm)))
        .service(form("/register/resend", Route::Resend, web::post().to(resend::resend)))
        .service(page("/register/policy", reads().to(policy::policy)))
        .service(challenge())
        .service(page("/problems/{name}", reads().to(problems::explain)))
        .service(page("/openapi.json", reads().to(openapi::serve)))
        .service(page("/docs", reads().to(docs::serve)));
}

/// What is posted by people, and limited before its body is read.
fn form(path: &str, route: Route, post: actix_web::Route) -> Resource {
    web::resource(path)
        .app_data(route)
        .route(post.wrap(from_fn(limits::by_address)))
        .default_service(web::to(|| not_allowed("POST")))
}

/// What is read, and limited as what is posted.
fn challenge() -> Resource {
    let read = reads().to(humanity::challenge).wrap(from_fn(limits::by_address));
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

async fn not_found() -> Result<HttpResponse, Refusal> {
    Err(Refusal::Plain(ProblemType::NotFound))
}

fn not_allowed(allowed: &'static str) -> Ready<Result<HttpResponse, Refusal>> {
    ready(Err(Refusal::MethodNotAllowed(allowed)))
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
