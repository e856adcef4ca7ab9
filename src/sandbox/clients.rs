//! The pool's app clients besides the one of the settings, `ListUserPoolClients`, and
//! `ListUserPoolClientSecrets`.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    answer::Refusal,
    call::Call,
    client,
    describe::{check_pool, now},
    state::PoolState,
};

/// An app client besides the one of the settings.
#[derive(Clone, Debug)]
pub struct OtherClient {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its secret; none makes it a public client, through which anyone may sign up.
    pub secret: Option<SecretString>,
}

/// The ids and names of all clients, a page at a time.
pub(super) fn list(state: &PoolState, call: &Call) -> Result<Value, Refusal> {
    const MOST: usize = 60;
    let settings = state.settings();
    check_pool(settings, call)?;
    let size = call.max_results.unwrap_or(MOST);
    if !(1..=MOST).contains(&size) {
        return Err(Refusal::invalid_parameter(format!(
            "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to {MOST}"
        )));
    }
    let start = match call.next_token.as_deref().map(str::parse::<usize>) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return Err(Refusal::invalid_parameter("Invalid pagination token.")),
    };
    let others = state.other_clients();
    let all = std::iter::once((settings.client_id.as_str(), client::NAME))
        .chain(others.iter().map(|client| (client.id.as_str(), client.name.as_str())));
    let page: Vec<Value> = all
        .skip(start)
        .take(size)
        .map(|(id, name)| json!({"ClientId": id, "ClientName": name, "UserPoolId": settings.user_pool_id}))
        .collect();
    let mut answer = json!({"UserPoolClients": page});
    if start + size <= others.len() {
        answer["NextToken"] = json!((start + size).to_string());
    }
    Ok(answer)
}

/// Lists the ids of a client's active secrets, without their values.
pub(super) fn secrets(state: &PoolState, call: &Call) -> Result<Value, Refusal> {
    let settings = state.settings();
    check_pool(settings, call)?;
    let id = call.client_id();
    let secrets = if id == settings.client_id {
        state.client_secrets()
    } else {
        let other = state.other_client(id).ok_or_else(|| client::unknown(id))?;
        other.secret.into_iter().collect()
    };
    // `<client id>--<time of creation>` (service model, `ClientSecretDescriptorType`).
    let shown = |created| json!({"ClientSecretId": format!("{id}--{created}"), "ClientSecretCreateDate": created});
    let first = now().saturating_sub(secrets.len() as u64);
    let list: Vec<Value> = (first..).take(secrets.len()).map(shown).collect();
    Ok(json!({"ClientSecrets": list}))
}
