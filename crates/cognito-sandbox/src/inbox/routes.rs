//! Routes that show messages, accounts, requests and cases.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::header,
    web::{self, Data, Json, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::page;
use crate::{cases::table::CASES, state::pool_state::PoolState};

/// Returns the routes under `/sandbox/`, for any listener:
///
/// | route | |
/// | --- | --- |
/// | `GET /sandbox/inbox?to=` | the messages, newest first: HTML for browsers, otherwise JSON |
/// | `GET /sandbox/accounts?username=` | the accounts, and the user names without one |
/// | `GET /sandbox/requests?username=` | the last requests, newest first, without passwords |
/// | `GET /sandbox/cases` | the user names that trigger failures |
/// | `DELETE /sandbox/state` | deletes messages, accounts and requests |
///
/// The routes show every code. Serve them only on a loopback address.
pub fn inbox_routes(state: Data<PoolState>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(state)
            .service(web::resource("/sandbox/inbox").route(web::get().to(inbox)))
            .service(web::resource("/sandbox/accounts").route(web::get().to(accounts)))
            .service(web::resource("/sandbox/requests").route(web::get().to(requests)))
            .service(web::resource("/sandbox/cases").route(web::get().to(cases)))
            .service(web::resource("/sandbox/state").route(web::delete().to(clear)));
    }
}

#[derive(Deserialize)]
struct To {
    to: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    username: Option<String>,
}

async fn inbox(request: HttpRequest, query: Query<To>, state: Data<PoolState>) -> HttpResponse {
    let to = query.to.as_deref();
    let messages = state.messages(to);
    if !wants_html(&request) {
        return HttpResponse::Ok().insert_header(NO_STORE).json(json!({"messages": messages}));
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(NO_STORE)
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .insert_header((header::VARY, "Accept"))
        .body(page::inbox(&messages, to))
}

async fn accounts(query: Query<Named>, state: Data<PoolState>) -> impl Responder {
    HttpResponse::Ok().insert_header(NO_STORE).json(state.accounts(query.username.as_deref()))
}

async fn requests(query: Query<Named>, state: Data<PoolState>) -> impl Responder {
    let requests = state.requests(query.username.as_deref());
    HttpResponse::Ok().insert_header(NO_STORE).json(json!({"requests": requests}))
}

async fn cases() -> Json<Value> {
    let cases: Vec<Value> = CASES
        .iter()
        .map(|case| {
            json!({
                "name": case.name,
                "phone_number": case.phone_number(),
                "operation": case.operation,
                "code": case.code(),
                "carried_out": case.carried_out,
                "what_happens": case.meaning,
            })
        })
        .collect();
    Json(json!({"cases": cases}))
}

async fn clear(state: Data<PoolState>) -> HttpResponse {
    state.clear();
    HttpResponse::NoContent().finish()
}

const NO_STORE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

fn wants_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
