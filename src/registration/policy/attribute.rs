//! What a front end is told of an attribute.

use serde_json::{Value, json};

use super::{
    super::{
        attributes::AttributeRules, email::MAX_LENGTH as MAX_EMAIL, entries::MAX_VALUE,
        mistakes::Mistakes, violation::ViolationCode,
    },
    ecma, fields, patterns,
    told::{Choice, Rule, Told},
};
use crate::config::AttributeFormat;

/// What of an attribute's rules the schema can say, and the rest.
pub(super) fn told(rules: &AttributeRules) -> Told {
    let mut told = of_format(rules.format);
    if rules.one_of.is_empty() {
        limit(&mut told, rules);
    } else {
        choose(&mut told, rules);
    }
    told.rules.extend(own_rules(rules));
    if rules.max_length == MAX_VALUE {
        told.rules.push(Rule::with(ViolationCode::TooLong, "max", MAX_VALUE));
    }
    told
}

/// What the format alone takes.
fn of_format(format: AttributeFormat) -> Told {
    let filled_text = || {
        Choice::exact(json!({
            "allOf": [{"pattern": patterns::filled()}, {"pattern": patterns::no_control()}]
        }))
    };
    let (choices, codes) = match format {
        AttributeFormat::Text => (vec![filled_text()], &[ViolationCode::ControlCharacter][..]),
        AttributeFormat::Name => (
            vec![Choice::matching(&patterns::name())],
            &[ViolationCode::ControlCharacter, ViolationCode::DirectionCharacter][..],
        ),
        AttributeFormat::Birthdate => {
            let codes = &[ViolationCode::InvalidBirthdate];
            let passed = Choice::matching(&patterns::day_that_has_passed());
            (vec![passed, Choice::open(&patterns::day_that_may_lie_ahead(), codes)], &codes[..])
        }
        AttributeFormat::Locale => {
            let codes = &[ViolationCode::InvalidLocale];
            let simple = Choice::matching(&patterns::simple_locale());
            (vec![simple, Choice::open(&patterns::extended_locale(), codes)], &codes[..])
        }
        AttributeFormat::Zoneinfo => {
            (vec![Choice::matching(&patterns::zones())], &[ViolationCode::InvalidZoneinfo][..])
        }
        AttributeFormat::Url => {
            let codes = &[ViolationCode::InvalidUrl];
            (vec![Choice::open(&patterns::web_address(), codes)], &codes[..])
        }
        AttributeFormat::PhoneNumber => return fields::phone_number(),
        AttributeFormat::Email => return fields::email(MAX_EMAIL),
        AttributeFormat::Number => {
            (vec![Choice::matching(&patterns::number())], &[ViolationCode::InvalidNumber][..])
        }
    };
    Told { choices, rules: codes.iter().copied().map(Rule::from).collect(), ..Told::default() }
}

/// The rules of the settings that are not of the format.
fn own_rules(rules: &AttributeRules) -> Vec<Rule> {
    let mut own = Vec::new();
    if rules.min_length > 0 {
        own.push(Rule::with(ViolationCode::TooShort, "min", rules.min_length));
    }
    if rules.max_length < MAX_VALUE {
        own.push(Rule::with(ViolationCode::TooLong, "max", rules.max_length));
    }
    if rules.pattern.is_some() {
        own.push(Rule::from(ViolationCode::InvalidFormat));
    }
    if !rules.one_of.is_empty() {
        own.push(Rule::with(ViolationCode::NotAnOption, "options", rules.one_of.clone()));
    }
    own
}

/// Takes what keeps the rules on the canonical value: they can be said where that is the
/// value as typed, at most without the white space around it.
fn limit(told: &mut Told, rules: &AttributeRules) {
    let (min, max) = (rules.min_length, rules.max_length);
    let is_as_typed = rules.format == AttributeFormat::Text;
    let is_trimmed = matches!(
        rules.format,
        AttributeFormat::Name | AttributeFormat::Birthdate | AttributeFormat::Zoneinfo
    );
    if !is_as_typed && !is_trimmed {
        told.open.extend(own_rules(rules));
        return;
    }
    let mut limits = Vec::new();
    if is_as_typed && (min > 1 || max < MAX_VALUE) {
        limits.push(json!({"minLength": min, "maxLength": max}));
    } else if min > 1 || max < MAX_VALUE {
        limits.push(json!({"pattern": patterns::trimmed_length(min, max)}));
    }
    if let Some(pattern) = &rules.pattern {
        match ecma::translated(pattern) {
            Some(pattern) if is_as_typed => {
                limits.push(json!({"pattern": format!("^(?:{pattern})$")}));
            }
            Some(pattern) => {
                limits.push(json!({"pattern": patterns::strictly_trimmed(&pattern)}));
            }
            None => told.open.push(Rule::from(ViolationCode::InvalidFormat)),
        }
    }
    if limits.is_empty() {
        return;
    }
    for choice in &mut told.choices {
        let all: Vec<Value> = std::iter::once(choice.schema.take()).chain(limits.clone()).collect();
        choice.schema = json!({"allOf": all});
    }
}

/// Takes the options that keep all other rules, however they may be written.
fn choose(told: &mut Told, rules: &AttributeRules) {
    let options = rules.one_of.iter().filter(|option| {
        let mut mistakes = Mistakes::default();
        rules.judge(option, &[], &mut mistakes);
        mistakes.is_empty() && !option.trim().is_empty()
    });
    let spelled: Vec<String> = match rules.format {
        AttributeFormat::Text => {
            let options: Vec<&String> = options.collect();
            told.choices = vec![Choice::exact(json!({"enum": options}))];
            return;
        }
        AttributeFormat::Url | AttributeFormat::PhoneNumber => Vec::new(),
        AttributeFormat::Name | AttributeFormat::Birthdate | AttributeFormat::Zoneinfo => {
            options.map(|option| patterns::literal(option)).collect()
        }
        AttributeFormat::Locale => {
            options.map(|option| patterns::literal_in_any_case(option, "[-_]")).collect()
        }
        AttributeFormat::Email => {
            options.map(|option| patterns::literal_in_any_case(option, "-")).collect()
        }
        AttributeFormat::Number => options.map(|option| patterns::spelled_number(option)).collect(),
    };
    told.choices
        .retain(|choice| !choice.open.is_empty() && rules.format != AttributeFormat::Birthdate);
    for choice in &mut told.choices {
        choice.open.extend(own_rules(rules));
    }
    if !spelled.is_empty() {
        told.choices.insert(0, Choice::matching(&patterns::trimmed(&spelled.join("|"))));
    }
}
