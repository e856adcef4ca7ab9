//! The attributes that are required, known or writable.

use aws_sdk_cognitoidentityprovider::types::{UserPoolClientType, UserPoolType};

use super::{Examination, REPLACES_SECTION, listed};
use crate::doctor::{
    FindingCode,
    commands::{quoted, shown},
    form::Inclusion,
};

/// Attributes that Cognito sets.
const SET_BY_COGNITO: [&str; 3] = ["sub", "email_verified", "phone_number_verified"];

impl Examination<'_> {
    pub(super) fn schema(&mut self, pool: &UserPoolType) {
        let schema = pool.schema_attributes();
        if schema.is_empty() {
            return;
        }
        for attribute in schema.iter().filter(|attribute| attribute.required() == Some(true)) {
            let name = attribute.name().unwrap_or_default();
            if SET_BY_COGNITO.contains(&name) {
                continue;
            }
            let effect = match self.form.get(name) {
                Some(Inclusion::Always) => continue,
                Some(Inclusion::Sometimes) => {
                    "does not require it. Cognito rejects sign-ups without it"
                }
                None => "does not have it. Every sign-up fails",
            };
            let name = shown(name);
            self.add(
                FindingCode::AttributeRequired,
                format!("The pool requires the attribute `{name}`, but the form {effect}."),
                format!("Require the attribute in the form: {}. A pool keeps its required attributes. The command lists the required attributes.", required_setting(&name)),
                self.commands.show_pool("'UserPool.SchemaAttributes[?Required].Name'"),
            );
        }
        let is_known = |name: &str| schema.iter().any(|attribute| attribute.name() == Some(name));
        let unknown: Vec<&str> = self.form.keys().copied().filter(|name| !is_known(name)).collect();
        for name in unknown {
            let (remedy, command) = match name.strip_prefix("custom:") {
                Some(plain) => (
                    "Remove the attribute from the settings, or add the attribute to the schema. Cognito removes no attribute from a schema.",
                    self.commands.about_pool(
                        "add-custom-attributes",
                        &format!(
                            "--custom-attributes {}",
                            quoted(&format!("Name={plain},AttributeDataType=String,Mutable=true"))
                        ),
                    ),
                ),
                None => (
                    "Remove the attribute from the settings. The command lists the attributes of the schema.",
                    self.commands.show_pool("'UserPool.SchemaAttributes[].Name'"),
                ),
            };
            self.add(
                FindingCode::AttributeUnknown,
                format!("The form sends the attribute `{}`, which is not in the pool's schema. Cognito rejects every sign-up that has it.", shown(name)),
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
        let missing: Vec<&str> =
            self.form.keys().copied().filter(|name| !is_writable(name)).collect();
        if missing.is_empty() {
            return;
        }
        let all: Vec<String> = writable
            .iter()
            .map(String::as_str)
            .chain(missing.iter().copied())
            .map(quoted)
            .collect();
        let names: Vec<String> = missing.iter().map(|name| format!("`{}`", shown(name))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.add(
            FindingCode::AttributeNotWritable,
            format!("The form sends {}, but the app client may not write these attributes. Cognito rejects every sign-up with one of these attributes.", listed(&names)),
            format!("Allow the attributes, or remove the attributes from the settings. {REPLACES_SECTION}"),
            self.commands.update_client(&format!("--write-attributes {}", all.join(" "))),
        );
    }

    /// Reports custom attributes if the app client has no list. AWS documents that the app client
    /// may then write the standard attributes, and does not mention custom attributes.
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
        self.add(
            FindingCode::AttributeWriteUnclear,
            format!("The form sends {}, but the app client has no list of writable attributes. AWS documents that the app client may then write the standard attributes, and does not mention custom attributes.", listed(&custom)),
            "Test one sign-up with these attributes, or list every attribute in WriteAttributes. The command shows the list.",
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
