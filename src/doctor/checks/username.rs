//! What people sign up and sign in with.

use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, UserPoolType, UsernameAttributeType, UsernameConfigurationType,
};

use super::{Checkup, listed};
use crate::{
    config::UsernameMode,
    doctor::{Code, commands::quoted, form::Sent},
};

impl Checkup<'_> {
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
        let takes = match own {
            Some(own) if username_attributes.contains(&own) => return,
            _ if !username_attributes.is_empty() => {
                format!("takes {} for a user name, and nothing else", listed(&username_attributes))
            }
            Some(own) if aliases.contains(&own) => {
                format!("has {own} as an alias, and takes no user name that looks like one")
            }
            Some(own) => return self.only_a_name(own),
            None if mode == UsernameMode::Generated => return self.generated(&aliases),
            None => return,
        };
        let fitting = fitting(&username_attributes);
        self.find(
            Code::UsernameMode,
            format!("registration.username is \"{}\", but the pool {takes}: every sign-up fails.", name(mode)),
            format!("Set registration.username = {fitting}. A pool's kind of user names cannot be changed; the line shows it."),
            self.commands.show_pool("'UserPool.[UsernameAttributes,AliasAttributes]'"),
        );
    }

    /// Sign-ups work, but the pool knows the address for a name like any other.
    fn only_a_name(&mut self, own: &str) {
        self.find(
            Code::UsernameOnlyAName,
            format!("The pool has {own} neither as a user name attribute nor as an alias: what people sign up with is a mere name to it, which stays the same when their {own} changes, and nobody has to prove that it is theirs to keep it."),
            "For a pool of its own kind, make a new one with the line; a pool's kind of user names cannot be changed.",
            format!("aws cognito-idp create-user-pool --pool-name NAME --username-attributes {own} --username-configuration CaseSensitive=false"),
        );
    }

    /// Nobody knows a generated name by heart, so that each account needs an alias.
    fn generated(&mut self, aliases: &[&str]) {
        let recipients: Vec<&str> = ["email", "phone_number"]
            .into_iter()
            .filter(|name| self.form.contains_key(name))
            .collect();
        let without: Vec<&str> =
            recipients.iter().copied().filter(|name| !aliases.contains(name)).collect();
        let with = recipients.iter().find(|name| aliases.contains(name));
        let is_always_there = recipients
            .iter()
            .any(|name| aliases.contains(name) && self.form.get(name) == Some(&Sent::Always));
        let who = match with {
            _ if without.is_empty() || is_always_there => return,
            None => "nobody can sign in".to_owned(),
            Some(_) => format!("whoever gives {} alone can never sign in", listed(&without)),
        };
        self.find(
            Code::UsernameWithoutAlias,
            format!("registration.username is \"generated\", but the pool does not have {} as an alias: {who}, since no one knows a generated name.", listed(&without)),
            format!("Let the form ask for an alias that the pool has ({}), or make a new pool with the line; a pool's aliases cannot be changed.", listed(aliases)),
            "aws cognito-idp create-user-pool --pool-name NAME --alias-attributes email phone_number --username-configuration CaseSensitive=false",
        );
    }

    pub(super) fn case_sensitivity(&mut self, pool: &UserPoolType) {
        // Pools that say nothing were made when this was the only way, or through the API.
        let is_sensitive =
            pool.username_configuration().is_none_or(UsernameConfigurationType::case_sensitive);
        let harm = match self.config.registration.username {
            _ if !is_sensitive => return,
            UsernameMode::Phone => return,
            UsernameMode::Email => {
                "this service signs people up with their address in small letters, so that whoever signs in elsewhere with a capital one is unknown, and accounts from elsewhere may stand a second time"
            }
            UsernameMode::Chosen => {
                "`Ada` and `ada` are two people, who can be taken for each other"
            }
            UsernameMode::Generated => {
                "addresses are stored in small letters, so that whoever signs in elsewhere with a capital one is unknown"
            }
        };
        self.find(
            Code::CaseSensitive,
            format!("The pool tells capital letters from small ones: {harm}."),
            "This cannot be changed; the line makes a new pool that does not. Until then let front ends sign people in with addresses in small letters.",
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

/// The modes that a pool of this kind takes.
fn fitting(username_attributes: &[&str]) -> &'static str {
    match (username_attributes.contains(&"email"), username_attributes.contains(&"phone_number")) {
        (true, true) => "\"email\" or \"phone\"",
        (true, false) => "\"email\"",
        (false, true) => "\"phone\"",
        (false, false) => "\"chosen\" or \"generated\"",
    }
}
