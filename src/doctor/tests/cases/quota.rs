use super::{Case, FindingCode};

pub(super) fn cases() -> Vec<Case> {
    let case = |what| Case::new(FindingCode::BudgetAboveQuota, what);
    vec![
        case("the default budgets are below the default quota"),
        case("sign-ups and confirms share one quota")
            .settings(&[("LIMITS__COGNITO__REGISTER", "40"), ("LIMITS__COGNITO__CONFIRM", "11")])
            .says("is 51 calls per second, but Cognito's quota UserCreation is 50"),
        case("exactly the quota")
            .settings(&[("LIMITS__COGNITO__REGISTER", "40"), ("LIMITS__COGNITO__CONFIRM", "10")]),
        case("resends have another quota")
            .settings(&[("LIMITS__COGNITO__RESEND", "60")])
            .says("limits.cognito.resend is 60 calls per second"),
        case("a higher quota of the account")
            .settings(&[("LIMITS__COGNITO__RESEND", "60"), ("LIMITS__COGNITO__QUOTA", "100")]),
        case("a lower quota of the account")
            .settings(&[("LIMITS__COGNITO__QUOTA", "20")])
            .says("UserCreation is 20"),
        case("no budget")
            .settings(&[("LIMITS__COGNITO__RESEND", "60"), ("LIMITS__COGNITO__MODE", "off")]),
    ]
}
