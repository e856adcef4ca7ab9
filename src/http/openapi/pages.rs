//! What the document says of the operations that are read, itself among them.

use serde_json::{Value, json};

use crate::http::openapi::{
    operation::{Operation, Success, parameter},
    problems::Place,
    schemas::reference,
};

pub(super) fn policy() -> Operation {
    Operation {
        path: "/register/policy",
        id: "getPolicy",
        tag: "Sign-up",
        summary: "What the form must collect",
        description: "The fields of this deployment's form with their rules, as data and as JSON \
            Schema: build the form from it, or check it against it. A form that breaks a rule is \
            told the rule's code. `HEAD` works as well.",
        successes: cached("The policy.", "application/json", &reference("Policy")),
        ..page()
    }
}

pub(super) fn problem() -> Operation {
    Operation {
        path: "/problems/{name}",
        id: "explainProblem",
        summary: "What a problem means, and what to do about it",
        description: "The page that the `type` of a problem leads to. `HEAD` works as well.",
        parameters: vec![parameter("ProblemName"), parameter("RequestId")],
        successes: vec![Success {
            status: 200,
            description: "The page.",
            headers: &["Cache-Control", "Content-Language"],
            content: Some(("text/html", json!({"schema": {"type": "string"}}))),
        }],
        places: &[Place::Everywhere, Place::Explain],
        ..page()
    }
}

pub(super) fn challenge() -> Operation {
    let schema = json!({
        "type": "object",
        "properties": {
            "parameters": {"type": "object", "description": "What is to be solved."},
            "signature": {"type": "string"},
        },
        "required": ["parameters", "signature"],
    });
    let example = json!({
        "parameters": {
            "algorithm": "PBKDF2/SHA-256",
            "cost": 5000,
            "expiresAt": 1_790_000_000,
            "keyLength": 32,
            "keyPrefix": "00",
            "nonce": "79fd8e20dc543164be000c3f5d651b8d",
            "salt": "abe0c7797b652532f3d437cfd05c633b",
        },
        "signature": "25a09007eb7504e644e781778ab750a0ffbef9fc6e1ac76bb8722d1e1f5af1c5",
    });
    Operation {
        path: "/register/challenge",
        id: "getChallenge",
        tag: "Sign-up",
        summary: "Something for a machine to work at before a sign-up",
        description: "Where the bot check is proof of work: a challenge of ALTCHA's (version 2), \
            for its widget or one of its libraries. What comes of it is the `human_proof` of one \
            sign-up. Elsewhere there is none, and it is 404. `HEAD` works as well.",
        parameters: vec![parameter("RequestId")],
        successes: vec![Success {
            status: 200,
            description: "A challenge that nobody has had before.",
            headers: &["Cache-Control", "RateLimit", "RateLimit-Policy"],
            content: Some(("application/json", json!({"schema": schema, "example": example}))),
        }],
        places: &[Place::Everywhere, Place::Challenge],
        ..page()
    }
}

pub(super) fn openapi() -> Operation {
    Operation {
        path: "/openapi.json",
        id: "getContract",
        summary: "This document",
        description: "The contract as OpenAPI 3.1 has it; the same for every deployment of a \
            version. `HEAD` works as well.",
        successes: cached("The document.", "application/json", &json!({"type": "object"})),
        ..page()
    }
}

pub(super) fn docs() -> Operation {
    Operation {
        path: "/docs",
        id: "getDocs",
        summary: "A page to read the contract and try it",
        description: "Loads nothing from elsewhere. `HEAD` works as well.",
        successes: cached("The page.", "text/html", &json!({"type": "string"})),
        ..page()
    }
}

/// What pages have in common.
fn page() -> Operation {
    Operation {
        method: "get",
        path: "",
        id: "",
        tag: "Contract",
        summary: "",
        description: "",
        parameters: vec![parameter("IfNoneMatch"), parameter("RequestId")],
        request: None,
        successes: Vec::new(),
        places: &[Place::Everywhere],
        mistakes: Vec::new(),
    }
}

/// What is told again only where it changed.
fn cached(description: &'static str, media_type: &'static str, schema: &Value) -> Vec<Success> {
    const HEADERS: &[&str] = &["Cache-Control", "ETag"];
    let content = json!({"schema": schema});
    vec![
        Success {
            status: 200,
            description,
            headers: HEADERS,
            content: Some((media_type, content)),
        },
        Success {
            status: 304,
            description: "What you have is what there is.",
            headers: HEADERS,
            content: None,
        },
    ]
}
