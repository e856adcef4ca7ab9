//! Whether somebody is a person: the bot checks as callers and operators meet them, with a
//! provider that answers by a script, and with real work.

mod proof_of_work;
mod provider;
mod siteverify;
mod when_asked;

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Service};

/// A sign-up with a proof, or without one.
fn form(email: &str, proof: Option<&str>) -> Value {
    let mut form = json!({"email": email, "password": PASSWORD});
    if let Some(proof) = proof {
        form["human_proof"] = json!(proof);
    }
    form
}

async fn register(service: &Service, email: &str, proof: Option<&str>) -> Answer {
    service.register(&form(email, proof)).await
}

/// The same with an `Idempotency-Key`.
async fn keyed(service: &Service, key: &str, email: &str, proof: Option<&str>) -> Answer {
    let request = service.post("/register").header("Idempotency-Key", key);
    Answer::of(request.json(&form(email, proof))).await
}

async fn checks(service: &Service, outcome: &str) -> u64 {
    service.counted(&format!("bot_checks_total{{outcome=\"{outcome}\"}}")).await
}
