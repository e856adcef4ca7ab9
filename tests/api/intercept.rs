//! A proxy in front of a pool that observes, delays or rejects calls.

use std::sync::Arc;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, rt, web};
use reqwest::Client;
use serde_json::{Value, json};

/// The name and the message of a Cognito exception.
pub(crate) type Exception = (&'static str, String);

type Decide = dyn Fn(&str, &Value) -> Option<Exception> + Send + Sync;

struct Interceptor {
    pool: String,
    client: Client,
    decide: Arc<Decide>,
}

/// Starts a proxy in front of a pool and returns its URL. Before each call, the proxy runs `decide`
/// with the operation and its input. `decide` may block. The proxy responds with the exception that
/// `decide` returns, or forwards the call if `decide` returns `None`.
pub(crate) fn intercept(
    pool: &str,
    decide: impl Fn(&str, &Value) -> Option<Exception> + Send + Sync + 'static,
) -> String {
    let decide: Arc<Decide> = Arc::new(decide);
    let pool = pool.to_owned();
    let server = HttpServer::new(move || {
        let interceptor = Interceptor {
            pool: pool.clone(),
            client: crate::support::client(),
            decide: Arc::clone(&decide),
        };
        App::new().app_data(web::Data::new(interceptor)).default_service(web::to(forward))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", server.addrs()[0]);
    rt::spawn(server.run());
    url
}

async fn forward(
    request: HttpRequest,
    body: web::Bytes,
    interceptor: web::Data<Interceptor>,
) -> HttpResponse {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let target = header("x-amz-target").expect("every call has a target");
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let input: Value = serde_json::from_slice(&body).expect("every call is JSON");
    let decide = Arc::clone(&interceptor.decide);
    let exception =
        web::block(move || decide(&operation, &input)).await.expect("`decide` does not panic");
    if let Some((code, message)) = exception {
        return HttpResponse::BadRequest()
            .content_type("application/x-amz-json-1.1")
            .json(json!({"__type": code, "message": message}));
    }
    let mut call =
        interceptor.client.post(&interceptor.pool).header("x-amz-target", target).body(body);
    for name in ["content-type", "authorization"] {
        if let Some(value) = header(name) {
            call = call.header(name, value);
        }
    }
    let response = call.send().await.expect("the pool responds");
    let status = StatusCode::from_u16(response.status().as_u16()).expect("a status");
    let text = response.text().await.expect("the body is complete");
    HttpResponse::build(status).content_type("application/x-amz-json-1.1").body(text)
}
