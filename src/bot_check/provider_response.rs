//! The response of a provider and its check against the settings.

use jiff::Timestamp;
use serde::Deserialize;

use super::failure::Failure;
use crate::config::{Siteverify, SiteverifyProvider};

/// Error codes that concern this service, not the proof.
const SERVICE_CODES: [&str; 5] = [
    "missing-input-secret",
    "invalid-input-secret",
    "invalid-parsed-secret",
    "missing-remoteip",
    "invalid-remoteip",
];

/// Error code of an internal error of the provider.
const INTERNAL_ERROR: [&str; 1] = ["internal-error"];

/// The response of Turnstile, hCaptcha and reCAPTCHA. Each provider omits some of the fields.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProviderResponse {
    pub(super) success: bool,
    #[serde(rename = "error-codes")]
    error_codes: Option<Vec<String>>,
    hostname: Option<String>,
    action: Option<String>,
    score: Option<f64>,
    challenge_ts: Option<String>,
}

impl ProviderResponse {
    /// Returns `true` if the provider rejects this service's secret or parameters.
    pub(super) fn rejects_this_service(&self) -> bool {
        !self.success && self.has_code(&SERVICE_CODES)
    }

    /// Returns `true` if the provider could not check the proof because of an internal error.
    pub(super) fn is_internal_error(&self) -> bool {
        !self.success && self.has_code(&INTERNAL_ERROR)
    }

    /// Returns `true` if the response names a reason.
    pub(super) fn has_codes(&self) -> bool {
        self.error_codes.as_ref().is_some_and(|codes| !codes.is_empty())
    }

    /// Checks the response against the settings. A missing value fails if the settings require it.
    pub(super) fn check(&self, settings: &Siteverify, now: Timestamp) -> Result<(), Failure> {
        if !self.success {
            return Err(Failure::Provider);
        }
        // The other fields are meaningless with a test key.
        if settings.is_for_tests() {
            return Ok(());
        }
        let requirements = [
            (self.matches_hostname(&settings.hostnames), Failure::Hostname),
            (self.matches_action(settings.action.as_deref()), Failure::Action),
            (self.reaches_score(settings), Failure::Score),
            (self.is_recent(settings, now), Failure::Age),
        ];
        let failure = requirements.into_iter().find(|(is_met, _)| !is_met);
        failure.map_or(Ok(()), |(_, failure)| Err(failure))
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        let mut reported = self.error_codes.iter().flatten();
        reported.any(|code| codes.contains(&code.as_str()))
    }

    fn matches_hostname(&self, hostnames: &[String]) -> bool {
        let hostname = self.hostname.as_deref().unwrap_or_default();
        hostnames.is_empty() || hostnames.iter().any(|own| own.eq_ignore_ascii_case(hostname))
    }

    fn matches_action(&self, action: Option<&str>) -> bool {
        action.is_none() || self.action.as_deref() == action
    }

    fn reaches_score(&self, settings: &Siteverify) -> bool {
        let score = match (settings.provider, self.score) {
            // The score of hCaptcha is a risk: 1.0 is a bot.
            (SiteverifyProvider::Hcaptcha, Some(risk)) => 1.0 - risk,
            (_, Some(score)) => score,
            (_, None) => 0.0,
        };
        score >= settings.min_score
    }

    /// Returns `true` if the user solved the widget within `max_age`. Allows the same difference in
    /// the future, because clocks differ.
    fn is_recent(&self, settings: &Siteverify, now: Timestamp) -> bool {
        let solved: Option<Timestamp> =
            self.challenge_ts.as_deref().and_then(|text| text.parse().ok());
        solved.is_some_and(|solved| now.duration_since(solved).unsigned_abs() <= settings.max_age)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::config::OnOutage;

    use super::*;

    const NOW: &str = "2026-10-11T12:00:00Z";

    fn settings(provider: SiteverifyProvider) -> Siteverify {
        Siteverify {
            provider,
            url: None,
            secret: Some("secret".into()),
            secret_file: None,
            site_key: None,
            hostnames: Vec::new(),
            action: None,
            min_score: 0.0,
            max_age: Duration::from_mins(5),
            send_remote_ip: true,
            timeout: Duration::from_secs(1),
            on_outage: OnOutage::Reject,
        }
    }

    fn check(settings: &Siteverify, body: &str) -> Result<(), Failure> {
        let response: ProviderResponse = serde_json::from_str(body).unwrap();
        response.check(settings, NOW.parse().unwrap())
    }

    #[test]
    fn checks_each_providers_response_against_the_settings() {
        let turnstile = || settings(SiteverifyProvider::Turnstile);
        let hcaptcha = || settings(SiteverifyProvider::Hcaptcha);
        let recaptcha = || settings(SiteverifyProvider::Recaptcha);
        let hosts = || vec!["example.com".to_owned(), "www.example.com".to_owned()];
        let fresh = r#""success": true, "challenge_ts": "2026-10-11T11:59:00Z""#;
        for (case, settings, body, expected) in [
            (
                "failure",
                turnstile(),
                r#""success": false, "error-codes": ["invalid-input-response"]"#,
                Err(Failure::Provider),
            ),
            (
                "failure without error codes",
                recaptcha(),
                r#""success": false"#,
                Err(Failure::Provider),
            ),
            (
                "no error codes",
                hcaptcha(),
                r#""success": false, "error-codes": null"#,
                Err(Failure::Provider),
            ),
            ("success", turnstile(), fresh, Ok(())),
            (
                "our host",
                Siteverify { hostnames: hosts(), ..turnstile() },
                &format!(r#"{fresh}, "hostname": "WWW.example.com""#),
                Ok(()),
            ),
            (
                "another host",
                Siteverify { hostnames: hosts(), ..turnstile() },
                &format!(r#"{fresh}, "hostname": "evil.example""#),
                Err(Failure::Hostname),
            ),
            (
                "a subdomain",
                Siteverify { hostnames: hosts(), ..turnstile() },
                &format!(r#"{fresh}, "hostname": "evil.example.com""#),
                Err(Failure::Hostname),
            ),
            (
                "no host",
                Siteverify { hostnames: hosts(), ..recaptcha() },
                &format!(r#"{fresh}, "apk_package_name": "com.example""#),
                Err(Failure::Hostname),
            ),
            (
                "our action",
                Siteverify { action: Some("register".into()), ..recaptcha() },
                &format!(r#"{fresh}, "action": "register""#),
                Ok(()),
            ),
            (
                "another action",
                Siteverify { action: Some("register".into()), ..recaptcha() },
                &format!(r#"{fresh}, "action": "Register""#),
                Err(Failure::Action),
            ),
            (
                "no action",
                Siteverify { action: Some("register".into()), ..turnstile() },
                fresh,
                Err(Failure::Action),
            ),
            (
                "a score as required",
                Siteverify { min_score: 0.5, ..recaptcha() },
                &format!(r#"{fresh}, "score": 0.5"#),
                Ok(()),
            ),
            (
                "a lower score",
                Siteverify { min_score: 0.5, ..recaptcha() },
                &format!(r#"{fresh}, "score": 0.4"#),
                Err(Failure::Score),
            ),
            ("no score", Siteverify { min_score: 0.5, ..recaptcha() }, fresh, Err(Failure::Score)),
            (
                "hCaptcha's risk is low",
                Siteverify { min_score: 0.7, ..hcaptcha() },
                &format!(r#"{fresh}, "score": 0.2, "score_reason": []"#),
                Ok(()),
            ),
            (
                "hCaptcha's risk is high",
                Siteverify { min_score: 0.7, ..hcaptcha() },
                &format!(r#"{fresh}, "score": 0.9"#),
                Err(Failure::Score),
            ),
            (
                "too old",
                turnstile(),
                r#""success": true, "challenge_ts": "2026-10-11T11:54:59.999Z""#,
                Err(Failure::Age),
            ),
            (
                "another zone",
                recaptcha(),
                r#""success": true, "challenge_ts": "2026-10-11T13:59:00+02:00""#,
                Ok(()),
            ),
            (
                "a clock that is ahead",
                recaptcha(),
                r#""success": true, "challenge_ts": "2026-10-11T12:00:30Z""#,
                Ok(()),
            ),
            (
                "tomorrow",
                recaptcha(),
                r#""success": true, "challenge_ts": "2026-10-12T12:00:30Z""#,
                Err(Failure::Age),
            ),
            ("no time", turnstile(), r#""success": true"#, Err(Failure::Age)),
            (
                "an unknown time format",
                turnstile(),
                r#""success": true, "challenge_ts": "yesterday""#,
                Err(Failure::Age),
            ),
        ] {
            assert_eq!(check(&settings, &format!("{{{body}}}")), expected, "{case}");
        }
    }

    #[test]
    fn checks_only_success_with_a_test_key() {
        for (provider, secret) in [
            (SiteverifyProvider::Turnstile, "1x0000000000000000000000000000000AA"),
            (SiteverifyProvider::Hcaptcha, "0x0000000000000000000000000000000000000000"),
            (SiteverifyProvider::Recaptcha, "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"),
        ] {
            let mut settings = settings(provider);
            settings.hostnames = vec!["example.com".to_owned()];
            settings.min_score = 0.5;
            let real = settings.clone();
            settings.secret = Some(secret.into());

            assert_eq!(check(&settings, r#"{"success": true}"#), Ok(()), "{secret}");
            assert_eq!(
                check(&settings, r#"{"success": false}"#),
                Err(Failure::Provider),
                "{secret}"
            );
            assert_eq!(check(&real, r#"{"success": true}"#), Err(Failure::Hostname), "{secret}");
        }
    }

    #[test]
    fn distinguishes_error_codes_about_the_service_the_provider_and_the_proof() {
        for (code, rejects_this_service, is_internal_error) in [
            ("invalid-input-secret", true, false),
            ("missing-input-secret", true, false),
            ("internal-error", false, true),
            ("invalid-input-response", false, false),
            ("timeout-or-duplicate", false, false),
            ("already-seen-response", false, false),
            ("sitekey-secret-mismatch", false, false),
            // A client can cause this error with its proof.
            ("bad-request", false, false),
            ("something-new", false, false),
        ] {
            let response = ProviderResponse {
                error_codes: Some(vec![code.to_owned()]),
                ..ProviderResponse::default()
            };

            assert_eq!(
                (response.rejects_this_service(), response.is_internal_error()),
                (rejects_this_service, is_internal_error),
                "{code}"
            );
        }
    }
}
