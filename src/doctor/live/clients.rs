//! The other app clients of the pool.

use aws_sdk_cognitoidentityprovider::types::UserPoolClientDescription;

use super::Read;
use crate::doctor::descriptions::{OtherClients, PublicClient, Reading};

/// So many are described; each takes a call of its own, of which AWS allows a few a second.
const MOST: usize = 100;

/// The most that one page has.
const A_PAGE: i32 = 60;

impl Read<'_> {
    /// Looks for public clients among the others.
    pub(super) async fn other_clients(&self) -> Reading<OtherClients> {
        let mut others = OtherClients::default();
        let mut seen = 0;
        let mut page = None;
        loop {
            let answer = self
                .one(
                    self.client
                        .list_user_pool_clients()
                        .user_pool_id(&self.cognito.user_pool_id)
                        .max_results(A_PAGE)
                        .set_next_token(page)
                        .send(),
                    |answer| Some((answer.user_pool_clients, answer.next_token)),
                )
                .await;
            let (clients, next) = match answer {
                Reading::Read(answer) => answer,
                Reading::Failed(reason) if seen > 0 => {
                    others.incomplete = Some(reason);
                    return Reading::Read(others);
                }
                Reading::Missing => return Reading::Missing,
                Reading::Denied => return Reading::Denied,
                Reading::Failed(reason) => return Reading::Failed(reason),
                Reading::NotGiven => return Reading::NotGiven,
            };
            for client in clients.unwrap_or_default() {
                let Some(id) = client.client_id().filter(|id| *id != self.cognito.client_id) else {
                    continue;
                };
                seen += 1;
                if seen > MOST {
                    others.incomplete = Some(format!("there are more than {MOST}"));
                    return Reading::Read(others);
                }
                match self.is_public(id).await {
                    Ok(false) => {}
                    Ok(true) => others.public.push(public(id, &client)),
                    Err(reason) => {
                        others.incomplete = Some(reason);
                        return Reading::Read(others);
                    }
                }
            }
            page = next.filter(|token| !token.is_empty());
            if page.is_none() {
                return Reading::Read(others);
            }
        }
    }

    /// Whether a client has no secret; the secret itself goes no further than this.
    async fn is_public(&self, id: &str) -> Result<bool, String> {
        let answer = self
            .one(
                self.client
                    .describe_user_pool_client()
                    .user_pool_id(&self.cognito.user_pool_id)
                    .client_id(id)
                    .send(),
                |answer| {
                    let client = answer.user_pool_client?;
                    Some(client.client_secret.is_none_or(|secret| secret.is_empty()))
                },
            )
            .await;
        match answer {
            Reading::Read(is_public) => Ok(is_public),
            // Deleted since it was listed.
            Reading::Missing => Ok(false),
            Reading::Denied => Err(
                "this needs cognito-idp:DescribeUserPoolClient, which the credentials do not allow"
                    .to_owned(),
            ),
            Reading::Failed(reason) => Err(reason),
            Reading::NotGiven => Err("it was not asked".to_owned()),
        }
    }
}

fn public(id: &str, client: &UserPoolClientDescription) -> PublicClient {
    PublicClient { id: id.to_owned(), name: client.client_name().unwrap_or_default().to_owned() }
}
