//! What could be read at all, and what is not there.

use super::{super::descriptions::Reading, Checkup};
use crate::doctor::{Code, Descriptions};

impl Checkup<'_> {
    pub(super) fn readings(&mut self, descriptions: &Descriptions) {
        let cognito = &self.config.cognito;
        if descriptions.pool.is_missing() {
            self.find(
                Code::PoolNotFound,
                format!("The user pool `{}` does not exist in this account and region: every sign-up fails.", cognito.user_pool_id),
                "Set cognito.user_pool_id and cognito.region to those of a pool that the line lists.",
                "aws cognito-idp list-user-pools --max-results 60",
            );
            return;
        }
        if descriptions.client.is_missing() {
            self.find(
                Code::ClientNotFound,
                format!("The pool has no app client `{}`: every sign-up fails.", cognito.client_id),
                "Set cognito.client_id to that of an app client that the line lists.",
                self.commands.about_pool("list-user-pool-clients", "--max-results 60"),
            );
        }
        let is_there = !descriptions.client.is_missing();
        let client = |operation| self.commands.about_client(operation, "");
        let pool = |operation| self.commands.about_pool(operation, "");
        for (what, action, why, command) in [
            (
                "The pool's own settings were",
                "DescribeUserPool",
                reason(&descriptions.pool),
                pool("describe-user-pool"),
            ),
            (
                "The app client's settings and its secret were",
                "DescribeUserPoolClient",
                reason(&descriptions.client).filter(|_| is_there),
                client("describe-user-pool-client"),
            ),
            (
                "Whether other app clients go round this service was",
                "ListUserPoolClients",
                reason(&descriptions.other_clients),
                self.commands.about_pool("list-user-pool-clients", "--max-results 60"),
            ),
            (
                "How many secrets of the app client are active was",
                "ListUserPoolClientSecrets",
                reason(&descriptions.active_secrets).filter(|_| is_there),
                client("list-user-pool-client-secrets"),
            ),
        ] {
            let Some(why) = why else { continue };
            let remedy = match why {
                Why::Denied => format!(
                    "Allow cognito-idp:{action} to the credentials that the doctor runs with; the line tries it."
                ),
                Why::Failed(_) => "Run the doctor again; the line tries the same.".to_owned(),
                Why::NotGiven => {
                    "Give the doctor what the line prints as one more file.".to_owned()
                }
            };
            self.find(
                Code::NotChecked,
                format!("{what} not checked: {}.", why.told(action)),
                remedy,
                command,
            );
        }
        if let Some(why) =
            descriptions.other_clients.read().and_then(|others| others.incomplete.as_ref())
        {
            self.find(
                Code::NotChecked,
                format!("Not every other app client was looked at: {why}."),
                "A public one among them would go round this service; the line lists them all.",
                self.commands.about_pool("list-user-pool-clients", "--max-results 60"),
            );
        }
    }
}

enum Why<'a> {
    Denied,
    Failed(&'a str),
    NotGiven,
}

impl Why<'_> {
    fn told(&self, action: &str) -> String {
        match self {
            Self::Denied => {
                format!("this needs cognito-idp:{action}, which the credentials do not allow")
            }
            Self::Failed(reason) => (*reason).to_owned(),
            Self::NotGiven => format!("no file has the answer to {action}"),
        }
    }
}

fn reason<T>(reading: &Reading<T>) -> Option<Why<'_>> {
    match reading {
        Reading::Read(_) => None,
        // Older regions and stand-ins for AWS do not know every operation.
        Reading::Missing => Some(Why::Failed("AWS says that there is no such thing")),
        Reading::Denied => Some(Why::Denied),
        Reading::Failed(reason) => Some(Why::Failed(reason)),
        Reading::NotGiven => Some(Why::NotGiven),
    }
}
