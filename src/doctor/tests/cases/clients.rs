use serde_json::{Value, json};

use super::{Case, FindingCode};
use crate::doctor::{
    descriptions::{OtherClients, PublicClient, ReadResult},
    secrets::SecretStatus,
    tests::SECOND,
};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:v-AbCdEf#key";

const SIGNED: &[(&str, &str)] =
    &[("COGNITO__SIGNATURE__SIGNING_KEY", "swordfish-of-at-least-thirty-two-characters")];

pub(super) fn cases() -> Vec<Case> {
    [missing(), not_checked(), client(), sessions(), secrets(), others()]
        .into_iter()
        .flatten()
        .collect()
}

fn missing() -> Vec<Case> {
    vec![
        Case::new(FindingCode::PoolNotFound, "a pool"),
        Case::new(FindingCode::PoolNotFound, "no pool")
            .change(|it| it.pool = ReadResult::NotFound)
            .says("eu-central-1_EXAMPLE"),
        Case::new(FindingCode::ClientNotFound, "an app client"),
        Case::new(FindingCode::ClientNotFound, "no app client")
            .change(|it| it.client = ReadResult::NotFound)
            .says("1example23456789"),
        Case::new(FindingCode::ClientNotFound, "a missing pool is reported once").change(|it| {
            it.pool = ReadResult::NotFound;
            it.client = ReadResult::NotFound;
        }),
    ]
}

fn not_checked() -> Vec<Case> {
    let case = |what| Case::new(FindingCode::NotChecked, what);
    vec![
        case("the doctor read everything"),
        case("no permission for the pool")
            .change(|it| it.pool = ReadResult::Denied)
            .says("do not allow cognito-idp:DescribeUserPool."),
        case("no permission for the app client")
            .change(|it| it.client = ReadResult::Denied)
            .says("do not allow cognito-idp:DescribeUserPoolClient."),
        case("no permission for the pool, and no app client")
            .change(|it| (it.pool, it.client) = (ReadResult::Denied, ReadResult::NotFound))
            .says("do not allow cognito-idp:DescribeUserPool."),
        case("a missing app client is reported once").change(|it| {
            it.client = ReadResult::NotFound;
            it.active_secrets = ReadResult::NotFound;
        }),
        case("no permission for the list")
            .change(|it| it.other_clients = ReadResult::Denied)
            .says("do not allow cognito-idp:ListUserPoolClients."),
        case("no permission for the secrets")
            .change(|it| it.active_secrets = ReadResult::Denied)
            .says("do not allow cognito-idp:ListUserPoolClientSecrets."),
        case("no response")
            .change(|it| it.pool = ReadResult::Failed("AWS did not respond in time".to_owned()))
            .says("did not check the settings of the pool: AWS did not respond in time"),
        case("no file")
            .change(|it| it.active_secrets = ReadResult::NotProvided)
            .says("no file has the output"),
        case("an operation that does not exist")
            .change(|it| it.active_secrets = ReadResult::NotFound)
            .says("reports that the resource does not exist"),
        case("more app clients than are examined")
            .change(|it| {
                let incomplete = Some("there are more than 100".to_owned());
                it.other_clients = ReadResult::Read(OtherClients { public: Vec::new(), incomplete });
            })
            .says("did not check every other app client: there are more than 100"),
        case("an unknown status of the secret")
            .change(|it| it.primary = SecretStatus::Unknown)
            .says("did not check cognito.client_secret"),
        case("a secret that was not read")
            .settings(&[("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_ARN", ARN)])
            .says("--secret-id arn:aws:secretsmanager:eu-central-1:000000000000:secret:v-AbCdEf --query VersionId"),
        case("a secondary secret that was not read")
            .settings(&[("COGNITO__SECONDARY_CLIENT_SECRET_ARN", ARN)])
            .says("For cognito.secondary_client_secret_arn, the doctor did not check the secret"),
        case("a secret that the pool returns").settings(&[("COGNITO__CLIENT_SECRET", "")]),
    ]
}

fn client() -> Vec<Case> {
    let admin_only =
        |yes: bool| json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": yes}});
    let errors = |how: Value| json!({"PreventUserExistenceErrors": how});
    vec![
        Case::new(FindingCode::AdminOnly, "users may sign up").pool(admin_only(false)),
        Case::new(FindingCode::AdminOnly, "only administrators")
            .pool(admin_only(true))
            .says(r#"--admin-create-user-config '{"AllowAdminCreateUserOnly":false}'"#),
        Case::new(FindingCode::AdminOnly, "only administrators, with an invitation")
            .pool(json!({"AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": true,
                "UnusedAccountValidityDays": 7,
                "InviteMessageTemplate": {"EmailSubject": "Come in"}
            }}))
            .says(r#"'{"AllowAdminCreateUserOnly":false,"InviteMessageTemplate":{"EmailSubject":"Come in"}}'"#),
        Case::new(FindingCode::AdminOnly, "no configuration").pool(json!({"AdminCreateUserConfig": null})),
        Case::new(FindingCode::UserExistenceErrors, "on").client(errors(json!("ENABLED"))),
        Case::new(FindingCode::UserExistenceErrors, "off").client(errors(json!("LEGACY"))).says(
            "--cli-input-json file://client-now.json --prevent-user-existence-errors ENABLED",
        ),
        Case::new(FindingCode::UserExistenceErrors, "not set, which is off")
            .client(errors(Value::Null))
            .says("LEGACY"),
    ]
}

fn sessions() -> Vec<Case> {
    let case = |what, flows: Value| {
        Case::new(FindingCode::UserAuthNotAllowed, what)
            .settings(&[("REGISTRATION__RETURN_SESSION", "true")])
            .client(json!({"ExplicitAuthFlows": flows}))
    };
    vec![
        case("allowed", json!(["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"])),
        case("not allowed", json!(["ALLOW_USER_SRP_AUTH"])).says(
            "file://client-now.json --explicit-auth-flows ALLOW_USER_SRP_AUTH ALLOW_USER_AUTH",
        ),
        case("not set, which allows three others", Value::Null)
            .says("ALLOW_REFRESH_TOKEN_AUTH ALLOW_USER_SRP_AUTH ALLOW_CUSTOM_AUTH ALLOW_USER_AUTH"),
        Case::new(FindingCode::UserAuthNotAllowed, "not needed"),
    ]
}

fn secrets() -> Vec<Case> {
    let with_second = &[("COGNITO__SECONDARY_CLIENT_SECRET", SECOND)];
    let without = |what| {
        Case::new(FindingCode::ClientWithoutSecret, what).client(json!({"ClientSecret": null}))
    };
    vec![
        Case::new(FindingCode::ClientWithoutSecret, "a secret"),
        without("no secret")
            .change(|it| it.active_secrets = ReadResult::Read(0))
            .says("--generate-secret"),
        without("the number of secrets is unknown")
            .change(|it| it.active_secrets = ReadResult::Denied)
            .says("has no secret"),
        without("a secret that AWS does not return"),
        Case::new(FindingCode::SecretRejected, "the same"),
        Case::new(FindingCode::SecretRejected, "another secret, and the pool has one secret")
            .client(json!({"ClientSecret": "some-other-secret"}))
            .change(|_| {})
            .says("Every sign-up fails"),
        Case::new(FindingCode::SecretRejected, "the pool rejected the secret")
            .change(|it| it.primary = SecretStatus::Rejected)
            .says("rejects cognito.client_secret"),
        Case::new(FindingCode::SecretRejected, "the pool rejects both secrets")
            .settings(with_second)
            .change(|it| {
                (it.primary, it.secondary) = (SecretStatus::Rejected, SecretStatus::Rejected);
            })
            .says("Every sign-up fails"),
        Case::new(FindingCode::SecretRejected, "the other secret was not read")
            .settings(&[("COGNITO__SECONDARY_CLIENT_SECRET_ARN", ARN)])
            .change(|it| it.primary = SecretStatus::Rejected)
            .says("unless the pool accepts cognito.secondary_client_secret"),
        Case::new(FindingCode::SecretRejected, "the pool accepts the other secret")
            .settings(with_second)
            .change(|it| {
                (it.primary, it.secondary) = (SecretStatus::Rejected, SecretStatus::Accepted);
            }),
        Case::new(FindingCode::SecretDiffers, "the same"),
        Case::new(FindingCode::SecretDiffers, "another secret, and an unknown number of secrets")
            .change(|it| it.primary = SecretStatus::Differs)
            .says("unless it is the second active secret"),
        Case::new(FindingCode::SecretDiffers, "another secret, and the pool has one secret")
            .client(json!({"ClientSecret": "some-other-secret"})),
        Case::new(FindingCode::SecretPrimaryStale, "the first is accepted")
            .settings(with_second)
            .change(|it| {
                (it.primary, it.secondary) = (SecretStatus::Accepted, SecretStatus::Accepted);
            }),
        Case::new(FindingCode::SecretPrimaryStale, "only the second is accepted")
            .settings(with_second)
            .change(|it| {
                (it.primary, it.secondary) = (SecretStatus::Rejected, SecretStatus::Accepted);
            })
            .says("Complete the rotation"),
        Case::new(FindingCode::SecretSecondaryStale, "no secondary secret"),
        Case::new(FindingCode::SecretSecondaryStale, "the pool accepts both secrets")
            .settings(with_second)
            .change(|it| {
                (it.primary, it.secondary) = (SecretStatus::Accepted, SecretStatus::Accepted);
            }),
        Case::new(
            FindingCode::SecretSecondaryStale,
            "another secret than the only secret of the pool",
        )
        .settings(with_second)
        .says("rejects cognito.secondary_client_secret"),
    ]
}

fn others() -> Vec<Case> {
    fn one_public(it: &mut crate::doctor::Descriptions) {
        let public = vec![PublicClient {
            id: "7public".to_owned(),
            name: "web\u{1b}[31m\u{202e}".to_owned(),
        }];
        it.other_clients = ReadResult::Read(OtherClients { public, incomplete: None });
    }
    let pre_sign_up = json!({"LambdaConfig": {"PreSignUp": "arn:aws:lambda:eu-central-1:000000000000:function:gate"}});
    vec![
        Case::new(FindingCode::PublicClient, "no public app client"),
        Case::new(FindingCode::PublicClient, "a public app client").change(one_public).says("describe-user-pool-client --region eu-central-1 --user-pool-id eu-central-1_EXAMPLE --client-id 7public"),
        Case::new(FindingCode::PublicClient, "a public app client whose name would colour a terminal").change(one_public).says("`web\u{fffd}[31m\u{fffd}` (7public)"),
        Case::new(FindingCode::PublicClient, "a public app client behind a trigger").pool(pre_sign_up.clone()).change(one_public),
        Case::new(FindingCode::PublicClient, "a public app client, and no trigger checks the signature").settings(SIGNED).change(one_public).says("can sign up without this service"),
        Case::new(FindingCode::PublicClientBehindTrigger, "a public app client behind a trigger, with a signature").settings(SIGNED).pool(pre_sign_up.clone()).change(one_public),
        Case::new(FindingCode::PublicClientBehindSignature, "a public app client behind a trigger, with a signature").settings(SIGNED).pool(pre_sign_up.clone()).change(one_public).says("without the signature of this service"),
        Case::new(FindingCode::PublicClientBehindSignature, "a public app client behind a trigger").pool(pre_sign_up.clone()).change(one_public),
        Case::new(FindingCode::PublicClientBehindTrigger, "no public app client").pool(pre_sign_up.clone()),
        Case::new(FindingCode::PublicClientBehindTrigger, "a public app client").pool(pre_sign_up).change(one_public).says("unless the pool's pre-sign-up trigger"),
        Case::new(FindingCode::PublicClientBehindTrigger, "a public app client, and no trigger").change(one_public),
    ]
}
