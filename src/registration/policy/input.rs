//! The inputs of a form: their form rules and the schemas of their values.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    super::{
        rules::Rules,
        violation::{Violation, ViolationCode, pointer},
    },
    patterns,
    rule::Rule,
};
use crate::config::{AttributeFormat, Presence, UsernameMode};
use crate::registration::{
    fields::{attributes::AttributeRules, email, username},
    forms::{
        registration_form::{MAX_EMAIL, MAX_PASSWORD, MAX_PHONE_NUMBER, MAX_USERNAME},
        string_map::MAX_VALUE,
    },
};

/// The standard attributes in the order of `OpenID` Connect Core 1.0, section 5.1. This is also
/// the usual order of a form.
const ORDER_OF_ATTRIBUTES: [&str; 16] = [
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

/// One input of a form.
#[derive(Debug, Serialize)]
pub struct Input {
    /// The name of the field, or of the attribute.
    pub(super) name: String,
    /// The place of the value in the body of `POST /register` (RFC 6901).
    pub(super) pointer: String,
    /// `true` if the user must fill in the input.
    pub(super) required: bool,
    /// The kind of the value.
    format: InputFormat,
    /// The rules of the value. A violation has the code of the broken rule.
    rules: Vec<Rule>,
    /// The schema of a value that is not empty. `None` if every such value may be valid.
    #[serde(skip)]
    filled: Option<Value>,
    #[serde(skip)]
    max_length: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum InputFormat {
    Username,
    Password,
    #[serde(untagged)]
    Attribute(AttributeFormat),
}

impl Input {
    /// Returns the inputs in the order in which a form shows them.
    pub(super) fn all(rules: &Rules) -> Vec<Self> {
        let mut inputs = Vec::new();
        if rules.mode == UsernameMode::Chosen {
            inputs.push(username());
        }
        let mut recipients = [email(rules), phone_number(rules)];
        if rules.mode == UsernameMode::Phone {
            recipients.reverse();
        }
        inputs.extend(recipients.into_iter().flatten());
        inputs.push(password(rules));
        let mut attributes: Vec<_> = rules.attributes.iter().collect();
        let place = |name: &str| ORDER_OF_ATTRIBUTES.iter().position(|known| *known == name);
        attributes.sort_by_key(|(name, _)| place(name).unwrap_or(ORDER_OF_ATTRIBUTES.len()));
        inputs.extend(attributes.into_iter().map(|(name, rules)| attribute(name, rules)));
        inputs
    }

    /// Returns `true` if a form shows this input. A form does not show an optional password,
    /// because the pool supports sign-in without a password. The service still accepts the
    /// password.
    pub(super) fn is_in_form(&self) -> bool {
        self.required || !matches!(self.format, InputFormat::Password)
    }

    /// Returns the schema of the value. The schema accepts every value that the service accepts.
    pub(super) fn schema(&self) -> Value {
        let mut text = json!({"type": "string", "maxLength": self.max_length});
        match &self.filled {
            None if self.required => text["pattern"] = patterns::filled().into(),
            None => {}
            Some(filled) => {
                for (keyword, value) in filled.as_object().into_iter().flatten() {
                    text[keyword] = value.clone();
                }
                if !self.required {
                    return json!({"anyOf": [{"$ref": "#/$defs/blank"}, text]});
                }
            }
        }
        text
    }

    /// Returns the name of the field, or of the attribute.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the JSON pointer of the value.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns `true` if the user must fill in the input.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Returns one violation for each form rule of the input.
    pub fn violations(&self) -> impl Iterator<Item = Violation> {
        let rules = self.rules.iter();
        rules.map(|rule| Violation {
            params: rule.params.clone(),
            ..Violation::at(&self.pointer, rule.code)
        })
    }

    fn new(
        path: &[&str],
        required: bool,
        format: InputFormat,
        max_length: impl Into<Value>,
    ) -> Self {
        Self {
            name: path.last().copied().unwrap_or_default().to_owned(),
            pointer: pointer(path),
            required,
            format,
            rules: Vec::new(),
            filled: None,
            max_length: max_length.into(),
        }
    }
}

fn username() -> Input {
    Input {
        rules: vec![
            Rule::with(ViolationCode::TooLong, "max", MAX_USERNAME),
            Rule::matching(ViolationCode::ControlCharacter, patterns::no_control()),
            Rule::from(ViolationCode::DirectionCharacter),
            Rule::matching(ViolationCode::InvalidUsername, patterns::username()),
            Rule::from(ViolationCode::LooksLikeEmail),
            Rule::from(ViolationCode::LooksLikePhoneNumber),
        ],
        filled: Some(json!({"pattern": patterns::username()})),
        ..Input::new(&["username"], true, InputFormat::Username, MAX_USERNAME)
    }
}

fn email(rules: &Rules) -> Option<Input> {
    if rules.email == Presence::Off {
        return None;
    }
    let is_generated = rules.mode == UsernameMode::Generated;
    let is_required =
        rules.email == Presence::Required || is_generated && rules.phone_number == Presence::Off;
    let max = match rules.mode {
        UsernameMode::Email => username::MAX_LENGTH,
        _ => email::MAX_LENGTH,
    };
    let mut codes = vec![
        Rule::from(ViolationCode::InvalidEmail),
        Rule::from(ViolationCode::UndeliverableEmail),
        Rule::with(ViolationCode::TooLong, "max", max),
    ];
    codes.extend(rules.email_domains.codes().map(Rule::from));
    if is_generated && rules.email != Presence::Required {
        codes.push(Rule::from(ViolationCode::MissingRecipient));
    }
    let format = InputFormat::Attribute(AttributeFormat::Email);
    Some(Input {
        rules: codes,
        filled: of_format(AttributeFormat::Email),
        ..Input::new(&["email"], is_required, format, MAX_EMAIL)
    })
}

fn phone_number(rules: &Rules) -> Option<Input> {
    if rules.phone_number == Presence::Off {
        return None;
    }
    let is_alone = rules.mode == UsernameMode::Generated && rules.email == Presence::Off;
    let mut codes = vec![Rule::from(ViolationCode::InvalidPhoneNumber)];
    codes.extend(rules.sms.codes().into_iter().map(Rule::from));
    codes.push(Rule::with(ViolationCode::TooLong, "max", MAX_PHONE_NUMBER));
    if is_alone {
        codes.push(Rule::from(ViolationCode::MissingRecipient));
    }
    let is_required = rules.phone_number == Presence::Required || is_alone;
    let format = InputFormat::Attribute(AttributeFormat::PhoneNumber);
    Some(Input {
        rules: codes,
        filled: of_format(AttributeFormat::PhoneNumber).filter(|_| rules.default_country.is_none()),
        ..Input::new(&["phone_number"], is_required, format, MAX_PHONE_NUMBER)
    })
}

fn password(checked: &Rules) -> Input {
    let policy = &checked.password;
    let mut rules = vec![
        Rule::with(ViolationCode::TooShort, "min", policy.min_length),
        Rule::with(ViolationCode::TooLong, "max", MAX_PASSWORD),
        Rule::matching(ViolationCode::WhiteSpace, patterns::no_outer_white_space()),
        Rule::matching(ViolationCode::ControlCharacter, patterns::no_control()),
    ];
    for (is_required, code, pattern) in [
        (policy.require_uppercase, ViolationCode::NeedsUppercase, "[A-Z]"),
        (policy.require_lowercase, ViolationCode::NeedsLowercase, "[a-z]"),
        (policy.require_number, ViolationCode::NeedsNumber, "[0-9]"),
        (policy.require_symbol, ViolationCode::NeedsSymbol, patterns::SYMBOL),
    ] {
        if is_required {
            rules.push(Rule::matching(code, pattern));
        }
    }
    let patterns: Vec<Value> = rules
        .iter()
        .filter_map(|rule| rule.pattern.as_deref())
        .map(|pattern| json!({"type": "string", "pattern": pattern}))
        .collect();
    if checked.mode != UsernameMode::Generated || checked.email != Presence::Off {
        rules.push(Rule::from(ViolationCode::ContainsUsername));
    }
    if checked.password_strength.check {
        let min_score = checked.password_strength.min_score;
        rules.push(Rule::with(ViolationCode::TooWeak, "min", min_score));
    }
    if checked.rejects_pwned {
        rules.push(Rule::from(ViolationCode::Breached));
    }
    Input {
        rules,
        filled: Some(json!({"minLength": policy.min_length, "allOf": patterns})),
        ..Input::new(&["password"], policy.required, InputFormat::Password, MAX_PASSWORD)
    }
}

fn attribute(name: &str, rules: &AttributeRules) -> Input {
    let codes = of_attribute(rules);
    let format = InputFormat::Attribute(rules.format);
    let mut filled = of_format(rules.format);
    if rules.country.is_some() && rules.format == AttributeFormat::PhoneNumber {
        // The number may lack the `+`.
        filled = None;
    }
    if matches!(rules.format, AttributeFormat::Text | AttributeFormat::Address) {
        // The service does not trim these values. The settings apply to a value as typed.
        filled = Some(if rules.one_of.is_empty() {
            json!({
                "pattern": patterns::filled(),
                "minLength": rules.min_length,
                "maxLength": rules.max_length,
            })
        } else {
            json!({"enum": rules.one_of})
        });
    }
    Input {
        rules: codes,
        filled,
        ..Input::new(&["attributes", name], rules.required, format, MAX_VALUE)
    }
}

fn of_attribute(rules: &AttributeRules) -> Vec<Rule> {
    let by_format: &[ViolationCode] = match rules.format {
        AttributeFormat::Text | AttributeFormat::Address => &[ViolationCode::ControlCharacter],
        AttributeFormat::Name => {
            &[ViolationCode::ControlCharacter, ViolationCode::DirectionCharacter]
        }
        AttributeFormat::Birthdate => &[ViolationCode::InvalidBirthdate],
        AttributeFormat::Locale => &[ViolationCode::InvalidLocale],
        AttributeFormat::Zoneinfo => &[ViolationCode::InvalidZoneinfo],
        AttributeFormat::Url => &[ViolationCode::InvalidUrl],
        AttributeFormat::PhoneNumber => &[ViolationCode::InvalidPhoneNumber],
        AttributeFormat::Email => &[ViolationCode::InvalidEmail, ViolationCode::UndeliverableEmail],
        AttributeFormat::Number => &[ViolationCode::InvalidNumber],
    };
    let mut codes: Vec<Rule> = by_format.iter().copied().map(Rule::from).collect();
    if rules.min_length > 0 {
        codes.push(Rule::with(ViolationCode::TooShort, "min", rules.min_length));
    }
    codes.push(Rule::with(ViolationCode::TooLong, "max", rules.max_length));
    if rules.rejects_urls {
        codes.push(Rule::from(ViolationCode::ContainsUrl));
    }
    if rules.pattern.is_some() {
        codes.push(Rule::from(ViolationCode::InvalidFormat));
    }
    if !rules.one_of.is_empty() {
        codes.push(Rule::with(ViolationCode::NotAnOption, "options", rules.one_of.clone()));
    }
    codes
}

/// Returns the schema that every valid value of a format satisfies before the service normalises
/// the value.
fn of_format(format: AttributeFormat) -> Option<Value> {
    let pattern = match format {
        AttributeFormat::Text
        | AttributeFormat::Address
        | AttributeFormat::Name
        | AttributeFormat::Locale
        | AttributeFormat::Zoneinfo => return None,
        AttributeFormat::Birthdate => patterns::trimmed("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        AttributeFormat::Url => patterns::URL.to_owned(),
        AttributeFormat::PhoneNumber => patterns::PLUS.to_owned(),
        AttributeFormat::Email => patterns::EMAIL.to_owned(),
        AttributeFormat::Number => patterns::trimmed("[+-]?[0-9]+"),
    };
    Some(json!({"pattern": pattern}))
}
