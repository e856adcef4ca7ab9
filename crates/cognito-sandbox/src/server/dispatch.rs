//! Parsing and dispatch of calls, and serialization of responses (AWS JSON 1.1).

use std::{collections::BTreeMap, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Data},
};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::reset::reset_connection;
use crate::{
    cases::play::{find, play},
    operations::{
        authorization, clients, confirm, describe, initiate_auth, resend, sign_up, users,
    },
    protocol::{
        call::Call,
        operation::Operation,
        response::{AMZ_JSON, Content, Exception, Response, status},
    },
    state::{pool_state::PoolState, views::RecordedRequest},
};

/// The maximum size of a request body. `EncodedData` alone may have 131,072 characters.
pub(super) const MAX_BODY: usize = 1 << 20;

pub(super) async fn dispatch(
    request: HttpRequest,
    body: Bytes,
    state: Data<PoolState>,
) -> HttpResponse {
    let response = respond(&state, &request, &body).unwrap_or_else(|error| Err(error).into());
    let delay = state.settings().latency + response.delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match response.content {
        Content::Output(output) => serialize(200, AMZ_JSON, None, output.to_string()),
        Content::Exception(Exception { code, message }) => {
            let body = json!({"__type": code, "message": message}).to_string();
            // Cognito sends the colon, and clients have to cut the header there.
            serialize(status(code), AMZ_JSON, Some(&format!("{code}:")), body)
        }
        Content::Raw(raw) => {
            serialize(raw.status, raw.content_type, raw.error_type, raw.body.to_owned())
        }
        Content::Reset => reset_connection(&request),
        Content::Silence => {
            tokio::time::sleep(SILENCE).await;
            reset_connection(&request)
        }
    }
}

/// Time for which the pool keeps a silent connection, longer than the timeout of any client. After
/// this time, the pool frees the memory of the connection.
const SILENCE: Duration = Duration::from_mins(15);

fn respond(state: &PoolState, request: &HttpRequest, body: &[u8]) -> Result<Response, Exception> {
    let target = header_text(request, "x-amz-target").unwrap_or_default();
    let operation = target.strip_prefix("AWSCognitoIdentityProviderService.").unwrap_or_default();
    let call = parse(state, request, operation, body)?;
    match operation {
        "SignUp" => Ok(perform(state, Operation::SignUp, &call)),
        "ConfirmSignUp" => Ok(perform(state, Operation::Confirm, &call)),
        "ResendConfirmationCode" => Ok(perform(state, Operation::Resend, &call)),
        "InitiateAuth" => Ok(initiate_auth::initiate_auth(state, &call).into()),
        _ => {
            let administer = administration(operation)
                .ok_or_else(|| Exception::new("UnknownOperationException", ""))?;
            check_credentials(state, request, operation)?;
            Ok(administer(state, &call).into())
        }
    }
}

type Administration = fn(&PoolState, &Call) -> Result<Value, Exception>;

/// Returns the operation for administrators with this name.
fn administration(name: &str) -> Option<Administration> {
    Some(match name {
        "DescribeUserPool" => |state, call| describe::user_pool(state.settings(), call),
        "DescribeUserPoolClient" => describe::user_pool_client,
        "ListUserPoolClients" => clients::list,
        "ListUserPoolClientSecrets" => clients::secrets,
        "ListUsers" => users::list,
        "AdminGetUser" => users::get,
        "AdminDeleteUser" => users::delete,
        _ => return None,
    })
}

/// Rejects unsigned calls and denied operations.
fn check_credentials(
    state: &PoolState,
    request: &HttpRequest,
    operation: &str,
) -> Result<(), Exception> {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Exception::new(
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
        return Err(Exception::new("AccessDeniedException", message));
    }
    Ok(())
}

/// Parses the body. Removes the password before the pool records the request.
fn parse(
    state: &PoolState,
    request: &HttpRequest,
    operation: &str,
    body: &[u8],
) -> Result<Call, Exception> {
    let unreadable = || {
        Exception::new(
            "SerializationException",
            "Start of structure or map found where not expected.",
        )
    };
    let mut members: Map<String, Value> = serde_json::from_slice(body).map_err(|_| unreadable())?;
    move_auth_parameters(&mut members);
    let password = match members.remove("Password") {
        None | Some(Value::Null) => None,
        Some(Value::String(password)) => Some(SecretString::from(password)),
        Some(_) => return Err(unreadable()),
    };
    let recorded = RecordedRequest {
        at: jiff::Timestamp::now().to_string(),
        operation: operation.to_owned(),
        username: members.get("Username").and_then(Value::as_str).map(str::to_owned),
        has_password: password.is_some(),
        headers: recorded_headers(request),
        body: members.clone(),
    };
    state.with(|records| records.record(recorded));
    let call: Call = serde_json::from_value(Value::Object(members)).map_err(|_| unreadable())?;
    Ok(Call { password, ..call })
}

/// Moves the parameters of `InitiateAuth` to the members that the other operations have.
fn move_auth_parameters(members: &mut Map<String, Value>) {
    let Some(Value::Object(mut parameters)) = members.remove("AuthParameters") else { return };
    for (parameter, member) in
        [("USERNAME", "Username"), ("PASSWORD", "Password"), ("SECRET_HASH", "SecretHash")]
    {
        if let Some(value) = parameters.remove(parameter) {
            members.insert(member.to_owned(), value);
        }
    }
}

/// Performs an operation of a sign-up: checks the limits of the service model and the app client,
/// then plays a case or runs the operation. A lock on the records makes the second step atomic.
fn perform(state: &PoolState, operation: Operation, call: &Call) -> Response {
    let settings = state.settings();
    if let Err(exception) =
        call.check(Some(operation)).and_then(|()| authorization::check(state, call))
    {
        return Content::Exception(exception).into();
    }
    state.with(|records| {
        let attempt = records.user(call.username()).calls.count(operation);
        let case = find(operation, call, records.account(call.username()));
        let deliveries = records.deliveries();
        let mut response = play(case, attempt, &settings.client_id, |options| match operation {
            Operation::SignUp => sign_up::sign_up(settings, records, call, options),
            Operation::Confirm => confirm::confirm(settings, records, call),
            Operation::Resend => resend::resend(settings, records, call),
        });
        if records.deliveries() > deliveries {
            response.delay += settings.message_latency;
        }
        response
    })
}

fn serialize(
    status: u16,
    content_type: &str,
    error_type: Option<&str>,
    body: String,
) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type(content_type).insert_header((REQUEST_ID, Uuid::new_v4().to_string()));
    if let Some(error_type) = error_type {
        response.insert_header((ERROR_TYPE, error_type));
    }
    response.body(body)
}

const REQUEST_ID: &str = "x-amzn-requestid";
const ERROR_TYPE: &str = "x-amzn-errortype";

fn recorded_headers(request: &HttpRequest) -> BTreeMap<&'static str, String> {
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
