//! What a provider says of a token, and what the settings make of it.

use jiff::Timestamp;
use serde::Deserialize;

use super::Doubt;
use crate::config::{Provider, Siteverify};

/// Codes that speak of this service and not of the token.
const ABOUT_US: [&str; 5] = [
    "missing-input-secret",
    "invalid-input-secret",
    "invalid-parsed-secret",
    "missing-remoteip",
    "invalid-remoteip",
];

/// Codes of a provider that could not judge.
const NO_VERDICT: [&str; 1] = ["internal-error"];

/// The answer as Turnstile, hCaptcha and reCAPTCHA share it; each leaves out what it does not
/// know.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Verdict {
    pub(super) success: bool,
    #[serde(rename = "error-codes")]
    error_codes: Option<Vec<String>>,
    hostname: Option<String>,
    action: Option<String>,
    score: Option<f64>,
    challenge_ts: Option<String>,
}

impl Verdict {
    /// Whether the provider will not talk to this service.
    pub(super) fn refuses_us(&self) -> bool {
        !self.success && self.has_code(&ABOUT_US)
    }

    /// Whether the provider could not judge.
    pub(super) fn is_none(&self) -> bool {
        !self.success && self.has_code(&NO_VERDICT)
    }

    /// Holds it against the settings. What they ask for and the provider does not tell is a
    /// doubt.
    pub(super) fn judge(&self, settings: &Siteverify, now: Timestamp) -> Result<(), Doubt> {
        let requirements = [
            (self.success, Doubt::Provider),
            // Nothing else that is verified with a test key is true.
            (settings.is_for_tests() || self.is_for(&settings.hostnames), Doubt::Hostname),
            (settings.is_for_tests() || self.is_of(settings.action.as_deref()), Doubt::Action),
            (settings.is_for_tests() || self.is_likely(settings), Doubt::Score),
            (settings.is_for_tests() || self.is_fresh(settings, now), Doubt::Age),
        ];
        let doubt = requirements.into_iter().find(|(is_met, _)| !is_met);
        doubt.map_or(Ok(()), |(_, doubt)| Err(doubt))
    }

    /// Whether it says why.
    pub(super) fn has_codes(&self) -> bool {
        self.error_codes.as_ref().is_some_and(|codes| !codes.is_empty())
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        let mut said = self.error_codes.iter().flatten();
        said.any(|code| codes.contains(&code.as_str()))
    }

    fn is_for(&self, hostnames: &[String]) -> bool {
        let hostname = self.hostname.as_deref().unwrap_or_default();
        hostnames.is_empty() || hostnames.iter().any(|ours| ours.eq_ignore_ascii_case(hostname))
    }

    fn is_of(&self, action: Option<&str>) -> bool {
        action.is_none() || self.action.as_deref() == action
    }

    fn is_likely(&self, settings: &Siteverify) -> bool {
        let humanity = match (settings.provider, self.score) {
            // It says how likely somebody is none.
            (Provider::Hcaptcha, Some(score)) => 1.0 - score,
            (_, Some(score)) => score,
            (_, None) => 0.0,
        };
        humanity >= settings.min_score
    }

    /// Clocks differ, so that one who comes a little before his time is as good as late.
    fn is_fresh(&self, settings: &Siteverify, now: Timestamp) -> bool {
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

    fn settings(provider: Provider) -> Siteverify {
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
            on_outage: OnOutage::Refuse,
        }
    }

    fn judge(settings: &Siteverify, answer: &str) -> Result<(), Doubt> {
        let verdict: Verdict = serde_json::from_str(answer).unwrap();
        verdict.judge(settings, NOW.parse().unwrap())
    }

    #[test]
    fn holds_each_providers_answer_against_the_settings() {
        let turnstile = || settings(Provider::Turnstile);
        let hcaptcha = || settings(Provider::Hcaptcha);
        let recaptcha = || settings(Provider::Recaptcha);
        let hosts = || vec!["example.com".to_owned(), "www.example.com".to_owned()];
        let fresh = r#""success": true, "challenge_ts": "2026-10-11T11:59:00Z""#;
        for (case, settings, answer, expected) in [
            (
                "no",
                turnstile(),
                r#""success": false, "error-codes": ["invalid-input-response"]"#,
                Err(Doubt::Provider),
            ),
            ("no, and nothing besides", recaptcha(), r#""success": false"#, Err(Doubt::Provider)),
            (
                "no codes",
                hcaptcha(),
                r#""success": false, "error-codes": null"#,
                Err(Doubt::Provider),
            ),
            ("yes", turnstile(), fresh, Ok(())),
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
                Err(Doubt::Hostname),
            ),
            (
                "a host below ours",
                Siteverify { hostnames: hosts(), ..turnstile() },
                &format!(r#"{fresh}, "hostname": "evil.example.com""#),
                Err(Doubt::Hostname),
            ),
            (
                "no host",
                Siteverify { hostnames: hosts(), ..recaptcha() },
                &format!(r#"{fresh}, "apk_package_name": "com.example""#),
                Err(Doubt::Hostname),
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
                Err(Doubt::Action),
            ),
            (
                "no action",
                Siteverify { action: Some("register".into()), ..turnstile() },
                fresh,
                Err(Doubt::Action),
            ),
            (
                "likely",
                Siteverify { min_score: 0.5, ..recaptcha() },
                &format!(r#"{fresh}, "score": 0.5"#),
                Ok(()),
            ),
            (
                "unlikely",
                Siteverify { min_score: 0.5, ..recaptcha() },
                &format!(r#"{fresh}, "score": 0.4"#),
                Err(Doubt::Score),
            ),
            ("no score", Siteverify { min_score: 0.5, ..recaptcha() }, fresh, Err(Doubt::Score)),
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
                Err(Doubt::Score),
            ),
            (
                "too old",
                turnstile(),
                r#""success": true, "challenge_ts": "2026-10-11T11:54:59.999Z""#,
                Err(Doubt::Age),
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
                "from tomorrow",
                recaptcha(),
                r#""success": true, "challenge_ts": "2026-10-12T12:00:30Z""#,
                Err(Doubt::Age),
            ),
            ("no time", turnstile(), r#""success": true"#, Err(Doubt::Age)),
            (
                "no time that anybody knows",
                turnstile(),
                r#""success": true, "challenge_ts": "yesterday""#,
                Err(Doubt::Age),
            ),
        ] {
            assert_eq!(judge(&settings, &format!("{{{answer}}}")), expected, "{case}");
        }
    }

    #[test]
    fn of_a_test_key_only_whether_it_passes_counts() {
        for (provider, secret) in [
            (Provider::Turnstile, "1x0000000000000000000000000000000AA"),
            (Provider::Hcaptcha, "0x0000000000000000000000000000000000000000"),
            (Provider::Recaptcha, "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"),
        ] {
            let mut settings = settings(provider);
            settings.hostnames = vec!["example.com".to_owned()];
            settings.min_score = 0.5;
            let real = settings.clone();
            settings.secret = Some(secret.into());

            assert_eq!(judge(&settings, r#"{"success": true}"#), Ok(()), "{secret}");
            assert_eq!(judge(&settings, r#"{"success": false}"#), Err(Doubt::Provider), "{secret}");
            assert_eq!(judge(&real, r#"{"success": true}"#), Err(Doubt::Hostname), "{secret}");
        }
    }

    #[test]
    fn tells_what_is_ours_or_the_providers_from_what_is_the_tokens() {
        for (code, refuses_us, is_none) in [
            ("invalid-input-secret", true, false),
            ("missing-input-secret", true, false),
            ("internal-error", false, true),
            ("invalid-input-response", false, false),
            ("timeout-or-duplicate", false, false),
            ("already-seen-response", false, false),
            ("sitekey-secret-mismatch", false, false),
            // Whoever sends a token can bring this about.
            ("bad-request", false, false),
            ("something-new", false, false),
        ] {
            let verdict =
                Verdict { error_codes: Some(vec![code.to_owned()]), ..Verdict::default() };

            assert_eq!((verdict.refuses_us(), verdict.is_none()), (refuses_us, is_none), "{code}");
        }
    }
}
