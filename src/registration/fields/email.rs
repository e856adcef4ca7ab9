use url::Host;
use validator::ValidateEmail;

use crate::registration::{
    fields::text::{has_control, is_invisible, visible},
    violation::ViolationCode,
};

/// The maximum length of an address in bytes (RFC 5321, section 4.5.3.1.3, without the brackets).
pub(in crate::registration) const MAX_LENGTH: usize = 254;

/// Top-level domains that cannot receive mail: RFC 6761, RFC 6762, RFC 7686, RFC 9476, ICANN's
/// resolution on `.internal`, and `arpa`. The service accepts `.example` for documents and tests.
pub(in crate::registration) const UNDELIVERABLE: [&str; 8] =
    ["alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"];

/// A normalised email address: in lower case, with the domain in ASCII.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Email(String);

impl Email {
    /// Parses an address as users type it. Removes invisible characters, and white space at both
    /// ends.
    ///
    /// # Errors
    /// Returns `invalid_email` if the input is not an address, or `undeliverable_email` if the
    /// address cannot receive mail.
    pub fn parse(typed: &str) -> Result<Self, ViolationCode> {
        // In some scripts, a domain with a joiner and the same domain without the joiner are
        // different domains.
        if typed.contains(is_joiner)
            && let Ok(email) =
                Self::parse_visible(&typed.replace(|one| is_invisible(one) && !is_joiner(one), ""))
        {
            return Ok(email);
        }
        Self::parse_visible(&visible(typed))
    }

    fn parse_visible(typed: &str) -> Result<Self, ViolationCode> {
        let typed = typed.trim();
        if has_control(typed) {
            return Err(ViolationCode::InvalidEmail);
        }
        let Some((local_part, domain)) = typed.rsplit_once('@') else {
            return Err(ViolationCode::InvalidEmail);
        };
        let address = if needs_conversion(domain) {
            // `Host::parse` decodes percent-encoding, which email domains cannot have.
            let (false, Ok(Host::Domain(domain))) = (domain.contains('%'), Host::parse(domain))
            else {
                return Err(ViolationCode::InvalidEmail);
            };
            format!("{local_part}@{domain}")
        } else {
            typed.to_owned()
        };
        // `to_lowercase` would convert the Kelvin sign to `k`. The result could be the address of
        // another user.
        let address = address.to_ascii_lowercase();
        check(&address)?;
        Ok(Self(address))
    }

    /// Returns the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Returns the part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

opaque_debug!(Email);

fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200C}' | '\u{200D}')
}

/// Returns `true` for an internationalised domain, in Unicode or encoded in ASCII. The encoded
/// domain may be malformed.
fn needs_conversion(domain: &str) -> bool {
    let is_encoded =
        |label: &str| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    !domain.is_ascii() || domain.split('.').any(is_encoded)
}

fn check(address: &str) -> Result<(), ViolationCode> {
    // HTML's definition of email addresses excludes quoted and non-ASCII local parts. Cognito cannot
    // send mail to such addresses.
    if address.len() > MAX_LENGTH || !address.validate_email() {
        return Err(ViolationCode::InvalidEmail);
    }
    let Some((local_part, domain)) = address.rsplit_once('@') else {
        return Err(ViolationCode::InvalidEmail);
    };
    let has_stray_dot =
        local_part.starts_with('.') || local_part.ends_with('.') || local_part.contains("..");
    if has_stray_dot {
        return Err(ViolationCode::InvalidEmail);
    }
    let Some((_, top_level)) = domain.rsplit_once('.') else {
        return Err(ViolationCode::UndeliverableEmail);
    };
    let is_undeliverable = domain.starts_with('[')
        || top_level.bytes().all(|byte| byte.is_ascii_digit())
        || UNDELIVERABLE.contains(&top_level);
    if is_undeliverable {
        return Err(ViolationCode::UndeliverableEmail);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn normalises_addresses() {
        let long = format!("{}@example.com", "a".repeat(64));
        for (typed, expected) in [
            ("ada@example.com", "ada@example.com"),
            (" \u{a0}Ada@Example.COM\t", "ada@example.com"),
            ("ada+spam@mail.example.co.uk", "ada+spam@mail.example.co.uk"),
            ("o'hara@example.com", "o'hara@example.com"),
            ("ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"),
            ("ada@XN--MNCHEN-3ya.example", "ada@xn--mnchen-3ya.example"),
            ("ada@例え。jp", "ada@xn--r8jz45g.jp"),
            ("ada@3.example", "ada@3.example"),
            ("\u{feff}\u{200b} ada@example.com\u{200b} \u{fe0f}", "ada@example.com"),
            ("\u{202a}ad\u{2060}a@exa\u{ad}mple\u{200d}.com\u{202c}", "ada@example.com"),
            ("\u{200d}ada@example.com", "ada@example.com"),
            (
                "ada@\u{646}\u{627}\u{645}\u{647}\u{200c}\u{627}\u{6cc}.com",
                "ada@xn--mgba3gch31f060k.com",
            ),
            (&long, &long),
        ] {
            let email = Email::parse(typed).map(|email| email.0);

            assert_eq!(email.as_deref(), Ok(expected), "{typed:?}");
        }
    }

    #[test]
    fn rejects_values_that_are_not_addresses() {
        let long_local_part = format!("{}@example.com", "a".repeat(65));
        let too_long = format!("a@{}com", "example.".repeat(32));
        for typed in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@@example.com",
            "ada@b@example.com",
            "Ada <ada@example.com>",
            "\"ada\"@example.com",
            "ada love@example.com",
            ".ada@example.com",
            "ada.@example.com",
            "a..da@example.com",
            "ada@example.com.",
            "ada@.example.com",
            "ada@example..com",
            "ada@-example.com",
            "ada@exam_ple.com",
            "ada@exam%70le.com",
            "ada@münchen%2eexample",
            "ada@xn--a.com",
            "ada@example.com\nbcc: eve@example.com",
            "ada\u{0}@example.com",
            "ädä@example.com",
            "ada@example.com, eve@example.com",
            "mailto:ada@example.com?subject=x",
            &long_local_part,
            &too_long,
        ] {
            assert_eq!(Email::parse(typed), Err(ViolationCode::InvalidEmail), "{typed:?}");
        }
    }

    #[test]
    fn rejects_addresses_that_cannot_receive_mail() {
        for typed in [
            "ada@localhost",
            "ada@intranet",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@[2001:db8::1]",
            "ada@example.invalid",
            "ada@printer.Local",
            "ada@example.test",
            "ada@abc.onion",
            "ada@example.123",
        ] {
            assert_eq!(Email::parse(typed), Err(ViolationCode::UndeliverableEmail), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent(typed in r"[ \t]?[a-zA-Z0-9.+'\PC]{1,12}@[a-zA-Z0-9äß例\-]{1,8}(\.|。)[a-zA-Zü]{2,6} ?") {
            if let Ok(email) = Email::parse(&typed) {
                prop_assert!(email.as_str().is_ascii());
                let again = Email::parse(email.as_str());
                prop_assert_eq!(again, Ok(email));
            }
        }

        #[test]
        fn never_panics(typed in any::<String>(), domain in any::<String>()) {
            let _ = Email::parse(&typed);
            let _ = Email::parse(&format!("{typed}@{domain}"));
            let _ = Email::parse(&format!("ada@{domain}.com"));
        }
    }
}
