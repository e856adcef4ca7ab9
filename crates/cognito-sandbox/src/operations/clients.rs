//! `ListUserPoolClients` and `ListUserPoolClientSecrets`.

use serde_json::{Value, json};

use super::{
    authorization::unknown_client,
    describe::{CLIENT_NAME, check_pool, now},
};
use crate::{
    protocol::{call::Call, response::Exception},
    state::pool_state::PoolState,
};

/// Lists the ids and names of all app clients, one page at a time.
pub(crate) fn list(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    const MAX: usize = 60;
    let settings = state.settings();
    check_pool(settings, call)?;
    let size = call.max_results.unwrap_or(MAX);
    if !(1..=MAX).contains(&size) {
        return Err(Exception::invalid_parameter(format!(
            "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to {MAX}"
        )));
    }
    let start = match call.next_token.as_deref().map(str::parse::<usize>) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return Err(Exception::invalid_parameter("Invalid pagination token.")),
    };
    let others = state.other_clients();
    let all = std::iter::once((settings.client_id.as_str(), CLIENT_NAME))
        .chain(others.iter().map(|client| (client.id.as_str(), client.name.as_str())));
    let page: Vec<Value> = all
        .skip(start)
        .take(size)
        .map(|(id, name)| json!({"ClientId": id, "ClientName": name, "UserPoolId": settings.user_pool_id}))
        .collect();
    let mut output = json!({"UserPoolClients": page});
    if start + size <= others.len() {
        output["NextToken"] = json!((start + size).to_string());
    }
    Ok(output)
}

/// Lists the ids of an app client's active secrets, without the values of the secrets.
pub(crate) fn secrets(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    let settings = state.settings();
    check_pool(settings, call)?;
    let id = call.client_id();
    let secrets = if id == settings.client_id {
        state.client_secrets()
    } else {
        let other = state.other_client(id).ok_or_else(|| unknown_client(id))?;
        other.secret.into_iter().collect()
    };
    // `<client id>--<time of creation>` (service model, `ClientSecretDescriptorType`).
    let shown = |created| json!({"ClientSecretId": format!("{id}--{created}"), "ClientSecretCreateDate": created});
    let first = now().saturating_sub(secrets.len() as u64);
    let list: Vec<Value> = (first..).take(secrets.len()).map(shown).collect();
    Ok(json!({"ClientSecrets": list}))
}
