//! App clients: sign-ups, disclosure of accounts, and other app clients that bypass the service.

use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, ExplicitAuthFlowsType, PreventUserExistenceErrorTypes,
    UserPoolClientType, UserPoolType,
};

use serde_json::json;

use super::{
    Examination, KEEPS_SECTION,
    sections::{Change, admin_create_user_config},
};
use crate::doctor::{
    FindingCode,
    commands::{quoted, shown},
    descriptions::OtherClients,
};

impl Examination<'_> {
    pub(super) fn self_sign_up(&mut self, pool: &UserPoolType) {
        let Some(config) = pool
            .admin_create_user_config()
            .filter(|config| AdminCreateUserConfigType::allow_admin_create_user_only(config))
        else {
            return;
        };
        let (remark, command) = self.change_pool(&Change {
            argument: "--admin-create-user-config",
            section: admin_create_user_config(config, json!({"AllowAdminCreateUserOnly": false})),
            alone: "AllowAdminCreateUserOnly=false".to_owned(),
        });
        self.add(
            FindingCode::AdminOnly,
            "Only administrators can create accounts in the pool. Every sign-up fails.",
            format!("Allow users to sign up. {remark}"),
            command,
        );
    }

    pub(super) fn user_existence_errors(&mut self, client: &UserPoolClientType) {
        if client.prevent_user_existence_errors() == Some(&PreventUserExistenceErrorTypes::Enabled)
        {
            return;
        }
        self.add(
            FindingCode::UserExistenceErrors,
            "PreventUserExistenceErrors of the app client is LEGACY. Sign-in and password reset through this app client disclose if an account exists. The routes of this service do not.",
            format!("Enable PreventUserExistenceErrors. {KEEPS_SECTION}"),
            self.commands.update_client("--prevent-user-existence-errors ENABLED"),
        );
    }

    /// Reports an app client that does not allow choice-based sign-in. Cognito then returns no
    /// sessions.
    pub(super) fn sessions(&mut self, client: &UserPoolClientType) {
        let flows = client.explicit_auth_flows();
        if !self.config.registration.return_session
            || flows.contains(&ExplicitAuthFlowsType::AllowUserAuth)
        {
            return;
        }
        let mut allowed: Vec<&str> = flows.iter().map(ExplicitAuthFlowsType::as_str).collect();
        if allowed.is_empty() {
            // The flows of an app client without a list (CreateUserPoolClient).
            allowed = vec!["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"];
        }
        allowed.push("ALLOW_USER_AUTH");
        let arguments = allowed.into_iter().map(quoted).collect::<Vec<_>>().join(" ");
        self.add(
            FindingCode::UserAuthNotAllowed,
            "registration.return_session is on, but ExplicitAuthFlows of the app client does not have ALLOW_USER_AUTH. Cognito returns no sessions, so users have to sign in after the sign-up.",
            format!("Allow ALLOW_USER_AUTH, which needs the plan ESSENTIALS or PLUS, or disable registration.return_session. {KEEPS_SECTION}"),
            self.commands.update_client(&format!("--explicit-auth-flows {arguments}")),
        );
    }

    /// Reports other public app clients. `SignUp` needs no credentials. Any client can call
    /// `SignUp` with the id of a public app client.
    pub(super) fn other_clients(&mut self, others: &OtherClients, pool: Option<&UserPoolType>) {
        let trigger =
            pool.and_then(|pool| pool.lambda_config()).and_then(|triggers| triggers.pre_sign_up());
        let is_signed = self.config.cognito.signature.signing_key.is_some();
        for client in &others.public {
            let (id, name) = (shown(&client.id), shown(&client.name));
            let (code, condition) = match trigger {
                Some(_) if is_signed => (
                    FindingCode::PublicClientBehindSignature,
                    ", unless the pool's pre-sign-up trigger rejects sign-ups without the signature of this service. Verify that the trigger does",
                ),
                Some(_) => (
                    FindingCode::PublicClientBehindTrigger,
                    ", unless the pool's pre-sign-up trigger rejects sign-ups that this service did not send",
                ),
                None => (FindingCode::PublicClient, ""),
            };
            self.add(
                code,
                format!("The app client `{name}` ({id}) of the same pool has no secret. The id is public in the front end of this app client. With the id, any client can sign up without this service, its limits and its checks{condition}."),
                "Move the front end of this app client to a pool that allows no sign-ups, or let users sign in through a back end. Then delete the app client. Or reject sign-ups without the signature of this service in a pre-sign-up trigger (docs/triggers.md). The command shows the app client.",
                self.commands.about_pool("describe-user-pool-client", &format!("--client-id {}", quoted(&client.id))),
            );
        }
    }
}
