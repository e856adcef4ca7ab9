//! AWS JSON 1.1: from bytes to a call, and from an answer to bytes.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Data},
};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    answer::{Answer, Content, Refusal},
    call::Call,
    client, clients, confirm, describe,
    magic::{self, Operation, RawAnswer},
    resend, reset,
    seen::SeenRequest,
    sign_up,
    state::PoolState,
    users,
};

/// The largest body that is read, in bytes; `EncodedData` alone may have 131,072 characters.
pub(super) const MAX_BODY: usize = 1 << 20;

/// Answers one call of the SDK.
pub(super) async fn dispatch(
    request: HttpRequest,
    body: Bytes,
    state: Data<PoolState>,
) -> HttpResponse {
    let answer =
        answer(&state, &request, &body).unwrap_or_else(|refusal| Content::Refused(refusal).into());
    let wait = state.settings().latency + answer.after;
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match answer.content {
        Content::Output(output) => amz_json(StatusCode::OK, None, output.to_string()),
        Content::Refused(refusal) => refuse(&refusal),
        Content::Raw(raw) => send_raw(&raw),
        Content::Reset => reset::without_an_answer(&request),
        Content::Silence => {
            // For ever would keep the memory of a test run that leaves connections behind.
            tokio::time::sleep(SILENCE).await;
            reset::without_an_answer(&request)
        }
    }
}

/// Longer than any time-out that a client would set.
const SILENCE: Duration = Duration::from_mins(15);

fn answer(state: &PoolState, request: &HttpRequest, body: &[u8]) -> Result<Answer, Refusal> {
    let target = header_text(request, "x-amz-target").unwrap_or_default();
    let operation = target.strip_prefix("AWSCognitoIdentityProviderService.").unwrap_or_default();
    let call = read(state, request, operation, body)?;
    match operation {
        "SignUp" => Ok(perform(state, Operation::SignUp, &call)),
        "ConfirmSignUp" => Ok(perform(state, Operation::Confirm, &call)),
        "ResendConfirmationCode" => Ok(perform(state, Operation::Resend, &call)),
        "DescribeUserPool"
        | "DescribeUserPoolClient"
        | "ListUserPoolClients"
        | "ListUserPoolClientSecrets" => {
            check_credentials(state, request, operation)?;
            Ok(administer(state, operation, &call).into())
        }
        "ListUsers" | "AdminGetUser" | "AdminDeleteUser" => {
            check_credentials(state, request, operation)?;
            Ok(look_after(state, operation, &call).into())
        }
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}

/// Describes the pool and its clients, for callers with credentials.
fn administer(state: &PoolState, operation: &str, call: &Call) -> Result<Value, Refusal> {
    match operation {
        "DescribeUserPool" => describe::user_pool(state.settings(), call),
        "DescribeUserPoolClient" => describe::user_pool_client(state, call),
        "ListUserPoolClients" => clients::list(state, call),
        _ => clients::secrets(state, call),
    }
}

/// What needs credentials, too: the accounts.
fn look_after(state: &PoolState, operation: &str, call: &Call) -> Result<Value, Refusal> {
    match operation {
        "ListUsers" => users::list(state, call),
        "AdminGetUser" => users::get(state, call),
        _ => users::delete(state, call),
    }
}

/// Refuses calls that are not signed, and those that the credentials are not allowed.
fn check_credentials(
    state: &PoolState,
    request: &HttpRequest,
    operation: &str,
) -> Result<(), Refusal> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Refusal::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ));
    }
    if state.is_denied(operation) {
        let message = format!(
            "User: arn:aws:iam::000000000000:user/sandbox is not authorized to perform: \
             cognito-idp:{operation} because no identity-based policy allows the \
             cognito-idp:{operation} action"
        );
        return Err(Refusal::new("AccessDeniedException", message));
    }
    Ok(())
}

/// Parses the body. The password is taken out before the request is recorded.
fn read(
    state: &PoolState,
    request: &HttpRequest,
    operation: &str,
    body: &[u8],
) -> Result<Call, Refusal> {
    let unreadable = || {
        Refusal::new(
            "SerializationException",
            "Start of structure or map found where not expected.",
        )
    };
    let mut members: Map<String, Value> = serde_json::from_slice(body).map_err(|_| unreadable())?;
    let password = match members.remove("Password") {
        None | Some(Value::Null) => None,
        Some(Value::String(password)) => Some(SecretString::from(password)),
        Some(_) => return Err(unreadable()),
    };
    let seen = SeenRequest {
        at: jiff::Timestamp::now().to_string(),
        operation: operation.to_owned(),
        username: members.get("Username").and_then(Value::as_str).map(str::to_owned),
        has_password: password.is_some(),
        headers: interesting_headers(request),
        body: members.clone(),
    };
    state.with(|records| records.remember(seen));
    let call: Call = serde_json::from_value(Value::Object(members)).map_err(|_| unreadable())?;
    Ok(Call { password, ..call })
}

/// The three operations of a sign-up: the limits of the model, the client, then what the user name
/// asks for, then the pool. One lock around the last two makes each call one step for all others.
fn perform(state: &PoolState, operation: Operation, call: &Call) -> Answer {
    let settings = state.settings();
    if let Err(refusal) = call.check(operation).and_then(|()| client::check(state, call)) {
        return Content::Refused(refusal).into();
    }
    state.with(|records| {
        let attempt = records.name(call.username()).calls.count(operation);
        let case = magic::find(operation, call, records.account(call.username()));
        let deliveries = records.deliveries();
        let mut answer =
            magic::play(case, attempt, &settings.client_id, |orders| match operation {
                Operation::SignUp => sign_up::sign_up(settings, records, call, orders),
                Operation::Confirm => confirm::confirm(settings, records, call),
                Operation::Resend => resend::resend(settings, records, call),
            });
        if records.deliveries() > deliveries {
            answer.after += settings.message_latency;
        }
        answer
    })
}

fn refuse(refusal: &Refusal) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({"__type": refusal.code, "message": refusal.message});
    // The colon is Cognito's: clients have to cut the header there.
    amz_json(status, Some(&format!("{}:", refusal.code)), body.to_string())
}

fn amz_json(status: StatusCode, error_type: Option<&str>, body: String) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .content_type("application/x-amz-json-1.1")
        .insert_header((REQUEST_ID, Uuid::new_v4().to_string()));
    if let Some(error_type) = error_type {
        response.insert_header((ERROR_TYPE, error_type));
    }
    response.body(body)
}

fn send_raw(raw: &RawAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(raw.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type(raw.content_type).insert_header((REQUEST_ID, Uuid::new_v4().to_string()));
    if let Some(error_type) = raw.error_type {
        response.insert_header((ERROR_TYPE, error_type));
    }
    response.body(raw.body)
}

const REQUEST_ID: &str = "x-amzn-requestid";
const ERROR_TYPE: &str = "x-amzn-errortype";

fn interesting_headers(request: &HttpRequest) -> BTreeMap<&'static str, String> {
    const NAMES: [&str; 8] = [
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "content-type",
        "host",
        "user-agent",
        "x-amz-target",
        "x-amz-user-agent",
        "x-amzn-trace-id",
    ];
    NAMES.iter().filter_map(|&name| Some((name, header_text(request, name)?.to_owned()))).collect()
}

fn header_text<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}
