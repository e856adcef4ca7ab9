use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::{
    config::{Presence, UsernameMode},
    registration::{
        fields::{
            attributes,
            consent::{self, Consent},
            email::Email,
            password,
            phone::PhoneNumber,
            strength,
            text::filled,
            username::{self, Username, UsernameKey},
        },
        forms::{registration_form::RegistrationForm, sent},
        rules::Rules,
        trigger_metadata,
        violation::{Violation, ViolationCode},
        violations::Violations,
    },
};

/// A checked registration. Its values are normalised.
pub struct Registration {
    /// The name of the account.
    pub username: Username,
    /// The password as typed.
    pub password: Option<SecretString>,
    /// The email address.
    pub email: Option<Email>,
    /// The phone number.
    pub phone_number: Option<PhoneNumber>,
    /// The other attributes, sorted by name.
    pub attributes: Vec<(String, String)>,
    /// The client metadata for Lambda triggers.
    pub client_metadata: BTreeMap<String, String>,
    /// The validation data for the pre-sign-up trigger.
    pub validation_data: BTreeMap<String, String>,
    /// The Pinpoint endpoint.
    pub analytics_endpoint_id: Option<String>,
    /// Cognito's EncodedData, unchecked.
    pub device_data: Option<String>,
    /// The proof for the bot check, unchecked.
    pub human_proof: Option<String>,
    /// The given consents, sorted by document.
    pub consents: Vec<Consent>,
}

impl Registration {
    /// Checks a form by a deployment's form rules.
    ///
    /// # Errors
    /// Returns all violations at once, in the contract's order of fields. If a field exceeds a
    /// limit of Cognito's model, does not check other form rules of the field.
    pub fn parse(
        form: RegistrationForm,
        rules: &Rules,
        key: &UsernameKey,
    ) -> Result<Self, Vec<Violation>> {
        let mut violations = sent::violations(&form);
        let email = recipient("email", form.email, rules.email, Email::parse, &mut violations);
        if let Some(violation) =
            email.as_ref().and_then(|email| rules.email_domains.violation(email))
        {
            violations.push(violation);
        }
        let phone_number = recipient(
            "phone_number",
            form.phone_number,
            rules.phone_number,
            |typed| PhoneNumber::parse_in(rules.default_country, typed),
            &mut violations,
        );
        if let Some(violation) =
            phone_number.as_ref().and_then(|number| rules.sms_violation(number))
        {
            violations.add(&["phone_number"], violation);
        }
        let password = password::given(form.password.map(|sent| sent.0));
        let sources = username::Sources {
            email: email.as_ref(),
            phone_number: phone_number.as_ref(),
            password: password.as_ref(),
            key,
        };
        let username = username::check(form.username, &sources, rules, &mut violations);
        let names = password::Names {
            username: username
                .as_ref()
                .filter(|_| rules.mode == UsernameMode::Chosen)
                .map(Username::as_str),
            email: email.as_ref(),
            phone_digits: phone_number
                .as_ref()
                .filter(|_| rules.mode == UsernameMode::Phone)
                .map(PhoneNumber::national_digits),
        };
        password::check(password.as_ref(), &rules.password, names, &mut violations);
        let mut attributes = attributes::check(form.attributes, &rules.attributes, &mut violations);
        strength::check(
            password.as_ref(),
            &rules.password_strength,
            strength::GuessableData {
                username: names.username,
                email: names.email,
                phone_digits: phone_number.as_ref().map(PhoneNumber::national_digits),
                attributes: &attributes,
            },
            &mut violations,
        );
        let client_metadata = trigger_metadata::check(
            "client_metadata",
            form.client_metadata,
            &rules.client_metadata,
            &mut violations,
        );
        let validation_data = trigger_metadata::check(
            "validation_data",
            form.validation_data,
            &rules.validation_data,
            &mut violations,
        );
        let consents = consent::check(form.consents, &rules.consents, &mut violations);
        attributes.extend(consent::attributes(&consents, &rules.consents));
        attributes.sort_unstable();

        match username {
            Some(username) if violations.is_empty() => Ok(Self {
                username,
                password,
                email,
                phone_number,
                attributes,
                client_metadata,
                validation_data,
                analytics_endpoint_id: filled(form.analytics_endpoint_id),
                device_data: filled(form.device_data),
                human_proof: filled(form.human_proof),
                consents,
            }),
            _ => Err(violations.in_order()),
        }
    }

    /// Returns the email address, or the phone number if there is no email address. Returns `None`
    /// if there is no recipient.
    #[must_use]
    pub fn recipient(&self) -> Option<&str> {
        self.recipients().into_iter().flatten().next()
    }

    /// Returns the email address and the phone number.
    #[must_use]
    pub fn recipients(&self) -> [Option<&str>; 2] {
        [
            self.email.as_ref().map(Email::as_str),
            self.phone_number.as_ref().map(PhoneNumber::as_str),
        ]
    }
}

opaque_debug!(Registration);

fn recipient<T>(
    field: &str,
    sent: Option<String>,
    presence: Presence,
    parse: impl FnOnce(&str) -> Result<T, ViolationCode>,
    violations: &mut Violations,
) -> Option<T> {
    if violations.any_at(&[field]) {
        return None;
    }
    let Some(text) = filled(sent) else {
        if presence == Presence::Required {
            violations.add(&[field], ViolationCode::Required);
        }
        return None;
    };
    if presence == Presence::Off {
        violations.add(&[field], ViolationCode::NotAllowed);
        return None;
    }
    parse(&text).map_err(|code| violations.add(&[field], code)).ok()
}
