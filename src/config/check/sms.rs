use crate::config::{
    sections::registration::{Presence, UsernameMode},
    settings::Config,
};

/// Rejects a form that asks for phone numbers if the service would reject every phone number.
/// `Rules` reject unknown regions.
pub(super) fn check(config: &Config, errors: &mut Vec<String>) {
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
    errors.push(format!("limits.sms.allow is empty, but {asked_by}. The service would reject every phone number. List the countries or calling codes that may receive messages, such as [\"GB\", \"+49\"]."));
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
    fn asks_for_no_phone_number_if_all_are_rejected() {
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
    fn rejects_settings_that_need_phone_numbers_and_allow_none() {
        let generated = [("REGISTRATION__USERNAME", "generated"), ("REGISTRATION__EMAIL", "off")];
        for (settings, expected) in [
            (&[("REGISTRATION__USERNAME", "phone")][..], "username is \"phone\""),
            (&[("REGISTRATION__PHONE_NUMBER", "optional")], "phone_number is \"optional\""),
            (&[("REGISTRATION__PHONE_NUMBER", "required")], "phone_number is \"required\""),
            (&generated, "email is \"off\""),
        ] {
            let error = load(settings).unwrap_err();

            assert!(error.starts_with("limits.sms.allow is empty"), "{error}");
            assert!(error.contains(expected) && error.contains("[\"GB\", \"+49\"]"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn warns_about_message_limits_that_contradict_each_other() {
        for (settings, expected) in [
            (&[][..], ""),
            (
                &[("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "4")],
                "limits.messages_per_recipient allows 5 per hour",
            ),
            (
                &[("LIMITS__MESSAGES_PER_RECIPIENT__REFILL", "20m")],
                "limits.messages_per_recipient allows 6 per hour",
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
