//! The bot checks: a siteverify provider with scripted responses, and real proof of work.

mod proof_of_work;
mod requirement;
mod siteverify;
mod siteverify_server;

use serde_json::{Value, json};

pub(crate) use siteverify_server::{service as with_provider, start_provider};

use crate::support::{PASSWORD, Response, Service};

/// Returns a sign-up form with an optional proof.
fn form(email: &str, proof: Option<&str>) -> Value {
    let mut form = json!({"email": email, "password": PASSWORD});
    if let Some(proof) = proof {
        form["human_proof"] = json!(proof);
    }
    form
}

async fn register(service: &Service, email: &str, proof: Option<&str>) -> Response {
    service.register(&form(email, proof)).await
}

/// Registers with an `Idempotency-Key`.
async fn register_with_key(
    service: &Service,
    key: &str,
    email: &str,
    proof: Option<&str>,
) -> Response {
    let request = service.post("/register").header("Idempotency-Key", key);
    Response::of(request.json(&form(email, proof))).await
}

/// Returns the number of bot checks with this outcome.
async fn checks(service: &Service, outcome: &str) -> u64 {
    service.metric(&format!("bot_checks_total{{outcome=\"{outcome}\"}}")).await
}
