//! What a form must collect, as data, made from the very rules that forms are judged by.

mod attribute;
mod ecma;
mod fields;
mod human_proof;
mod patterns;
mod schema;
#[cfg(test)]
mod tests;
mod told;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use self::{
    human_proof::HumanProof,
    schema::Object,
    told::{Beyond, Rule, Told},
};
use super::{
    email,
    entries::MAX_VALUE,
    form::{MAX_EMAIL, MAX_PHONE_NUMBER, MAX_USERNAME},
    rules::Rules,
    username,
    violation::{ViolationCode, pointer},
};
use crate::config::{AttributeFormat, BotCheck, Presence, UsernameMode};

/// How many digits the codes have that Cognito sends.
const CODE_LENGTH: usize = 6;

/// The claims of `OpenID` Connect Core 1.0 in the order of its section 5.1, which is that of
/// forms.
const IN_A_FORM: [&str; 16] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
    "updated_at",
];

/// What a form must collect, from the rules that forms are judged by.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Policy {
    /// What people sign in with.
    #[schemars(extend("enum" = ["email", "phone", "chosen", "generated"]), with = "String")]
    username_mode: UsernameMode,
    /// The inputs, in the order in which a form shows them.
    fields: Vec<Field>,
    /// The calling codes that phone numbers may have; absent where all may.
    #[serde(skip_serializing_if = "Option::is_none")]
    calling_codes: Option<Vec<u16>>,
    /// The documents that people agree to.
    consents: Vec<ConsentPolicy>,
    /// The bot check that `human_proof` answers.
    human_proof: HumanProof,
    /// What comes after the sign-up.
    confirmation: ConfirmationPolicy,
    /// JSON Schema 2020-12 of the body of `POST /register`.
    #[schemars(with = "serde_json::Map<String, Value>")]
    schema: Value,
    /// The rules that the schema cannot say.
    beyond_schema: Vec<Beyond>,
}

/// One input of a form.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "PolicyField")]
struct Field {
    /// The name of the field, or of the attribute.
    name: String,
    /// Where it stands in the body of `POST /register` (RFC 6901).
    pointer: String,
    /// Whether it must be filled in.
    required: bool,
    /// What kind of value it takes.
    #[schemars(with = "String")]
    format: Format,
    /// Its rules; a form that breaks one is told its code.
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Username,
    Password,
    #[serde(untagged)]
    Attribute(AttributeFormat),
}

/// A document that people agree to.
#[derive(Debug, JsonSchema, Serialize)]
struct ConsentPolicy {
    /// Its name.
    name: String,
    /// Where it stands in the body of `POST /register` (RFC 6901).
    pointer: String,
    /// Its current version, which is what is sent.
    version: String,
    /// Whether it must be agreed to.
    required: bool,
}

/// What comes after the sign-up.
#[derive(Debug, JsonSchema, Serialize)]
struct ConfirmationPolicy {
    /// How many digits a code has.
    code_length: usize,
    /// How long to wait before another code is offered.
    resend_interval_seconds: u64,
}

impl Policy {
    /// The policy of a deployment by its rules. `resend_interval` is how long a front end
    /// waits before it offers another code.
    #[must_use]
    pub fn new(rules: &Rules, resend_interval: Duration) -> Self {
        let mut policy = Self {
            username_mode: rules.mode,
            fields: Vec::new(),
            calling_codes: rules
                .sms
                .calling_codes()
                .filter(|_| rules.phone_number != Presence::Off),
            consents: consents(rules),
            human_proof: HumanProof::None,
            confirmation: ConfirmationPolicy {
                code_length: CODE_LENGTH,
                resend_interval_seconds: whole_seconds(resend_interval),
            },
            schema: Value::Null,
            beyond_schema: Vec::new(),
        };
        let mut body = Object::default();
        policy.add_own_fields(rules, &mut body);
        policy.add_attributes(rules, &mut body);
        policy.add_maps(rules, &mut body);
        schema::add_the_rest(&mut body);
        policy.schema = body.into_schema();
        policy.schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        if rules.mode == UsernameMode::Generated && rules.email != Presence::Required {
            policy.schema["anyOf"] = schema::any_filled(&["email", "phone_number"]);
        }
        policy
    }

    /// The same with what the bot check asks for.
    #[must_use]
    pub fn with_bot_check(self, settings: &BotCheck) -> Self {
        Self { human_proof: HumanProof::new(settings), ..self }
    }

    fn add_own_fields(&mut self, rules: &Rules, body: &mut Object) {
        let (is_chosen, needs_one) =
            (rules.mode == UsernameMode::Chosen, rules.mode == UsernameMode::Generated);
        let username = is_chosen.then(fields::username).unwrap_or_default();
        body.add("username", is_chosen, username.schema(is_chosen, MAX_USERNAME));
        if is_chosen {
            self.add_field(&["username"], true, Format::Username, username);
        }

        let is_alone = |other| needs_one && other == Presence::Off;
        let email_is_required = rules.email == Presence::Required || is_alone(rules.phone_number);
        let email = own_email(rules);
        body.add("email", email_is_required, email.schema(email_is_required, MAX_EMAIL));
        if rules.email != Presence::Off {
            let format = Format::Attribute(AttributeFormat::Email);
            self.add_field(&["email"], email_is_required, format, email);
        }

        let phone_is_required = rules.phone_number == Presence::Required || is_alone(rules.email);
        let phone_number = own_phone_number(rules);
        let schema = phone_number.schema(phone_is_required, MAX_PHONE_NUMBER);
        body.add("phone_number", phone_is_required, schema);
        if rules.phone_number != Presence::Off {
            let format = Format::Attribute(AttributeFormat::PhoneNumber);
            self.add_field(&["phone_number"], phone_is_required, format, phone_number);
        }

        let has_names = !needs_one || rules.email != Presence::Off;
        let password = fields::password(rules, has_names);
        let schema = fields::password_schema(&password, rules.password.required);
        body.add("password", rules.password.required, schema);
        self.add_field(&["password"], rules.password.required, Format::Password, password);
    }

    fn add_attributes(&mut self, rules: &Rules, body: &mut Object) {
        let mut names: Vec<&String> = rules.attributes.keys().collect();
        let place = |name: &&String| IN_A_FORM.iter().position(|known| known == name);
        names.sort_by_key(|name| place(name).unwrap_or(IN_A_FORM.len()));
        let mut attributes = Object::default();
        for name in names {
            let Some(rule) = rules.attributes.get(name) else { continue };
            let told = attribute::told(rule);
            attributes.add(name, rule.required, told.schema(rule.required, MAX_VALUE));
            let format = Format::Attribute(rule.format);
            self.add_field(&["attributes", name], rule.required, format, told);
        }
        body.add_map("attributes", attributes);
    }

    fn add_maps(&mut self, rules: &Rules, body: &mut Object) {
        for (field, rule) in [
            ("client_metadata", &rules.client_metadata),
            ("validation_data", &rules.validation_data),
        ] {
            let (entries, beyond) = schema::trigger_metadata(field, rule);
            body.add_map(field, entries);
            self.beyond_schema.extend(beyond);
        }
        body.add_map("consents", schema::consents(&rules.consents));
    }

    fn add_field(&mut self, path: &[&str], required: bool, format: Format, told: Told) {
        let pointer = pointer(path);
        self.beyond_schema.extend(told.beyond(&pointer));
        let name = path.last().copied().unwrap_or_default().to_owned();
        self.fields.push(Field { name, pointer, required, format, rules: told.rules });
    }
}

fn consents(rules: &Rules) -> Vec<ConsentPolicy> {
    let documents = rules.consents.iter();
    documents
        .map(|(name, document)| ConsentPolicy {
            name: name.clone(),
            pointer: pointer(&["consents", name]),
            version: document.version.clone(),
            required: document.required,
        })
        .collect()
}

/// The email address, which must not be longer than a user name where it is one; nothing
/// where the form has none.
fn own_email(rules: &Rules) -> Told {
    if rules.email == Presence::Off {
        return Told::default();
    }
    let is_username = rules.mode == UsernameMode::Email;
    let max = if is_username { username::MAX_LENGTH } else { email::MAX_LENGTH };
    let mut told = fields::email(max);
    let too_long = Rule::with(ViolationCode::TooLong, "max", max);
    if is_username {
        for choice in told.choices.iter_mut().filter(|choice| !choice.open.is_empty()) {
            choice.open.push(too_long.clone());
        }
    }
    told.rules.push(too_long);
    for code in rules.email_domains.codes() {
        told.rules.push(Rule::from(code));
        told.open.push(Rule::from(code));
    }
    if rules.mode == UsernameMode::Generated && rules.email != Presence::Required {
        told.rules.push(Rule::from(ViolationCode::MissingRecipient));
    }
    told
}

fn own_phone_number(rules: &Rules) -> Told {
    if rules.phone_number == Presence::Off {
        return Told::default();
    }
    let mut told = fields::phone_number();
    for code in rules.sms.codes() {
        told.rules.push(Rule::from(code));
        for choice in told.choices.iter_mut().filter(|choice| !choice.open.is_empty()) {
            choice.open.push(Rule::from(code));
        }
    }
    told.rules.push(Rule::with(ViolationCode::TooLong, "max", MAX_PHONE_NUMBER));
    if rules.mode == UsernameMode::Generated && rules.email == Presence::Off {
        told.rules.push(Rule::from(ViolationCode::MissingRecipient));
    }
    told
}

/// Rounded up, so that nobody is told to come too early.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
