use super::{Case, Code};

pub(super) fn cases() -> Vec<Case> {
    let case = |what| Case::new(Code::BudgetAboveQuota, what);
    vec![
        case("the default budgets are below the default quota"),
        case("sign-ups and confirmations are one quota")
            .settings(&[("LIMITS__COGNITO__REGISTER", "40"), ("LIMITS__COGNITO__CONFIRM", "11")])
            .says("let 51 calls through in a second, and Cognito's quota UserCreation is 50"),
        case("all of the quota and no more")
            .settings(&[("LIMITS__COGNITO__REGISTER", "40"), ("LIMITS__COGNITO__CONFIRM", "10")]),
        case("resends have another")
            .settings(&[("LIMITS__COGNITO__RESEND", "60")])
            .says("limits.cognito.resend let 60 calls through"),
        case("the account may do more")
            .settings(&[("LIMITS__COGNITO__RESEND", "60"), ("LIMITS__COGNITO__QUOTA", "100")]),
        case("the account may do less")
            .settings(&[("LIMITS__COGNITO__QUOTA", "20")])
            .says("UserCreation is 20"),
        case("without a budget there is none above the quota")
            .settings(&[("LIMITS__COGNITO__RESEND", "60"), ("LIMITS__COGNITO__MODE", "off")]),
    ]
}
