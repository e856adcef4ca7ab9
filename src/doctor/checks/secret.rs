//! The client secrets.

use super::Checkup;
use crate::{
    config::SecretSource,
    doctor::{Code, Descriptions, commands::Commands, secrets::Verdict},
};

impl Checkup<'_> {
    pub(super) fn secrets(&mut self, descriptions: &Descriptions) {
        let has_active = descriptions.active_secrets.read().is_some_and(|active| *active > 0);
        let shows_none = descriptions
            .client
            .read()
            .is_some_and(|client| client.client_secret().is_none_or(str::is_empty));
        if shows_none && !has_active {
            return self.without_secret();
        }
        self.not_read(descriptions);
        let (other, its_place) = match self.config.cognito.secondary_client_secret_source() {
            Some(_) => ("cognito.secondary_client_secret", "the primary one"),
            None => ("the version AWSPREVIOUS of cognito.client_secret_arn", "AWSCURRENT"),
        };
        let show = self.commands.show_client("UserPoolClient.ClientSecret");
        match (descriptions.primary, descriptions.secondary) {
            (Verdict::Refused, Verdict::Taken) => self.find(
                Code::SecretPrimaryStale,
                format!("The pool takes {other} and no longer takes cognito.client_secret: the first call of each process is rejected before the process uses the other."),
                format!("End the rotation: make the other secret {its_place}. The line prints one that is active, so mind who looks on."),
                &show,
            ),
            (Verdict::Refused, Verdict::NotRead) => self.find(
                Code::SecretRejected,
                format!("The pool does not take cognito.client_secret: every sign-up fails, unless it takes {other}."),
                "Set cognito.client_secret, or where it comes from, to the app client's secret, which the line prints: mind who looks on.",
                &show,
            ),
            (Verdict::Refused, _) => self.find(
                Code::SecretRejected,
                "The pool does not take cognito.client_secret: every sign-up fails.",
                "Set cognito.client_secret, or where it comes from, to the app client's secret, which the line prints: mind who looks on.",
                &show,
            ),
            (Verdict::Differs, _) => self.find(
                Code::SecretDiffers,
                "cognito.client_secret is not the secret that the pool shows: unless it is the client's second active one, every sign-up fails.",
                "Run the doctor with credentials, which asks the pool, or compare with what the line prints: mind who looks on.",
                &show,
            ),
            (Verdict::Unknown, _) => self.find(
                Code::NotChecked,
                "Whether the pool takes cognito.client_secret was not checked: its secret could not be compared, and the pool gave no verdict.",
                "Run the doctor again with credentials that allow cognito-idp:DescribeUserPoolClient; the line tries it, and prints the secret.",
                &show,
            ),
            (Verdict::Taken | Verdict::NotSet | Verdict::NotRead, _) => {}
        }
        if descriptions.secondary == Verdict::Refused {
            self.find(
                Code::SecretSecondaryStale,
                "The pool does not take cognito.secondary_client_secret: it helps nobody when the primary one is deleted.",
                "Take it out of the settings, or set it to the client's second active secret; the line lists both by their ids.",
                self.commands.about_client("list-user-pool-client-secrets", ""),
            );
        }
    }

    /// Notes which secrets the settings name, and nobody has read.
    fn not_read(&mut self, descriptions: &Descriptions) {
        let cognito = &self.config.cognito;
        let (primary, secondary) =
            (cognito.client_secret_source(), cognito.secondary_client_secret_source());
        let before = primary.clone().filter(|_| descriptions.primary != Verdict::NotRead);
        let (name, secondary) = match secondary {
            Some(_) => ("the secret", secondary),
            None => ("the version AWSPREVIOUS", before),
        };
        for (verdict, name, source) in [
            (descriptions.primary, "the secret", primary),
            (descriptions.secondary, name, secondary),
        ] {
            if let (Verdict::NotRead, Some(SecretSource::SecretsManager { setting, address })) =
                (verdict, source)
            {
                self.find(
                    Code::NotChecked,
                    format!("Whether the pool takes {name} of {setting} was not checked: it was not read."),
                    "Run the doctor without --offline, with credentials that allow secretsmanager:GetSecretValue, which the line tries; where they do, mind the key behind the `#`.",
                    Commands::try_secret(&address),
                );
            }
        }
    }

    fn without_secret(&mut self) {
        self.find(
            Code::ClientWithoutSecret,
            format!("The app client `{}` has no secret: anyone who knows its id signs up past this service, and Cognito refuses the SecretHash that this service sends.", self.config.cognito.client_id),
            "A client cannot be given a secret that it was made without: make one that has it, and set cognito.client_id and cognito.client_secret to what the line prints.",
            self.commands.about_pool("create-user-pool-client", "--client-name vestibule --generate-secret --prevent-user-existence-errors ENABLED"),
        );
    }
}
