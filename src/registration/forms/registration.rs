//! A registration whose every field was checked.

use std::{collections::BTreeMap, fmt};

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
            text::filled,
            username::{self, Username, UsernameKey},
        },
        forms::registration_form::RegistrationForm,
        mistakes::Mistakes,
        rules::Rules,
        trigger_metadata,
        violation::{Violation, ViolationCode},
    },
};

/// A registration that breaks no rule, made by [`Registration::parse`]. Its values are normalised,
/// and are sent as they are.
pub struct Registration {
    /// The name of the account.
    pub username: Username,
    /// The password, exactly as typed.
    pub password: Option<SecretString>,
    /// The email address.
    pub email: Option<Email>,
    /// The phone number.
    pub phone_number: Option<PhoneNumber>,
    /// The other attributes, by name, in the order of their names.
    pub attributes: Vec<(String, String)>,
    /// What Lambda triggers see.
    pub client_metadata: BTreeMap<String, String>,
    /// What the pre-sign-up trigger sees.
    pub validation_data: BTreeMap<String, String>,
    /// The Pinpoint endpoint.
    pub analytics_endpoint_id: Option<String>,
    /// Cognito's EncodedData as the front end collected it, unchecked.
    pub device_data: Option<String>,
    /// The answer to a bot check, unchecked.
    pub human_proof: Option<String>,
    /// The documents agreed to, in the order of their names.
    pub consents: Vec<Consent>,
}

impl Registration {
    /// Checks a form by a deployment's rules.
    ///
    /// # Errors
    /// All mistakes at once, in the order of the contract's fields. A field that breaks
    /// the limits of Cognito's model is not judged further.
    pub fn parse(
        form: RegistrationForm,
        rules: &Rules,
        key: &UsernameKey,
    ) -> Result<Self, Vec<Violation>> {
        let mut mistakes = form.mistakes();
        let email = recipient("email", form.email, rules.email, Email::parse, &mut mistakes);
        if let Some(mistake) = email.as_ref().and_then(|email| rules.email_domains.judge(email)) {
            mistakes.push(mistake);
        }
        let phone_number = recipient(
            "phone_number",
            form.phone_number,
            rules.phone_number,
            PhoneNumber::parse,
            &mut mistakes,
        );
        if let Some(mistake) = phone_number.as_ref().and_then(|number| rules.sms_mistake(number)) {
            mistakes.add(&["phone_number"], mistake);
        }
        let password = password::given(form.password.map(|sent| sent.0));
        let sources = username::Sources {
            email: email.as_ref(),
            phone_number: phone_number.as_ref(),
            password: password.as_ref(),
            key,
        };
        let username = username::check(form.username, &sources, rules, &mut mistakes);
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
        password::check(password.as_ref(), &rules.password, names, &mut mistakes);
        let mut attributes = attributes::check(form.attributes, &rules.attributes, &mut mistakes);
        crate::registration::fields::strength::check(
            password.as_ref(),
            &rules.password_strength,
            crate::registration::fields::strength::Person {
                username: names.username,
                email: names.email,
                phone_digits: phone_number.as_ref().map(PhoneNumber::national_digits),
                attributes: &attributes,
            },
            &mut mistakes,
        );
        let client_metadata = trigger_metadata::check(
            "client_metadata",
            form.client_metadata,
            &rules.client_metadata,
            &mut mistakes,
        );
        let validation_data = trigger_metadata::check(
            "validation_data",
            form.validation_data,
            &rules.validation_data,
            &mut mistakes,
        );
        let consents = consent::check(form.consents, &rules.consents, &mut mistakes);
        attributes.extend(consent::attributes(&consents, &rules.consents));
        attributes.sort_unstable();

        match username {
            Some(username) if mistakes.is_empty() => Ok(Self {
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
            _ => Err(mistakes.in_order()),
        }
    }

    /// The email address, or else the phone number.
    #[must_use]
    pub fn recipient(&self) -> Option<&str> {
        let email = self.email.as_ref().map(Email::as_str);
        email.or(self.phone_number.as_ref().map(PhoneNumber::as_str))
    }

    /// What sign-ups are remembered by: the name of the account, or, where that is made
    /// here, the email address or else the phone number.
    #[must_use]
    pub fn recipient_or_username(&self) -> &str {
        match self.recipient() {
            Some(recipient) if self.username.is_generated() => recipient,
            _ => self.username.as_str(),
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Registration(..)")
    }
}

/// An email address or a phone number, as far as the deployment asks for one.
fn recipient<T>(
    field: &str,
    sent: Option<String>,
    presence: Presence,
    parse: fn(&str) -> Result<T, ViolationCode>,
    mistakes: &mut Mistakes,
) -> Option<T> {
    if mistakes.any_at(&[field]) {
        return None;
    }
    let Some(typed) = filled(sent) else {
        if presence == Presence::Required {
            mistakes.add(&[field], ViolationCode::Required);
        }
        return None;
    };
    if presence == Presence::Off {
        mistakes.add(&[field], ViolationCode::NotAllowed);
        return None;
    }
    parse(&typed).map_err(|code| mistakes.add(&[field], code)).ok()
}
