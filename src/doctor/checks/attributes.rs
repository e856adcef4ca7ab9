//! Attributes: what the pool requires, knows, and lets the app client write.

use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};

use super::{Checkup, WITH_ALL_ELSE, listed};
use crate::doctor::{
    Code,
    commands::{quoted, shown},
    form::Sent,
};

/// Cognito fills these in.
const ITS_OWN: [&str; 3] = ["sub", "email_verified", "phone_number_verified"];

impl Checkup<'_> {
    pub(super) fn schema(&mut self, pool: &UserPoolType) {
        let schema = pool.schema_attributes();
        if schema.is_empty() {
            return;
        }
        for attribute in schema.iter().filter(|attribute| attribute.required() == Some(true)) {
            let name = attribute.name().unwrap_or_default();
            if ITS_OWN.contains(&name) {
                continue;
            }
            let how = match self.form.get(name) {
                Some(Sent::Always) => continue,
                Some(Sent::Sometimes) => "lets people leave it out: whoever does is refused",
                None => "has no such field: every sign-up fails",
            };
            let name = shown(name);
            self.find(
                Code::AttributeRequired,
                format!("The pool requires the attribute `{name}`, and the form {how}."),
                format!("Make it required: {}. A pool's schema cannot be loosened; the line shows what it requires.", required_setting(&name)),
                self.commands.show_pool("'UserPool.SchemaAttributes[?Required].Name'"),
            );
        }
        let is_known = |name: &str| schema.iter().any(|attribute| attribute.name() == Some(name));
        let unknown: Vec<&str> = self.form.keys().copied().filter(|name| !is_known(name)).collect();
        for name in unknown {
            let (remedy, command) = match name.strip_prefix("custom:") {
                Some(plain) => (
                    "Take it out of the settings, or add it to the schema, for good: no attribute is ever removed.",
                    self.commands.about_pool(
                        "add-custom-attributes",
                        &format!(
                            "--custom-attributes {}",
                            quoted(&format!("Name={plain},AttributeDataType=String,Mutable=true"))
                        ),
                    ),
                ),
                None => (
                    "Take it out of the settings; the line shows which attributes there are.",
                    self.commands.show_pool("'UserPool.SchemaAttributes[].Name'"),
                ),
            };
            self.find(
                Code::AttributeUnknown,
                format!("The form sends the attribute `{}`, which the pool's schema does not have: Cognito refuses every sign-up that carries it.", shown(name)),
                remedy,
                command,
            );
        }
    }

    pub(super) fn writable(&mut self, client: &UserPoolClientType) {
        let writable = client.write_attributes();
        if writable.is_empty() {
            self.unnamed_custom_attributes();
            return;
        }
        let is_writable = |name: &str| writable.iter().any(|known| known == name);
        let refused: Vec<&str> =
            self.form.keys().copied().filter(|name| !is_writable(name)).collect();
        if refused.is_empty() {
            return;
        }
        let all: Vec<String> = writable
            .iter()
            .map(String::as_str)
            .chain(refused.iter().copied())
            .map(quoted)
            .collect();
        let names: Vec<String> = refused.iter().map(|name| format!("`{}`", shown(name))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.find(
            Code::AttributeNotWritable,
            format!("The app client may not write {}, which the form sends: Cognito refuses every sign-up that carries it.", listed(&names)),
            format!("Allow it, or take it out of the settings. {WITH_ALL_ELSE}"),
            self.commands.update_client(&format!("--write-attributes {}", all.join(" "))),
        );
    }

    /// A client without a list of its own may write the standard attributes, as its
    /// documentation has it; what it says of custom ones is not clear.
    fn unnamed_custom_attributes(&mut self) {
        let custom: Vec<String> = self
            .form
            .keys()
            .filter(|name| name.starts_with("custom:"))
            .map(|name| format!("`{}`", shown(name)))
            .collect();
        if custom.is_empty() {
            return;
        }
        let custom: Vec<&str> = custom.iter().map(String::as_str).collect();
        self.find(
            Code::AttributeWriteUnclear,
            format!("The form sends {}, and the app client has no list of what it may write: AWS documents that it may then write the standard attributes, and says nothing of custom ones.", listed(&custom)),
            "Sign somebody up with it once, or name every attribute in WriteAttributes; the line shows the list.",
            self.commands.show_client("UserPoolClient.WriteAttributes"),
        );
    }
}

fn required_setting(name: &str) -> String {
    match name {
        "email" | "phone_number" => format!("registration.{name} = \"required\""),
        name => format!("[registration.attributes.{name}] required = true"),
    }
}
