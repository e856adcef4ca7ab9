//! The check of `[limits.sms]` against the form.

use crate::config::{
    sections::registration::{Presence, UsernameMode},
    settings::Config,
};

/// Rejects a form that asks for phone numbers if all of them are rejected. The rules of the form
/// reject unknown regions.
pub(super) fn check(config: &Config, mistakes: &mut Vec<String>) {
    let registration = &config.registration;
    if !config.limits.rejects_every_number() {
        return;
    }
    let asked_by = match (registration.username, registration.phone_number) {
        (UsernameMode::Phone, _) => "registration.username is \"phone\"",
        (_, Presence::Required) => "registration.phone_number is \"required\"",
        (_, Presence::Optional) => "registration.phone_number is \"optional\"",
        _ if registration.phone_number_is_the_only_recipient() => "registration.email is \"off\"",
        _ => return,
    };
    mistakes.push(format!("limits.sms.allow is empty, so that no phone number is taken, but {asked_by}: list the countries or calling codes that may be sent messages, such as [\"GB\", \"+49\"]"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn load(settings: &[(&str, &str)]) -> Result<Config, String> {
        let pool = [
            ("COGNITO__REGION", "us-east-1"),
            ("COGNITO__USER_POOL_ID", "us-east-1_EXAMPLE"),
            ("COGNITO__CLIENT_ID", "1example23456789"),
        ];
        let variable =
            |(name, value): &(&str, &str)| (format!("VESTIBULE__{name}"), (*value).to_owned());
        let environment: Vec<(String, String)> =
            pool.iter().chain(settings).map(variable).collect();
        Config::load(Sources { environment: &environment, ..Sources::default() })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn asks_for_no_number_where_none_would_be_taken() {
        let (chosen, generated) =
            (("REGISTRATION__USERNAME", "chosen"), ("REGISTRATION__USERNAME", "generated"));
        let allow = ("LIMITS__SMS__ALLOW", "GB, +49");
        for (settings, expected) in [
            (&[chosen][..], Presence::Off),
            (&[generated], Presence::Off),
            (&[chosen, allow], Presence::Optional),
            (&[generated, allow], Presence::Optional),
            (&[chosen, ("LIMITS__MODE", "off")], Presence::Optional),
            (&[chosen, ("LIMITS__SMS__MODE", "off")], Presence::Optional),
            (&[chosen, ("LIMITS__MODE", "observe")], Presence::Optional),
            (
                &[chosen, ("LIMITS__MODE", "observe"), ("LIMITS__SMS__MODE", "enforce")],
                Presence::Off,
            ),
            (&[chosen, allow, ("REGISTRATION__PHONE_NUMBER", "required")], Presence::Required),
            (&[("REGISTRATION__USERNAME", "phone"), allow], Presence::Required),
            (&[("REGISTRATION__USERNAME", "phone"), ("LIMITS__MODE", "off")], Presence::Required),
            (&[allow], Presence::Off),
        ] {
            let config = load(settings).unwrap_or_else(|error| panic!("{settings:?}: {error}"));

            assert_eq!(config.registration.phone_number_presence(), expected, "{settings:?}");
        }
    }

    #[test]
    fn does_not_start_where_numbers_are_needed_and_none_is_taken() {
        let generated = [("REGISTRATION__USERNAME", "generated"), ("REGISTRATION__EMAIL", "off")];
        for (settings, expected) in [
            (&[("REGISTRATION__USERNAME", "phone")][..], "username is \"phone\""),
            (&[("REGISTRATION__PHONE_NUMBER", "optional")], "phone_number is \"optional\""),
            (&[("REGISTRATION__PHONE_NUMBER", "required")], "phone_number is \"required\""),
            (&generated, "email is \"off\""),
        ] {
            let sentence = load(settings).unwrap_err();

            assert!(sentence.starts_with("limits.sms.allow is empty"), "{sentence}");
            assert!(
                sentence.contains(expected) && sentence.contains("[\"GB\", \"+49\"]"),
                "{sentence}"
            );
            assert_eq!(sentence.lines().count(), 1, "{sentence}");
        }
    }

    #[test]
    fn warns_of_messages_that_do_not_fit_together() {
        for (settings, expected) in [
            (&[][..], ""),
            (
                &[("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "4")],
                "limits.messages_per_recipient lets 5 through in an hour",
            ),
            (
                &[("LIMITS__MESSAGES_PER_RECIPIENT__REFILL", "20m")],
                "limits.messages_per_recipient lets 6 through in an hour",
            ),
            (
                &[("LIMITS__MESSAGE_COOLDOWN__REFILL", "61s")],
                "longer than registration.resend_interval",
            ),
            (
                &[("REGISTRATION__RESEND_INTERVAL", "20s")],
                "longer than registration.resend_interval",
            ),
        ] {
            let mut warnings = load(settings).unwrap().warnings();
            warnings.retain(|warning| warning.starts_with("limits."));
            let warnings = warnings.join("\n");

            assert!(warnings.contains(expected), "{settings:?}: {warnings}");
            assert_eq!(warnings.is_empty(), expected.is_empty(), "{settings:?}: {warnings}");
        }
    }
}
