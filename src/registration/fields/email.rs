//! Email addresses.

use std::fmt;

use url::Host;
use validator::ValidateEmail;

use crate::registration::{fields::text::check_characters, violation::ViolationCode};

/// How many octets an address may have (RFC 5321, section 4.5.3.1.3, less the brackets).
pub(in crate::registration) const MAX_LENGTH: usize = 254;

/// Top-level domains that no mail ever reaches: RFC 6761, RFC 6762, RFC 7686, RFC 9476,
/// ICANN's resolution on `.internal`, and the infrastructure's own. `.example` is left out, since
/// documents and tests live there.
pub(in crate::registration) const NEVER_DELIVERED: [&str; 8] =
    ["alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"];

/// An email address in the one form that is used everywhere: lower case, its domain in
/// ASCII. It is legal and could be delivered, as far as its text tells.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Email(String);

impl Email {
    /// Reads an address as people type it.
    ///
    /// # Errors
    /// `invalid_email` where the text is no address, `undeliverable_email` where it is one
    /// that no mail can ever reach.
    pub fn parse(typed: &str) -> Result<Self, ViolationCode> {
        let typed = typed.trim();
        check_characters(typed).map_err(|_| ViolationCode::InvalidEmail)?;
        let Some((local_part, domain)) = typed.rsplit_once('@') else {
            return Err(ViolationCode::InvalidEmail);
        };
        let address = if needs_conversion(domain) {
            // Hosts of URLs may be written with percent signs, domains of addresses not.
            let (false, Ok(Host::Domain(domain))) = (domain.contains('%'), Host::parse(domain))
            else {
                return Err(ViolationCode::InvalidEmail);
            };
            format!("{local_part}@{domain}")
        } else {
            typed.to_owned()
        };
        // ASCII alone: in Unicode the Kelvin sign is lowered to another mailbox's `k`.
        let address = address.to_ascii_lowercase();
        check(&address)?;
        Ok(Self(address))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(..)")
    }
}

/// Whether a domain is an internationalised one, as typed or in its ASCII form, which may
/// be malformed as well. Address literals are left to the rules.
fn needs_conversion(domain: &str) -> bool {
    let is_encoded =
        |label: &str| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    !domain.is_ascii() || domain.split('.').any(is_encoded)
}

fn check(address: &str) -> Result<(), ViolationCode> {
    // The rule of HTML, which knows no quoted local part and no characters beyond ASCII
    // there: Cognito's mail cannot be sent to those.
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
    let is_never_delivered = domain.starts_with('[')
        || top_level.bytes().all(|byte| byte.is_ascii_digit())
        || NEVER_DELIVERED.contains(&top_level);
    if is_never_delivered {
        return Err(ViolationCode::UndeliverableEmail);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brings_addresses_into_one_form() {
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
            (&long, &long),
        ] {
            let email = Email::parse(typed).map(|email| email.0);

            assert_eq!(email.as_deref(), Ok(expected), "{typed:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
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
            "ada\u{202e}@example.com",
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
    fn refuses_what_no_mail_can_reach() {
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
        fn is_the_same_when_read_twice(typed in r"[ \t]?[a-zA-Z0-9.+'\PC]{1,12}@[a-zA-Z0-9äß例\-]{1,8}(\.|。)[a-zA-Zü]{2,6} ?") {
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
