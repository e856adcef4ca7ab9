//! The client secrets.

use super::Checkup;
use crate::doctor::{Code, Descriptions, secrets::Verdict};

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
        let show = self.commands.show_client("UserPoolClient.ClientSecret");
        match (descriptions.primary, descriptions.secondary) {
            (Verdict::Refused, Verdict::Taken) => self.find(
                Code::SecretPrimaryStale,
                "The pool takes cognito.secondary_client_secret and no longer takes cognito.client_secret: each process is refused once before it uses the other, and keys that are derived from the primary secret still are.",
                "End the rotation: make the secondary secret the primary one. The line prints one that is active, so mind who looks on.",
                &show,
            ),
            (Verdict::Refused, _) => self.find(
                Code::SecretRefused,
                "The pool does not take cognito.client_secret: every sign-up fails.",
                "Set cognito.client_secret, or the file or variable it comes from, to the app client's secret, which the line prints: mind who looks on.",
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
            (Verdict::Taken | Verdict::NotSet, _) => {}
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

    fn without_secret(&mut self) {
        self.find(
            Code::ClientWithoutSecret,
            format!("The app client `{}` has no secret: anyone who knows its id signs up past this service, and Cognito refuses the SecretHash that this service sends.", self.config.cognito.client_id),
            "A client cannot be given a secret that it was made without: make one that has it, and set cognito.client_id and cognito.client_secret to what the line prints.",
            self.commands.about_pool("create-user-pool-client", "--client-name vestibule --generate-secret --prevent-user-existence-errors ENABLED"),
        );
    }
}
