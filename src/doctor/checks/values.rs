//! Values of attributes that the form accepts and the pool rejects.

use std::ops::RangeInclusive;

use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, AttributeDataType, SchemaAttributeType, UserPoolType,
};

use super::Examination;
use crate::{
    config::{AttributeFormat, AttributeRule},
    doctor::{FindingCode, commands::shown, form::Inclusion},
};

/// The maximum length of a value in Cognito.
const MAX_LENGTH: usize = 2048;

impl Examination<'_> {
    /// Reports a preferred user name that is an alias. Cognito sets it only for confirmed accounts.
    pub(super) fn alias_at_sign_up(&mut self, pool: &UserPoolType) {
        let name = AliasAttributeType::PreferredUsername;
        let Some(inclusion) = self.form.get(name.as_str()) else { return };
        if !pool.alias_attributes().contains(&name) {
            return;
        }
        let effect = match inclusion {
            Inclusion::Always => "every sign-up",
            Inclusion::Sometimes => "every sign-up that has the attribute",
        };
        self.add(
            FindingCode::AliasAtSignUp,
            format!("The form sends preferred_username, which is an alias of the pool. Cognito rejects {effect}, because the account is not confirmed yet."),
            "Remove the attribute from the settings, and set it after the sign-in. A pool keeps its aliases. The command shows them.",
            self.commands.show_pool("UserPool.AliasAttributes"),
        );
    }

    /// Compares the limits of the schema with the form rules.
    pub(super) fn value_limits(&mut self, pool: &UserPoolType) {
        let config = self.config;
        for attribute in pool.schema_attributes() {
            let Some(name) = attribute.name() else { continue };
            let consents = &config.registration.consents;
            let consent =
                consents.values().find(|consent| consent.attribute.as_deref() == Some(name));
            let difference = match (config.registration.attributes.get(name), consent) {
                (Some(rule), _) => rejected_values(name, rule, attribute),
                (None, Some(consent)) => rejected_option(&consent.version, attribute),
                (None, None) => None,
            };
            let Some(difference) = difference else { continue };
            let name = shown(name);
            self.add(
                FindingCode::AttributeLimits,
                format!("The form accepts {} for the attribute `{name}`, but the pool accepts only {}. Cognito rejects sign-ups with other values.", difference.form, difference.pool),
                format!("Set the same limits in [registration.attributes.\"{name}\"]: min_length and max_length of a string, or the allowed values in one_of. A pool keeps its schema. The command shows it."),
                self.commands.show_pool(&format!("'UserPool.SchemaAttributes[?Name==`{}`]'", plain_name(&name))),
            );
        }
    }
}

/// Values of the form, and the smaller set of the pool.
struct Difference {
    form: String,
    pool: String,
}

fn rejected_values(
    name: &str,
    rule: &AttributeRule,
    attribute: &SchemaAttributeType,
) -> Option<Difference> {
    if !rule.one_of.is_empty() {
        return rule.one_of.iter().find_map(|option| rejected_option(option, attribute));
    }
    if rule.pattern.is_some() {
        // The lengths of values that match a pattern are unknown.
        return None;
    }
    let format = rule.format.or_else(|| AttributeFormat::of_standard_attribute(name));
    if is_number(attribute) {
        let pool = numbers(attribute);
        return match format {
            Some(AttributeFormat::Number) if pool == (i64::MIN..=i64::MAX) => None,
            Some(AttributeFormat::Number) => {
                Some(Difference { form: "every whole number".to_owned(), pool: in_words(&pool) })
            }
            _ => Some(Difference { form: "any string".to_owned(), pool: in_words(&pool) }),
        };
    }
    let (min, max) = match format {
        Some(AttributeFormat::Birthdate) => (10, 10),
        // The registries of these formats limit the lengths of values.
        Some(AttributeFormat::Locale | AttributeFormat::Zoneinfo) => return None,
        Some(AttributeFormat::PhoneNumber) => (3, 16),
        Some(AttributeFormat::Email) => (3, 254),
        Some(AttributeFormat::Number) => (1, 20),
        Some(
            AttributeFormat::Text
            | AttributeFormat::Name
            | AttributeFormat::Address
            | AttributeFormat::Url,
        )
        | None => (1, MAX_LENGTH),
    };
    // The service treats an empty string as absent.
    let min = rule.min_length.unwrap_or(min).max(min);
    let default = format.map_or(max, AttributeFormat::default_max_length);
    let max = rule.max_length.unwrap_or(default).min(max);
    let pool = lengths(attribute);
    let is_accepted = pool.contains(&min) && pool.contains(&max);
    (!is_accepted).then(|| Difference {
        form: format!("{min} to {max} characters"),
        pool: format!("{} to {} characters", pool.start(), pool.end()),
    })
}

fn rejected_option(option: &str, attribute: &SchemaAttributeType) -> Option<Difference> {
    let form = format!("`{}`", shown(option));
    if is_number(attribute) {
        let pool = numbers(attribute);
        let is_accepted = option.parse().is_ok_and(|number: i64| pool.contains(&number));
        return (!is_accepted).then(|| Difference { form, pool: in_words(&pool) });
    }
    let pool = lengths(attribute);
    let is_accepted = pool.contains(&option.chars().count());
    let pool = format!("{} to {} characters", pool.start(), pool.end());
    (!is_accepted).then_some(Difference { form, pool })
}

fn is_number(attribute: &SchemaAttributeType) -> bool {
    attribute.attribute_data_type() == Some(&AttributeDataType::Number)
}

fn lengths(attribute: &SchemaAttributeType) -> RangeInclusive<usize> {
    let limits = attribute.string_attribute_constraints();
    let limit = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let min = limits.and_then(|limits| limit(limits.min_length()));
    let max = limits.and_then(|limits| limit(limits.max_length()));
    min.unwrap_or(0)..=max.unwrap_or(MAX_LENGTH)
}

fn numbers(attribute: &SchemaAttributeType) -> RangeInclusive<i64> {
    let limits = attribute.number_attribute_constraints();
    let limit = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let min = limits.and_then(|limits| limit(limits.min_value()));
    let max = limits.and_then(|limits| limit(limits.max_value()));
    min.unwrap_or(i64::MIN)..=max.unwrap_or(i64::MAX)
}

fn in_words(numbers: &RangeInclusive<i64>) -> String {
    match (*numbers.start(), *numbers.end()) {
        (i64::MIN, i64::MAX) => "numbers".to_owned(),
        (min, i64::MAX) => format!("numbers from {min}"),
        (i64::MIN, max) => format!("numbers up to {max}"),
        (min, max) => format!("numbers from {min} to {max}"),
    }
}

/// Drops the characters that end a quotation of the shell or of the query.
fn plain_name(name: &str) -> String {
    name.replace(['\'', '`', '\\'], "")
}
