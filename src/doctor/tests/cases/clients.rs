use serde_json::{Value, json};

use super::{Case, Code};
use crate::doctor::{
    descriptions::{OtherClients, PublicClient, Reading},
    secrets::Verdict,
    tests::SECOND,
};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:v-AbCdEf#key";

const SIGNED: &[(&str, &str)] =
    &[("COGNITO__SIGNATURE__SIGNING_KEY", "swordfish-of-at-least-thirty-two-characters")];

pub(super) fn cases() -> Vec<Case> {
    [missing(), not_checked(), client(), secrets(), others()].into_iter().flatten().collect()
}

fn missing() -> Vec<Case> {
    vec![
        Case::new(Code::PoolNotFound, "a pool"),
        Case::new(Code::PoolNotFound, "no pool")
            .change(|it| it.pool = Reading::Missing)
            .says("eu-central-1_EXAMPLE"),
        Case::new(Code::ClientNotFound, "a client"),
        Case::new(Code::ClientNotFound, "no client")
            .change(|it| it.client = Reading::Missing)
            .says("1example23456789"),
        Case::new(Code::ClientNotFound, "no pool is enough said").change(|it| {
            it.pool = Reading::Missing;
            it.client = Reading::Missing;
        }),
    ]
}

fn not_checked() -> Vec<Case> {
    let case = |what| Case::new(Code::NotChecked, what);
    vec![
        case("all is read"),
        case("no right to the pool")
            .change(|it| it.pool = Reading::Denied)
            .says("needs cognito-idp:DescribeUserPool, which"),
        case("no right to the client")
            .change(|it| it.client = Reading::Denied)
            .says("needs cognito-idp:DescribeUserPoolClient, which"),
        case("no right to the pool, and no client")
            .change(|it| (it.pool, it.client) = (Reading::Denied, Reading::Missing))
            .says("needs cognito-idp:DescribeUserPool, which"),
        case("no client is enough said").change(|it| {
            it.client = Reading::Missing;
            it.active_secrets = Reading::Missing;
        }),
        case("no right to the list")
            .change(|it| it.other_clients = Reading::Denied)
            .says("needs cognito-idp:ListUserPoolClients, which"),
        case("no right to the secrets")
            .change(|it| it.active_secrets = Reading::Denied)
            .says("needs cognito-idp:ListUserPoolClientSecrets, which"),
        case("no answer")
            .change(|it| it.pool = Reading::Failed("AWS did not answer in time".to_owned()))
            .says("were not checked: AWS did not answer in time"),
        case("no file")
            .change(|it| it.active_secrets = Reading::NotGiven)
            .says("no file has the answer"),
        case("an operation that does not exist there")
            .change(|it| it.active_secrets = Reading::Missing)
            .says("there is no such thing"),
        case("more clients than are looked at")
            .change(|it| {
                let incomplete = Some("there are more than 100".to_owned());
                it.other_clients = Reading::Read(OtherClients { public: Vec::new(), incomplete });
            })
            .says("Not every other app client was looked at: there are more than 100"),
        case("no verdict on the secret")
            .change(|it| it.primary = Verdict::Unknown)
            .says("takes cognito.client_secret was not checked"),
        case("a secret that nobody has read")
            .settings(&[("COGNITO__CLIENT_SECRET", ""), ("COGNITO__CLIENT_SECRET_ARN", ARN)])
            .says("--secret-id arn:aws:secretsmanager:eu-central-1:000000000000:secret:v-AbCdEf --query VersionId"),
        case("another that nobody has read")
            .settings(&[("COGNITO__SECONDARY_CLIENT_SECRET_ARN", ARN)])
            .says("the secret of cognito.secondary_client_secret_arn was not checked"),
        case("a secret that is asked of the pool").settings(&[("COGNITO__CLIENT_SECRET", "")]),
    ]
}

fn client() -> Vec<Case> {
    let admin_only =
        |yes: bool| json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": yes}});
    let errors = |how: Value| json!({"PreventUserExistenceErrors": how});
    vec![
        Case::new(Code::AdminOnly, "people may sign up").pool(admin_only(false)),
        Case::new(Code::AdminOnly, "administrators alone")
            .pool(admin_only(true))
            .says(r#"--admin-create-user-config '{"AllowAdminCreateUserOnly":false}'"#),
        Case::new(Code::AdminOnly, "administrators alone, with an invitation")
            .pool(json!({"AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": true,
                "UnusedAccountValidityDays": 7,
                "InviteMessageTemplate": {"EmailSubject": "Come in"}
            }}))
            .says(r#"'{"AllowAdminCreateUserOnly":false,"InviteMessageTemplate":{"EmailSubject":"Come in"}}'"#),
        Case::new(Code::AdminOnly, "nothing is told").pool(json!({"AdminCreateUserConfig": null})),
        Case::new(Code::UserExistenceErrors, "on").client(errors(json!("ENABLED"))),
        Case::new(Code::UserExistenceErrors, "off").client(errors(json!("LEGACY"))).says(
            "--cli-input-json file://client-now.json --prevent-user-existence-errors ENABLED",
        ),
        Case::new(Code::UserExistenceErrors, "not told, which is off")
            .client(errors(Value::Null))
            .says("LEGACY"),
    ]
}

fn secrets() -> Vec<Case> {
    let with_second = &[("COGNITO__SECONDARY_CLIENT_SECRET", SECOND)];
    let without =
        |what| Case::new(Code::ClientWithoutSecret, what).client(json!({"ClientSecret": null}));
    vec![
        Case::new(Code::ClientWithoutSecret, "a secret"),
        without("no secret")
            .change(|it| it.active_secrets = Reading::Read(0))
            .says("--generate-secret"),
        without("nobody may look how many")
            .change(|it| it.active_secrets = Reading::Denied)
            .says("has no secret"),
        without("one that is not shown"),
        Case::new(Code::SecretRejected, "the same"),
        Case::new(Code::SecretRejected, "another, of one")
            .client(json!({"ClientSecret": "some-other-secret"}))
            .change(|_| {})
            .says("every sign-up fails"),
        Case::new(Code::SecretRejected, "the pool said so")
            .change(|it| it.primary = Verdict::Refused)
            .says("does not take cognito.client_secret"),
        Case::new(Code::SecretRejected, "both, of which the pool takes none")
            .settings(with_second)
            .change(|it| (it.primary, it.secondary) = (Verdict::Refused, Verdict::Refused))
            .says("every sign-up fails"),
        Case::new(Code::SecretRejected, "nobody has read the other one")
            .settings(&[("COGNITO__SECONDARY_CLIENT_SECRET_ARN", ARN)])
            .change(|it| it.primary = Verdict::Refused)
            .says("unless it takes cognito.secondary_client_secret"),
        Case::new(Code::SecretRejected, "the other one helps")
            .settings(with_second)
            .change(|it| (it.primary, it.secondary) = (Verdict::Refused, Verdict::Taken)),
        Case::new(Code::SecretDiffers, "the same"),
        Case::new(Code::SecretDiffers, "another, of nobody knows how many")
            .change(|it| it.primary = Verdict::Differs)
            .says("unless it is the client's second active one"),
        Case::new(Code::SecretDiffers, "another, of one")
            .client(json!({"ClientSecret": "some-other-secret"})),
        Case::new(Code::SecretPrimaryStale, "the first is taken")
            .settings(with_second)
            .change(|it| (it.primary, it.secondary) = (Verdict::Taken, Verdict::Taken)),
        Case::new(Code::SecretPrimaryStale, "the second alone is taken")
            .settings(with_second)
            .change(|it| (it.primary, it.secondary) = (Verdict::Refused, Verdict::Taken))
            .says("End the rotation"),
        Case::new(Code::SecretSecondaryStale, "there is none"),
        Case::new(Code::SecretSecondaryStale, "both are taken")
            .settings(with_second)
            .change(|it| (it.primary, it.secondary) = (Verdict::Taken, Verdict::Taken)),
        Case::new(Code::SecretSecondaryStale, "another than the only one")
            .settings(with_second)
            .says("does not take cognito.secondary_client_secret"),
    ]
}

fn others() -> Vec<Case> {
    fn one_public(it: &mut crate::doctor::Descriptions) {
        let public = vec![PublicClient {
            id: "7public".to_owned(),
            name: "web\u{1b}[31m\u{202e}".to_owned(),
        }];
        it.other_clients = Reading::Read(OtherClients { public, incomplete: None });
    }
    let pre_sign_up = json!({"LambdaConfig": {"PreSignUp": "arn:aws:lambda:eu-central-1:000000000000:function:gate"}});
    vec![
        Case::new(Code::PublicClient, "none"),
        Case::new(Code::PublicClient, "one").change(one_public).says("describe-user-pool-client --region eu-central-1 --user-pool-id eu-central-1_EXAMPLE --client-id 7public"),
        Case::new(Code::PublicClient, "one whose name would colour a terminal").change(one_public).says("`web\u{fffd}[31m\u{fffd}` (7public)"),
        Case::new(Code::PublicClient, "one behind a trigger").pool(pre_sign_up.clone()).change(one_public),
        Case::new(Code::PublicClient, "one, and nothing looks at the signature").settings(SIGNED).change(one_public).says("signs up past this service"),
        Case::new(Code::PublicClientBehindTrigger, "one behind a trigger, with a signature").settings(SIGNED).pool(pre_sign_up.clone()).change(one_public),
        Case::new(Code::PublicClientBehindSignature, "one behind a trigger, with a signature").settings(SIGNED).pool(pre_sign_up.clone()).change(one_public).says("what this service did not sign"),
        Case::new(Code::PublicClientBehindSignature, "one behind a trigger").pool(pre_sign_up.clone()).change(one_public),
        Case::new(Code::PublicClientBehindTrigger, "none").pool(pre_sign_up.clone()),
        Case::new(Code::PublicClientBehindTrigger, "one").pool(pre_sign_up).change(one_public).says("unless the pool's pre-sign-up trigger"),
        Case::new(Code::PublicClientBehindTrigger, "one, and no trigger").change(one_public),
    ]
}
