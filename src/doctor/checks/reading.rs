//! Descriptions that the doctor could not read.

use super::{super::descriptions::ReadResult, Examination};
use crate::doctor::{Descriptions, FindingCode};

impl Examination<'_> {
    pub(super) fn read_results(&mut self, descriptions: &Descriptions) {
        let cognito = &self.config.cognito;
        if descriptions.pool.is_not_found() {
            self.add(
                FindingCode::PoolNotFound,
                format!("The user pool `{}` does not exist in this account and region. Every sign-up fails.", cognito.user_pool_id),
                "Set cognito.user_pool_id and cognito.region to a pool that the command lists.",
                "aws cognito-idp list-user-pools --max-results 60",
            );
            return;
        }
        let list_clients = self.commands.about_pool("list-user-pool-clients", "");
        let client_exists = !descriptions.client.is_not_found();
        if !client_exists {
            self.add(
                FindingCode::ClientNotFound,
                format!("The pool has no app client `{}`. Every sign-up fails.", cognito.client_id),
                "Set cognito.client_id to an app client that the command lists.",
                &list_clients,
            );
        }
        self.not_read(
            "the settings of the pool",
            "DescribeUserPool",
            &descriptions.pool,
            self.commands.about_pool("describe-user-pool", ""),
        );
        if client_exists {
            self.not_read(
                "the settings and the secret of the app client",
                "DescribeUserPoolClient",
                &descriptions.client,
                self.commands.about_client("describe-user-pool-client", ""),
            );
        }
        self.not_read(
            "the other app clients",
            "ListUserPoolClients",
            &descriptions.other_clients,
            list_clients.clone(),
        );
        if client_exists {
            self.not_read(
                "the number of active secrets of the app client",
                "ListUserPoolClientSecrets",
                &descriptions.active_secrets,
                self.commands.about_client("list-user-pool-client-secrets", ""),
            );
        }
        let others = descriptions.other_clients.value();
        if let Some(reason) = others.and_then(|others| others.incomplete.as_ref()) {
            self.add(
                FindingCode::NotChecked,
                format!("The doctor did not check every other app client: {reason}."),
                "A public app client among these would bypass this service. The command lists all app clients.",
                list_clients,
            );
        }
    }

    fn not_read<T>(&mut self, object: &str, action: &str, result: &ReadResult<T>, command: String) {
        let Some(reason) = result.failure(action) else { return };
        let remedy = match result {
            ReadResult::Denied => format!(
                "Allow cognito-idp:{action} for the credentials of the doctor. The command tries the call."
            ),
            ReadResult::NotProvided => "Add a file with the output of the command.".to_owned(),
            _ => "Check the AWS credentials, cognito.region and cognito.endpoint, and run the doctor again. The command makes the same call.".to_owned(),
        };
        self.add(
            FindingCode::NotChecked,
            format!("The doctor did not check {object}: {reason}."),
            remedy,
            command,
        );
    }
}
