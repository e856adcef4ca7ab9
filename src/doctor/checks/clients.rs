//! App clients: what ours does beyond its secret, and the others that go round this service.

use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, PreventUserExistenceErrorTypes, UserPoolClientType, UserPoolType,
};

use serde_json::json;

use super::{
    Checkup, WITH_ALL_SECTIONS,
    sections::{Change, admin_create_user_config},
};
use crate::doctor::{
    Code,
    commands::{quoted, shown},
    descriptions::OtherClients,
};

impl Checkup<'_> {
    pub(super) fn self_sign_up(&mut self, pool: &UserPoolType) {
        let Some(config) = pool
            .admin_create_user_config()
            .filter(|config| AdminCreateUserConfigType::allow_admin_create_user_only(config))
        else {
            return;
        };
        let (with, command) = self.change_pool(&Change {
            argument: "--admin-create-user-config",
            section: admin_create_user_config(config, json!({"AllowAdminCreateUserOnly": false})),
            alone: "AllowAdminCreateUserOnly=false".to_owned(),
        });
        self.find(
            Code::AdminOnly,
            "The pool lets administrators alone create accounts: every sign-up fails.",
            format!("Allow people to sign up. {with}"),
            command,
        );
    }

    pub(super) fn user_existence_errors(&mut self, client: &UserPoolClientType) {
        if client.prevent_user_existence_errors() == Some(&PreventUserExistenceErrorTypes::Enabled)
        {
            return;
        }
        self.find(
            Code::UserExistenceErrors,
            "PreventUserExistenceErrors of the app client is LEGACY: whoever signs in or resets a password through it is told that there is no such account. This service hides it at its own routes all the same.",
            format!("Switch it on. {WITH_ALL_SECTIONS}"),
            self.commands.update_client("--prevent-user-existence-errors ENABLED"),
        );
    }

    /// `SignUp` needs no credentials: whoever has the id of a public client may call it.
    pub(super) fn other_clients(&mut self, others: &OtherClients, pool: Option<&UserPoolType>) {
        let trigger =
            pool.and_then(|pool| pool.lambda_config()).and_then(|triggers| triggers.pre_sign_up());
        let is_signed = self.config.cognito.signature.signing_key.is_some();
        for client in &others.public {
            let (id, name) = (shown(&client.id), shown(&client.name));
            let (code, hope) = match trigger {
                Some(_) if is_signed => (
                    Code::PublicClientBehindSignature,
                    ", unless the pool's pre-sign-up trigger refuses what this service did not sign, as cognito.signature is for: see for yourself that it does",
                ),
                Some(_) => (
                    Code::PublicClientBehindTrigger,
                    ", unless the pool's pre-sign-up trigger refuses what this service did not send",
                ),
                None => (Code::PublicClient, ""),
            };
            self.find(
                code,
                format!("The app client `{name}` ({id}) of the same pool has no secret: anyone who knows its id, which is in its front end for all to read, signs up past this service, its limits and its checks{hope}."),
                "A client cannot be given back to people without a secret and be closed: move its front end to a client of a pool whose sign-ups are closed, let it sign in through a back end, or check in a pre-sign-up trigger for something that this service alone sends; then delete it. The line shows it.",
                self.commands.about_pool("describe-user-pool-client", &format!("--client-id {}", quoted(&client.id))),
            );
        }
    }
}
