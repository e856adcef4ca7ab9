use serde_json::{Value, json};

use super::{Case, FindingCode};

const EMAIL: &[(&str, &str)] = &[];
const PHONE: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "phone")];
const CHOSEN: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "chosen")];
const GENERATED: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "generated")];

pub(super) fn cases() -> Vec<Case> {
    [mode(), only_a_name(), without_alias(), case_sensitive()].into_iter().flatten().collect()
}

fn names(attributes: &[&str]) -> Value {
    json!({"UsernameAttributes": attributes, "AliasAttributes": null})
}

fn aliases(attributes: &[&str]) -> Value {
    json!({"UsernameAttributes": null, "AliasAttributes": attributes})
}

fn mode() -> Vec<Case> {
    let case = |what, settings, pool| {
        Case::new(FindingCode::UsernameMode, what).settings(settings).pool(pool)
    };
    vec![
        case("email where email is the name", EMAIL, names(&["email"])),
        case("email where both are names", EMAIL, names(&["phone_number", "email"])),
        case("email where the number is the name", EMAIL, names(&["phone_number"]))
            .says("the pool accepts only phone_number as user name"),
        case("email where email is an alias", EMAIL, aliases(&["email"]))
            .says("has email as an alias"),
        case("email where names are plain", EMAIL, names(&[])),
        case("phone where the number is the name", PHONE, names(&["phone_number"])),
        case("phone where email is the name", PHONE, names(&["email"]))
            .says("registration.username = \"email\""),
        case("phone where the number is an alias", PHONE, aliases(&["phone_number"]))
            .says("registration.username = \"chosen\" or \"generated\""),
        case("a kind that would colour a terminal", CHOSEN, names(&["fax\u{1b}[31m"]))
            .says("accepts only fax\u{fffd}[31m as user name"),
        case("chosen where names are plain", CHOSEN, names(&[])),
        case("chosen where email is an alias", CHOSEN, aliases(&["email"])),
        case("chosen where email is the name", CHOSEN, names(&["email"]))
            .says("is \"chosen\", but"),
        case("generated where both are names", GENERATED, names(&["email", "phone_number"]))
            .says("registration.username = \"email\" or \"phone\""),
        case("generated where both are aliases", GENERATED, aliases(&["email", "phone_number"])),
    ]
}

fn only_a_name() -> Vec<Case> {
    let case = |what, settings, pool| {
        Case::new(FindingCode::UsernameOnlyAName, what).settings(settings).pool(pool)
    };
    vec![
        case("email where email is the name", EMAIL, names(&["email"])),
        case("email where names are plain", EMAIL, names(&[])).says("--username-attributes email"),
        case("phone where names are plain", PHONE, names(&[]))
            .says("--username-attributes phone_number"),
        case("email where another attribute is an alias", EMAIL, aliases(&["preferred_username"]))
            .says("a plain user name"),
        case("chosen where names are plain", CHOSEN, names(&[])),
    ]
}

fn without_alias() -> Vec<Case> {
    let case = |what, settings, pool| {
        Case::new(FindingCode::UsernameWithoutAlias, what).settings(settings).pool(pool)
    };
    let no_phone =
        &[("REGISTRATION__USERNAME", "generated"), ("REGISTRATION__PHONE_NUMBER", "off")];
    let both_required = &[
        ("REGISTRATION__USERNAME", "generated"),
        ("REGISTRATION__EMAIL", "required"),
        ("REGISTRATION__PHONE_NUMBER", "optional"),
    ];
    vec![
        case("both are aliases", GENERATED, aliases(&["email", "phone_number"])),
        case("no aliases", GENERATED, names(&[]))
            .says("so no user can sign in.\nCreate a new pool with the command. A pool keeps"),
        case("another alias", GENERATED, aliases(&["preferred_username"]))
            .says("email and phone_number as an alias"),
        case("an alias that the form cannot require", GENERATED, aliases(&["preferred_username"]))
            .says("so no user can sign in.\nCreate a new pool with the command. A pool keeps"),
        case("one of two optional recipients is an alias", GENERATED, aliases(&["email"]))
            .says("users who give only phone_number cannot sign in.\nRequire the alias email in"),
        case("the recipient of the form is an alias", no_phone, aliases(&["email"])),
        case("another recipient is an alias", no_phone, aliases(&["phone_number"]))
            .says("so no user can sign in.\nRequire the alias phone_number in the form"),
        case("the required recipient is an alias", both_required, aliases(&["email"])),
        case("chosen names", CHOSEN, names(&[])),
    ]
}

fn case_sensitive() -> Vec<Case> {
    let case = |what, settings, sensitive: Value| {
        Case::new(FindingCode::CaseSensitive, what)
            .settings(settings)
            .pool(json!({"UsernameConfiguration": sensitive}))
    };
    vec![
        case("a pool with email addresses as user names", EMAIL, json!({"CaseSensitive": true}))
            .says("NAME --username-attributes email --username-configuration CaseSensitive=false"),
        Case::new(FindingCode::CaseSensitive, "a pool with aliases")
            .settings(GENERATED)
            .pool(json!({
                "UsernameConfiguration": null,
                "UsernameAttributes": null,
                "AliasAttributes": ["email", "preferred_username"]
            }))
            .says("NAME --alias-attributes email preferred_username --username-configuration"),
        case("insensitive", EMAIL, json!({"CaseSensitive": false})),
        case("sensitive", EMAIL, json!({"CaseSensitive": true})).says("address in lower case"),
        case("not set, as in pools that the API created", EMAIL, Value::Null).says("A pool keeps"),
        case("chosen names", CHOSEN, json!({"CaseSensitive": true})).says("`Ada` and `ada`"),
        case("generated names", GENERATED, json!({"CaseSensitive": true}))
            .says("stores addresses in lower case"),
        case("numbers have no case", PHONE, json!({"CaseSensitive": true})),
    ]
}
