//! The other app clients of the pool.

use super::Reader;
use crate::doctor::descriptions::{OtherClients, PublicClient, ReadResult};

/// The maximum number of examined app clients. Each app client takes a call. AWS limits the rate of
/// these calls.
const MAX_CLIENTS: usize = 100;

const PAGE: i32 = 60;

impl Reader<'_> {
    /// Finds the public app clients among the other app clients.
    pub(super) async fn other_clients(&self) -> ReadResult<OtherClients> {
        let mut others = OtherClients::default();
        let mut examined = 0;
        let mut token = None;
        loop {
            let list = self.client.list_user_pool_clients();
            let list = list.user_pool_id(&self.cognito.user_pool_id).max_results(PAGE);
            let page = self
                .call(list.set_next_token(token).send(), |output| {
                    Some((output.user_pool_clients, output.next_token))
                })
                .await;
            let (clients, next) = match page {
                ReadResult::Read(page) => page,
                ReadResult::Failed(reason) if examined > 0 => {
                    others.incomplete = Some(reason);
                    return ReadResult::Read(others);
                }
                ReadResult::NotFound => return ReadResult::NotFound,
                ReadResult::Denied => return ReadResult::Denied,
                ReadResult::Failed(reason) => return ReadResult::Failed(reason),
                ReadResult::NotProvided => return ReadResult::NotProvided,
            };
            for client in clients.unwrap_or_default() {
                let Some(id) = client.client_id.filter(|id| *id != self.cognito.client_id) else {
                    continue;
                };
                examined += 1;
                let is_public = if examined > MAX_CLIENTS {
                    Err(format!("there are more than {MAX_CLIENTS} other app clients"))
                } else {
                    self.is_public(&id).await
                };
                match is_public {
                    Ok(false) => {}
                    Ok(true) => {
                        let name = client.client_name.unwrap_or_default();
                        others.public.push(PublicClient { id, name });
                    }
                    Err(reason) => {
                        others.incomplete = Some(reason);
                        return ReadResult::Read(others);
                    }
                }
            }
            token = next.filter(|token| !token.is_empty());
            if token.is_none() {
                return ReadResult::Read(others);
            }
        }
    }

    async fn is_public(&self, id: &str) -> Result<bool, String> {
        let describe = self.client.describe_user_pool_client();
        let describe = describe.user_pool_id(&self.cognito.user_pool_id).client_id(id);
        let result = self
            .call(describe.send(), |output| {
                let client = output.user_pool_client?;
                Some(client.client_secret.is_none_or(|secret| secret.is_empty()))
            })
            .await;
        match result {
            ReadResult::Read(is_public) => Ok(is_public),
            // An operator deleted the app client after the listing.
            ReadResult::NotFound => Ok(false),
            result => Err(result.failure("DescribeUserPoolClient").unwrap_or_default()),
        }
    }
}
