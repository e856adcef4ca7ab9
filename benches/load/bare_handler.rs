//! The reference for measurements: actix-web and the official SDK only.
//!
//! `POST /register` calls SignUp with the SDK settings of Vestibule. `POST /reject` reads a form
//! and rejects it. There is no validation, no limit, no log and no request id. The difference is
//! the cost of Vestibule.

use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, error, web};
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::config::{
    BehaviorVersion, Region, StalledStreamProtectionConfig,
};
use aws_sdk_cognitoidentityprovider::types::AttributeType;
use aws_sdk_cognitoidentityprovider::{Client, Config};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Parser;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CLIENT_ID: &str = "1example23456789";
const CLIENT_SECRET: &str = "9example87654321secretsecretsecretsecret";

/// The bare handler, with one worker.
#[derive(Clone, Parser)]
struct Arguments {
    /// The port on 127.0.0.1 to listen on.
    #[arg(long, default_value_t = 8092)]
    port: u16,
    /// The URL of the stand-in for Cognito.
    #[arg(long, default_value = "http://127.0.0.1:8091")]
    endpoint: String,
}

#[derive(Deserialize)]
struct Form {
    email: String,
    password: String,
}

#[derive(Serialize)]
struct Registered {
    user_sub: String,
    confirmed: bool,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let endpoint = arguments.endpoint;
    HttpServer::new(move || {
        // Clones would share counters between workers.
        App::new()
            .app_data(web::Data::new(cognito(&endpoint)))
            .route("/register", web::post().to(register))
            .route("/reject", web::post().to(reject))
    })
    .workers(1)
    .backlog(4096)
    .bind(("127.0.0.1", arguments.port))?
    .run()
    .await?;
    Ok(())
}

async fn register(
    form: web::Json<Form>,
    cognito: web::Data<Client>,
) -> actix_web::Result<HttpResponse> {
    let Form { email, password } = form.into_inner();
    let attribute = AttributeType::builder().name("email").value(&email).build();
    let output = cognito
        .sign_up()
        .client_id(CLIENT_ID)
        .secret_hash(secret_hash(&email)?)
        .username(email)
        .password(password)
        .user_attributes(attribute.map_err(error::ErrorInternalServerError)?)
        .send()
        .await
        .map_err(error::ErrorBadGateway)?;
    Ok(HttpResponse::Created()
        .json(Registered { confirmed: output.user_confirmed(), user_sub: output.user_sub }))
}

async fn reject(form: web::Json<Form>) -> HttpResponse {
    let Form { email, password } = form.into_inner();
    HttpResponse::BadRequest().json([email.len(), password.len()])
}

fn secret_hash(username: &str) -> actix_web::Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(CLIENT_SECRET.as_bytes())
        .map_err(error::ErrorInternalServerError)?;
    mac.update(username.as_bytes());
    mac.update(CLIENT_ID.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

fn cognito(endpoint: &str) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(10))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(10))
        .build();
    let connector = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .http_client(connector)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Client::from_conf(config)
}
