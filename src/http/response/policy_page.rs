//! The description of the form as JSON, with the texts of one language.

use serde_json::{Value, json};

use super::etag::Cached;
use crate::{
    config::{Links, Registration},
    http::texts::{Languages, Texts, id_part},
    registration::{Policy, PolicyField, Violation, ViolationCode},
};

/// The policy as JSON, in each language.
pub struct PolicyPages(Vec<Cached>);

impl PolicyPages {
    /// Renders a policy in each language.
    ///
    /// # Errors
    /// Returns an error if the policy cannot be written as JSON.
    pub fn new(
        policy: &Policy,
        languages: &Languages,
        settings: &Registration,
        links: &Links,
    ) -> serde_json::Result<Self> {
        let pages = languages.all().map(|texts| {
            let mut document = serde_json::to_value(policy)?;
            add_texts(&mut document, policy, texts, settings);
            document["links"] = serde_json::to_value(links)?;
            let body = serde_json::to_string(&document)?;
            Ok(Cached::new("application/json", body).in_language(texts.language()))
        });
        Ok(Self(pages.collect::<serde_json::Result<_>>()?))
    }

    /// Returns the policy in the language with this number.
    pub(in crate::http) fn in_language(&self, number: usize) -> &Cached {
        &self.0[number]
    }
}

fn add_texts(document: &mut Value, policy: &Policy, texts: &Texts, settings: &Registration) {
    let fields = document["fields"].as_array_mut().into_iter().flatten();
    for (field, described) in fields.zip(policy.fields()) {
        let name = described.name();
        let own = settings.attributes.get(name);
        let label = texts.get(&format!("label-{}", id_part(name)));
        let label = label.or_else(|| own?.label.clone()).unwrap_or_else(|| readable(name));
        field["label"] = label.into();
        let hint = texts.get(&format!("hint-{}", id_part(name)));
        if let Some(hint) = hint.or_else(|| own?.hint.clone()) {
            field["hint"] = hint.into();
        }
        add_html(field, name, settings);
        add_details(field, described, texts);
        let options = own.map(|rule| rule.one_of.as_slice()).unwrap_or_default();
        if !options.is_empty() {
            let option = |value: &String| {
                let id = format!("option-{}-{}", id_part(name), id_part(value));
                json!({"value": value, "label": texts.get(&id).unwrap_or_else(|| value.clone())})
            };
            field["options"] = options.iter().map(option).collect();
        }
    }
    for consent in document["consents"].as_array_mut().into_iter().flatten() {
        let name = consent["name"].as_str().unwrap_or_default().to_owned();
        let own = settings.consents.get(&name);
        let title = texts.get(&format!("consent-{}", id_part(&name)));
        let title = title.or_else(|| own?.title.clone()).unwrap_or_else(|| readable(&name));
        consent["title"] = title.into();
        if let Some(url) = own.and_then(|document| document.url.as_deref()) {
            consent["url"] = url.into();
        }
    }
}

/// Adds the text of each form rule. Omits a text that needs a value from the user.
fn add_details(field: &mut Value, described: &PolicyField, texts: &Texts) {
    let Some(rules) = field["rules"].as_array_mut() else { return };
    for (rule, violation) in rules.iter_mut().zip(described.violations()) {
        if let Some(detail) = texts.complete_detail(&violation) {
            rule["detail"] = detail;
        }
    }
    if described.is_required() {
        let required = Violation::at(described.pointer(), ViolationCode::Required);
        let detail = texts.complete_detail(&required);
        rules.insert(0, json!({"code": ViolationCode::Required, "detail": detail}));
    }
}

/// Adds the attributes of the HTML input: the type, `inputmode` for numbers, and `autocomplete`.
fn add_html(field: &mut Value, name: &str, settings: &Registration) {
    let format = field["format"].as_str().unwrap_or_default();
    let is_number = format == "number";
    field["input"] = match format {
        "email" | "url" | "password" => format,
        "phone_number" => "tel",
        "birthdate" => "date",
        _ => "text",
    }
    .into();
    if is_number {
        field["inputmode"] = "numeric".into();
    }
    let token = match name {
        // A password manager saves the field with this value as the user name.
        "email" if settings.username == crate::config::UsernameMode::Email => "username",
        "email" => "email",
        "username" => "username",
        "password" => "new-password",
        "phone_number" => "tel",
        "name" => "name",
        "given_name" => "given-name",
        "family_name" => "family-name",
        "middle_name" => "additional-name",
        "nickname" | "preferred_username" => "nickname",
        "website" | "profile" => "url",
        "picture" => "photo",
        "gender" => "sex",
        "birthdate" => "bday",
        "locale" => "language",
        "address" => "street-address",
        _ => "off",
    };
    field["autocomplete"] = token.into();
}

/// Derives a label from the name of a field, such as `Plan` from `custom:plan`.
fn readable(name: &str) -> String {
    let words = name.trim_start_matches("custom:").replace(['_', '-'], " ");
    let mut characters = words.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
