use super::Examination;
use crate::{
    config::SecretSource,
    doctor::{Descriptions, FindingCode, commands::Commands, secrets::SecretStatus},
};

const SET_SECRET: &str = "Set cognito.client_secret, or the source of the secret, to the app client's secret. The command prints the secret.";

impl Examination<'_> {
    pub(super) fn secrets(&mut self, descriptions: &Descriptions) {
        let has_active = descriptions.active_secrets.value().is_some_and(|active| *active > 0);
        let shows_none = descriptions
            .client
            .value()
            .is_some_and(|client| client.client_secret().is_none_or(str::is_empty));
        if shows_none && !has_active {
            return self.without_secret();
        }
        self.secrets_not_read(descriptions);
        let (other, primary) = match self.config.cognito.secondary_client_secret_source() {
            Some(_) => ("cognito.secondary_client_secret", "the primary secret"),
            None => ("the version AWSPREVIOUS of cognito.client_secret_arn", "AWSCURRENT"),
        };
        let show = self.commands.show_client("UserPoolClient.ClientSecret");
        match (descriptions.primary, descriptions.secondary) {
            (SecretStatus::Rejected, SecretStatus::Accepted) => self.add(
                FindingCode::SecretPrimaryStale,
                format!("The pool rejects cognito.client_secret and accepts {other}. Cognito rejects the first call of each process, which then uses the other secret."),
                format!("Complete the rotation: make the other secret {primary}. The command prints an active secret."),
                &show,
            ),
            (SecretStatus::Rejected, SecretStatus::NotRead) => self.add(
                FindingCode::SecretRejected,
                format!("The pool rejects cognito.client_secret. Every sign-up fails, unless the pool accepts {other}."),
                SET_SECRET,
                &show,
            ),
            (SecretStatus::Rejected, _) => self.add(
                FindingCode::SecretRejected,
                "The pool rejects cognito.client_secret. Every sign-up fails.",
                SET_SECRET,
                &show,
            ),
            (SecretStatus::Differs, _) => self.add(
                FindingCode::SecretDiffers,
                "cognito.client_secret is not the secret that AWS returned. Every sign-up fails, unless it is the second active secret.",
                "Run the doctor with credentials, or compare the secret with the output of the command.",
                &show,
            ),
            (SecretStatus::Unknown, _) => self.add(
                FindingCode::NotChecked,
                "The doctor did not check cognito.client_secret: the doctor could not compare the secret, and the pool neither accepted nor rejected it.",
                "Run the doctor with credentials that allow cognito-idp:DescribeUserPoolClient. The command tries the call and prints the secret.",
                &show,
            ),
            (SecretStatus::Accepted | SecretStatus::NotSet | SecretStatus::NotRead, _) => {}
        }
        if descriptions.secondary == SecretStatus::Rejected {
            self.add(
                FindingCode::SecretSecondaryStale,
                "The pool rejects cognito.secondary_client_secret. This secret cannot replace a deleted primary secret.",
                "Remove the secondary secret from the settings, or set it to the second active secret. The command lists the ids of the active secrets.",
                self.commands.about_client("list-user-pool-client-secrets", ""),
            );
        }
    }

    fn secrets_not_read(&mut self, descriptions: &Descriptions) {
        let cognito = &self.config.cognito;
        let (primary, secondary) =
            (cognito.client_secret_source(), cognito.secondary_client_secret_source());
        let previous = primary.clone().filter(|_| descriptions.primary != SecretStatus::NotRead);
        let (name, secondary) = match secondary {
            Some(_) => ("the secret", secondary),
            None => ("the version AWSPREVIOUS", previous),
        };
        for (status, name, source) in [
            (descriptions.primary, "the secret", primary),
            (descriptions.secondary, name, secondary),
        ] {
            if let (
                SecretStatus::NotRead,
                Some(SecretSource::SecretsManager { setting, address }),
            ) = (status, source)
            {
                self.add(
                    FindingCode::NotChecked,
                    format!("For {setting}, the doctor did not check {name}, because the doctor did not read it."),
                    "Run the doctor without --offline and with credentials that allow secretsmanager:GetSecretValue. The command tries the call. If the call succeeds, check the JSON key after the `#`.",
                    Commands::try_secret(&address),
                );
            }
        }
    }

    fn without_secret(&mut self) {
        self.add(
            FindingCode::ClientWithoutSecret,
            format!("The app client `{}` has no secret. Any client with this id can sign up without this service, and Cognito rejects the SecretHash of this service.", self.config.cognito.client_id),
            "Cognito adds no secret to an existing app client. Create an app client with a secret, and set cognito.client_id and cognito.client_secret to the output of the command.",
            self.commands.about_pool("create-user-pool-client", "--client-name vestibule --generate-secret --prevent-user-existence-errors ENABLED"),
        );
    }
}
