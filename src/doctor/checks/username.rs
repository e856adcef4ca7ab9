use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, UserPoolType, UsernameAttributeType, UsernameConfigurationType,
};

use super::{Examination, listed};
use crate::{
    config::UsernameMode,
    doctor::{FindingCode, commands::quoted, form::Inclusion},
};

impl Examination<'_> {
    pub(super) fn username_mode(&mut self, pool: &UserPoolType) {
        let mode = self.config.registration.username;
        let username_attributes: Vec<&str> =
            pool.username_attributes().iter().map(UsernameAttributeType::as_str).collect();
        let aliases: Vec<&str> =
            pool.alias_attributes().iter().map(AliasAttributeType::as_str).collect();
        let own = match mode {
            UsernameMode::Email => Some("email"),
            UsernameMode::Phone => Some("phone_number"),
            UsernameMode::Chosen | UsernameMode::Generated => None,
        };
        let rule = match own {
            Some(own) if username_attributes.contains(&own) => return,
            _ if !username_attributes.is_empty() => {
                format!("accepts only {} as user name", listed(&username_attributes))
            }
            Some(own) if aliases.contains(&own) => {
                format!("has {own} as an alias and rejects user names that look like an alias")
            }
            Some(own) => return self.only_a_name(own),
            None if mode == UsernameMode::Generated => return self.generated(&aliases),
            None => return,
        };
        let fitting = fitting(&username_attributes);
        self.add(
            FindingCode::UsernameMode,
            format!("registration.username is \"{}\", but the pool {rule}. Every sign-up fails.", name(mode)),
            format!("Set registration.username = {fitting}. A pool keeps its user name attributes. The command shows them."),
            self.commands.show_pool("'UserPool.[UsernameAttributes,AliasAttributes]'"),
        );
    }

    /// Reports that sign-ups work, but the email address or phone number is a plain user name.
    fn only_a_name(&mut self, own: &str) {
        self.add(
            FindingCode::UsernameOnlyAName,
            format!("The pool has {own} neither as a user name attribute nor as an alias. The value is a plain user name, which stays the same if the {own} changes. Users need not prove that the value is theirs."),
            "Create a new pool with the command. A pool keeps its user name attributes.",
            format!("aws cognito-idp create-user-pool --pool-name NAME --username-attributes {own} --username-configuration CaseSensitive=false"),
        );
    }

    /// Reports generated names without an alias. Each account needs an alias, because users do not
    /// know a generated name.
    fn generated(&mut self, aliases: &[&str]) {
        let recipients: Vec<&str> = ["email", "phone_number"]
            .into_iter()
            .filter(|name| self.form.contains_key(name))
            .collect();
        let without: Vec<&str> =
            recipients.iter().copied().filter(|name| !aliases.contains(name)).collect();
        let with = recipients.iter().find(|name| aliases.contains(name));
        let is_required = recipients
            .iter()
            .any(|name| aliases.contains(name) && self.form.get(name) == Some(&Inclusion::Always));
        let effect = match with {
            _ if without.is_empty() || is_required => return,
            None => "no user can sign in".to_owned(),
            Some(_) => format!("users who give only {} cannot sign in", listed(&without)),
        };
        let can_be_required = |alias: &&&str| ["email", "phone_number"].contains(*alias);
        let remedy = match aliases.iter().find(can_be_required) {
            Some(alias) => format!(
                "Require the alias {alias} in the form, or create a new pool with the command. A pool keeps its aliases."
            ),
            None => "Create a new pool with the command. A pool keeps its aliases.".to_owned(),
        };
        self.add(
            FindingCode::UsernameWithoutAlias,
            format!("registration.username is \"generated\", but the pool does not have {} as an alias. Users do not know their generated names, so {effect}.", listed(&without)),
            remedy,
            "aws cognito-idp create-user-pool --pool-name NAME --alias-attributes email phone_number --username-configuration CaseSensitive=false",
        );
    }

    pub(super) fn case_sensitivity(&mut self, pool: &UserPoolType) {
        // Pools without this configuration are case-sensitive.
        let is_sensitive =
            pool.username_configuration().is_none_or(UsernameConfigurationType::case_sensitive);
        let effect = match self.config.registration.username {
            _ if !is_sensitive => return,
            UsernameMode::Phone => return,
            UsernameMode::Email => {
                "This service signs users up with the address in lower case. Cognito does not find users who sign in elsewhere with a capital letter. Another program can create a second account for the same address"
            }
            UsernameMode::Chosen => "`Ada` and `ada` are two accounts, which users can confuse",
            UsernameMode::Generated => {
                "The pool stores addresses in lower case. Cognito does not find users who sign in elsewhere with a capital letter"
            }
        };
        self.add(
            FindingCode::CaseSensitive,
            format!("User names in the pool are case-sensitive. {effect}."),
            "A pool keeps this setting. The command creates a new pool. Until then, front ends should convert addresses to lower case at sign-in.",
            format!("aws cognito-idp create-user-pool --pool-name NAME {}--username-configuration CaseSensitive=false", names(pool)),
        );
    }
}

/// Returns the user name attributes and aliases of a pool as arguments for another pool.
fn names(pool: &UserPoolType) -> String {
    let own = pool.username_attributes().iter().map(UsernameAttributeType::as_str).collect();
    let aliases = pool.alias_attributes().iter().map(AliasAttributeType::as_str).collect();
    let argument = |(argument, names): (&str, Vec<&str>)| match &names[..] {
        [] => String::new(),
        names => format!(
            "{argument} {} ",
            names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" ")
        ),
    };
    [("--username-attributes", own), ("--alias-attributes", aliases)].map(argument).concat()
}

fn name(mode: UsernameMode) -> &'static str {
    match mode {
        UsernameMode::Email => "email",
        UsernameMode::Phone => "phone",
        UsernameMode::Chosen => "chosen",
        UsernameMode::Generated => "generated",
    }
}

fn fitting(username_attributes: &[&str]) -> &'static str {
    match (username_attributes.contains(&"email"), username_attributes.contains(&"phone_number")) {
        (true, true) => "\"email\" or \"phone\"",
        (true, false) => "\"email\"",
        (false, true) => "\"phone\"",
        (false, false) => "\"chosen\" or \"generated\"",
    }
}
