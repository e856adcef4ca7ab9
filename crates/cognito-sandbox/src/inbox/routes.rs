//! Routes with messages, accounts and requests.

use actix_web::{
    HttpResponse, Responder,
    middleware::from_fn,
    web::{self, Data, Query},
};
use serde::Deserialize;
use serde_json::json;

use super::{NO_STORE, events, guard};
use crate::state::pool_state::PoolState;

/// Returns the routes under `/sandbox/`, for any listener:
///
/// | route | |
/// | --- | --- |
/// | `GET /sandbox/inbox?to=` | the messages, newest first |
/// | `GET /sandbox/events` | the messages, oldest first, and each further message (server-sent events) |
/// | `GET /sandbox/accounts?username=` | the accounts, and the user names without an account |
/// | `DELETE /sandbox/accounts?username=` | deletes an account |
/// | `GET /sandbox/requests?username=` | the last requests, newest first, without passwords |
/// | `DELETE /sandbox/state` | deletes messages, accounts and requests |
///
/// The routes show every code. Serve them only on a loopback address. They reject requests of pages
/// of other origins.
pub fn inbox_routes(state: Data<PoolState>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config.service(
            web::scope("/sandbox")
                .app_data(state)
                .service(web::resource("/inbox").route(web::get().to(inbox)))
                .service(web::resource("/events").route(web::get().to(events::events)))
                .service(
                    web::resource("/accounts")
                        .route(web::get().to(accounts))
                        .route(web::delete().to(delete)),
                )
                .service(web::resource("/requests").route(web::get().to(requests)))
                .service(web::resource("/state").route(web::delete().to(clear)))
                .wrap(from_fn(guard::guard)),
        );
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

#[derive(Deserialize)]
struct Name {
    username: String,
}

async fn inbox(query: Query<To>, state: Data<PoolState>) -> impl Responder {
    let messages = state.messages(query.to.as_deref());
    HttpResponse::Ok().insert_header(NO_STORE).json(json!({"messages": messages}))
}

async fn accounts(query: Query<Named>, state: Data<PoolState>) -> impl Responder {
    HttpResponse::Ok().insert_header(NO_STORE).json(state.accounts(query.username.as_deref()))
}

async fn delete(query: Query<Name>, state: Data<PoolState>) -> HttpResponse {
    if state.delete(&query.username) {
        HttpResponse::NoContent().finish()
    } else {
        HttpResponse::NotFound().body("No account has this user name.\n")
    }
}

async fn requests(query: Query<Named>, state: Data<PoolState>) -> impl Responder {
    let requests = state.requests(query.username.as_deref());
    HttpResponse::Ok().insert_header(NO_STORE).json(json!({"requests": requests}))
}

async fn clear(state: Data<PoolState>) -> HttpResponse {
    state.clear();
    HttpResponse::NoContent().finish()
}
