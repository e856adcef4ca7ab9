//! What a front end is told of the fields of every form.

use serde_json::{Value, json};

use super::{
    super::{
        email::NEVER_DELIVERED,
        form::{MAX_PASSWORD, MAX_USERNAME},
        rules::{Rules, USERNAME_MODEL},
        violation::ViolationCode,
    },
    patterns,
    told::{Choice, Rule, Told},
};

/// A name that somebody picks.
pub(super) fn username() -> Told {
    let model = USERNAME_MODEL.replace(r"\A", "^").replace(r"\z", "$");
    Told {
        choices: vec![Choice::exact(json!({
            "pattern": model,
            "not": {"pattern": r"[^@]@+[^@]|^\+[0-9]+$"},
        }))],
        rules: [
            Rule::with(ViolationCode::TooLong, "max", MAX_USERNAME),
            Rule::matching(ViolationCode::ControlCharacter, patterns::no_control()),
            Rule::from(ViolationCode::DirectionCharacter),
            Rule::matching(ViolationCode::InvalidUsername, model),
            Rule::from(ViolationCode::LooksLikeEmail),
            Rule::from(ViolationCode::LooksLikePhoneNumber),
        ]
        .into(),
        open: Vec::new(),
    }
}

/// An email address of at most so many characters.
pub(super) fn email(max: usize) -> Told {
    let codes = [ViolationCode::InvalidEmail, ViolationCode::UndeliverableEmail];
    Told {
        choices: vec![
            Choice::matching(&patterns::email::plain(max, &NEVER_DELIVERED)),
            Choice::open(&patterns::email::international(), &codes),
        ],
        rules: codes.map(Rule::from).into(),
        open: Vec::new(),
    }
}

/// A phone number, of which tables tell whether it can exist.
pub(super) fn phone_number() -> Told {
    let codes = [ViolationCode::InvalidPhoneNumber];
    Told {
        choices: vec![Choice::open(&patterns::phone_number(), &codes)],
        rules: codes.map(Rule::from).into(),
        open: Vec::new(),
    }
}

/// A password, by the pool's policy and what else is asked of it. `has_names` says whether a
/// form can hold a name that it may not contain.
pub(super) fn password(checked: &Rules, has_names: bool) -> Told {
    let policy = &checked.password;
    let mut rules = vec![
        Rule::with(ViolationCode::TooShort, "min", policy.min_length),
        Rule::with(ViolationCode::TooLong, "max", MAX_PASSWORD),
        Rule::matching(ViolationCode::WhiteSpace, patterns::no_outer_white_space()),
        Rule::matching(ViolationCode::ControlCharacter, patterns::no_control()),
    ];
    for (is_required, code, pattern) in [
        (policy.require_uppercase, ViolationCode::NeedsUppercase, "[A-Z]".to_owned()),
        (policy.require_lowercase, ViolationCode::NeedsLowercase, "[a-z]".to_owned()),
        (policy.require_number, ViolationCode::NeedsNumber, "[0-9]".to_owned()),
        (policy.require_symbol, ViolationCode::NeedsSymbol, patterns::symbol()),
    ] {
        if is_required {
            rules.push(Rule::matching(code, pattern));
        }
    }
    let patterns: Vec<Value> = rules
        .iter()
        .filter_map(|rule| rule.pattern.as_deref())
        .map(|pattern| json!({"pattern": pattern}))
        .collect();
    let choice = json!({"minLength": policy.min_length, "allOf": patterns});
    let mut open = Vec::new();
    if has_names {
        open.push(Rule::from(ViolationCode::ContainsUsername));
    }
    #[cfg(feature = "strength")]
    if checked.password_strength.check {
        let min_score = checked.password_strength.min_score;
        open.push(Rule::with(ViolationCode::TooWeak, "min", min_score));
    }
    if checked.refuses_breached {
        open.push(Rule::from(ViolationCode::Breached));
    }
    rules.extend(open.iter().cloned());
    Told { choices: vec![Choice::exact(choice)], rules, open }
}

/// The schema of a password: other than in all other fields white space is no absence.
pub(super) fn password_schema(told: &Told, is_required: bool) -> Value {
    let mut schema = told.schema(true, MAX_PASSWORD);
    if !is_required {
        schema = json!({"anyOf": [{"type": "string", "maxLength": 0}, schema]});
    }
    schema
}
