//! A server that stands between the service and its pool, and sees, holds up or answers calls in
//! the pool's place.

use std::sync::Arc;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, rt, web};
use reqwest::Client;
use serde_json::{Value, json};

/// One of Cognito's exceptions, and its message.
pub(crate) type Refused = (&'static str, String);

type Decide = dyn Fn(&str, &Value) -> Option<Refused> + Send + Sync;

struct Between {
    pool: String,
    client: Client,
    decide: Arc<Decide>,
}

/// Starts one before a pool and says where it is. `decide` is asked before each call, with the
/// operation and its input, and may take its time; what it does not refuse goes on to the pool.
pub(crate) fn between(
    pool: &str,
    decide: impl Fn(&str, &Value) -> Option<Refused> + Send + Sync + 'static,
) -> String {
    let decide: Arc<Decide> = Arc::new(decide);
    let pool = pool.to_owned();
    let server = HttpServer::new(move || {
        let between = Between {
            pool: pool.clone(),
            client: crate::support::client(),
            decide: Arc::clone(&decide),
        };
        App::new().app_data(web::Data::new(between)).default_service(web::to(pass))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", server.addrs()[0]);
    rt::spawn(server.run());
    url
}

async fn pass(request: HttpRequest, body: web::Bytes, between: web::Data<Between>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let target = header("x-amz-target").expect("every call has a target");
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let input: Value = serde_json::from_slice(&body).expect("every call is JSON");
    let decide = Arc::clone(&between.decide);
    let decided = web::block(move || decide(&operation, &input)).await.expect("it decides");
    if let Some((code, message)) = decided {
        return HttpResponse::BadRequest()
            .content_type("application/x-amz-json-1.1")
            .json(json!({"__type": code, "message": message}));
    }
    let mut call = between.client.post(&between.pool).header("x-amz-target", target).body(body);
    for name in ["content-type", "authorization"] {
        if let Some(value) = header(name) {
            call = call.header(name, value);
        }
    }
    let answer = call.send().await.expect("the pool answers");
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
    let text = answer.text().await.expect("the answer is whole");
    HttpResponse::build(status).content_type("application/x-amz-json-1.1").body(text)
}
