//! The HTTP layer, which translates between requests and use cases. The use cases decide about
//! accounts.

mod error;
mod expected_responses;
mod extract;
mod handlers;
mod middleware;
mod problem;
mod response;
mod state;
mod texts;

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

use crate::{metrics::ROUTES, rate_limit::Route};
use error::Error;
use handlers::{
    challenge, confirm, docs, health, openapi, policy, problem_page, register, resend,
    sign_up_page, texts as texts_handler, whoami,
};
use middleware::{access_log, rate_limit, render_problem, request_id};
use problem::ProblemType;

pub use self::{
    expected_responses::expect_responses,
    extract::client_ip::ClientIpResolver,
    handlers::{
        health::{Lifecycle, Readiness},
        openapi::OPENAPI,
    },
    middleware::deny_cache::DenyCache,
    response::{policy_page::PolicyPages, sign_up_pages::SignUpPages, texts_page::TextsPages},
    state::State,
    texts::Languages,
};

/// Returns the public listener's application: its middleware, and its routes.
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
        .app_data(Route::Page)
        .configure(routes)
        .configure(more_routes)
        .default_service(limited(web::to(not_found)))
        // A request passes the last middleware first.
        .wrap(from_fn(render_problem::render))
        .wrap(TracingLogger::<access_log::RootSpan>::new())
        .wrap(from_fn(request_id::identify))
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(form("/register", Route::Register, web::post().to(register::register)))
        .service(form("/register/confirm", Route::Confirm, web::post().to(confirm::confirm)))
        .service(form("/register/resend", Route::Resend, web::post().to(resend::resend)))
        .service(page("/register/policy", reads().to(policy::policy)))
        .service(page("/register/texts", reads().to(texts_handler::texts)))
        .service(page("/sign-up", reads().to(sign_up_page::page)))
        .service(page("/sign-up/{file}", reads().to(sign_up_page::file)))
        .service(challenge())
        .service(page("/problems/{name}", reads().to(problem_page::explain)))
        .service(page("/openapi.json", reads().to(openapi::serve)))
        .service(page("/docs", reads().to(docs::page)))
        .service(page("/docs/{file}", reads().to(docs::file)));
}

/// Adds the routes of the admin listener.
pub fn admin_routes(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready))
        .route("/metrics", web::get().to(health::metrics))
        .route("/whoami", web::get().to(whoami::whoami));
}

fn form(path: &str, route: Route, post: actix_web::Route) -> Resource {
    web::resource(path)
        .app_data(route)
        .route(limited(post))
        .default_service(limited(web::to(|| not_allowed("POST"))))
}

fn challenge() -> Resource {
    page("/register/challenge", reads().to(challenge::challenge)).app_data(Route::Challenge)
}

fn page(path: &str, read: actix_web::Route) -> Resource {
    let not_allowed = limited(web::to(|| not_allowed("GET, HEAD")));
    web::resource(path).route(limited(read)).default_service(not_allowed)
}

fn reads() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn limited(route: actix_web::Route) -> actix_web::Route {
    route.wrap(from_fn(rate_limit::limit_by_address))
}

async fn not_found() -> Result<HttpResponse, Error> {
    Err(Error::Problem(ProblemType::NotFound))
}

fn not_allowed(allowed: &'static str) -> Ready<Result<HttpResponse, Error>> {
    ready(Err(Error::MethodNotAllowed(allowed)))
}

/// Returns the route with this pattern, or `other`. Logs and metrics therefore contain no path that
/// a client chose.
fn route(pattern: Option<&str>) -> &'static str {
    ROUTES.iter().find(|route| pattern == Some(route)).unwrap_or(&"other")
}
