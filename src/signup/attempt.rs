use crate::{
    cognito::ClientInfo,
    registration::Username,
    store::{Attempt, Operation},
};

/// Returns the attempt of a request that changed nothing.
pub(super) fn new(
    operation: Operation,
    username: &Username,
    client: &ClientInfo,
    request_id: &str,
) -> Attempt {
    Attempt {
        operation,
        request_id: request_id.to_owned(),
        outcome: operation.rejected(),
        code: "",
        user_sub: None,
        cognito_request_id: None,
        recipient: None,
        username: Some(username.as_str().to_owned()),
        address: Some(client.address),
        locale: client.language.clone(),
        consents: Vec::new(),
    }
}
