//! A list of domains.

use std::{borrow::Cow, cmp::Ordering};

use url::Host;

/// Domains in lower case and in ASCII, one a line, sorted by byte. The text is searched as it
/// stands: a list may be long, and costs no more memory than that. Lines that begin with `#` are
/// sorted before all others.
#[derive(Debug)]
pub(super) struct DomainList(Cow<'static, str>);

impl DomainList {
    /// A list that is sorted already.
    pub(super) const fn sorted(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// Reads a file: one domain a line; `#` begins a comment.
    ///
    /// # Errors
    /// The number of the first line that is no domain.
    pub(super) fn read(text: &str) -> Result<Self, usize> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut domains = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split_once('#').map_or(line, |(domain, _)| domain).trim();
            if !line.is_empty() {
                domains.push(canonical(line).ok_or(index + 1)?);
            }
        }
        Ok(Self::of(domains))
    }

    /// Takes the domains of a setting.
    ///
    /// # Errors
    /// The first that is no domain.
    pub(super) fn listed(domains: &[String]) -> Result<Self, &str> {
        let domains: Result<Vec<String>, &str> =
            domains.iter().map(|domain| canonical(domain).ok_or(domain.as_str())).collect();
        domains.map(Self::of)
    }

    fn of(mut domains: Vec<String>) -> Self {
        domains.sort_unstable();
        domains.dedup();
        Self(Cow::Owned(domains.join("\n")))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.lines().count()
    }

    /// Whether a domain, or one above it, is in the list: `example.com` covers `a.example.com`
    /// and not `badexample.com`.
    pub(super) fn covers(&self, domain: &str) -> bool {
        let mut rest = Some(domain);
        while let Some(domain) = rest {
            if self.contains(domain) {
                return true;
            }
            rest = domain.split_once('.').map(|(_, above)| above);
        }
        false
    }

    /// Whether exactly this one is in the list.
    pub(super) fn contains(&self, domain: &str) -> bool {
        let text = self.0.as_bytes();
        let (mut from, mut to) = (0, text.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            let before = text[from..middle].iter().rposition(|byte| *byte == b'\n');
            let start = before.map_or(from, |place| from + place + 1);
            let after = text[middle..to].iter().position(|byte| *byte == b'\n');
            let end = after.map_or(to, |place| middle + place);
            match text[start..end].cmp(domain.as_bytes()) {
                Ordering::Equal => return true,
                Ordering::Less => from = end + 1,
                Ordering::Greater => to = start,
            }
        }
        false
    }
}

/// A domain as it stands in checked addresses: in lower case, in ASCII, without the dot of the
/// root.
fn canonical(domain: &str) -> Option<String> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    if domain.is_empty() || domain.contains('%') {
        return None;
    }
    let Ok(Host::Domain(domain)) = Host::parse(domain) else { return None };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    domain.split('.').all(is_label).then_some(domain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matches_at_the_borders_of_labels() {
        let list = DomainList::read(
            "example.com\r\n  Mixed.Example.ORG. # a comment\n\n# another\nmünchen.example\n\
             xn--bcher-kva.example\nedu",
        )
        .unwrap();
        for (domain, expected) in [
            ("example.com", true),
            ("a.example.com", true),
            ("a.b.example.com", true),
            ("badexample.com", false),
            ("example.com.eve.example", false),
            ("com", false),
            ("mixed.example.org", true),
            ("example.org", false),
            ("xn--mnchen-3ya.example", true),
            ("mail.xn--mnchen-3ya.example", true),
            ("xn--bcher-kva.example", true),
            ("mit.edu", true),
            ("edu", true),
            ("mitedu", false),
            ("", false),
        ] {
            assert_eq!(list.covers(domain), expected, "{domain}");
        }
        assert_eq!(list.len(), 5);
    }

    #[test]
    fn names_the_line_that_is_no_domain() {
        for (text, line) in [
            ("ada@example.com", 1),
            ("example.com\n\n*.example.org", 3),
            (".example.com", 1),
            ("example..com", 1),
            ("a.example\nexample com", 2),
            ("https://example.com", 1),
            ("192.0.2.1", 1),
            ("[::1]", 1),
            ("exam%70le.com", 1),
            (".", 1),
            ("<html>", 1),
        ] {
            assert_eq!(DomainList::read(text).err(), Some(line), "{text}");
        }
    }

    #[test]
    fn an_empty_list_covers_nothing() {
        for text in ["", "\n\n", "# nothing\n", "\u{feff}"] {
            let list = DomainList::read(text).unwrap();

            assert!(list.is_empty(), "{text:?}");
            assert!(!list.covers("example.com") && !list.covers(""), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            domains in proptest::collection::vec("[a-c]{1,2}(\\.[a-c]{1,2}){0,2}", 0..30),
            asked in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}",
        ) {
            let list = DomainList::listed(&domains).unwrap();
            let expected = domains
                .iter()
                .any(|domain| asked == *domain || asked.ends_with(&format!(".{domain}")));

            prop_assert_eq!(list.covers(&asked), expected);
        }

        #[test]
        fn never_panics(text in any::<String>(), asked in any::<String>()) {
            if let Ok(list) = DomainList::read(&text) {
                list.covers(&asked);
            }
        }
    }
}
