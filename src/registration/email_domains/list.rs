use std::{borrow::Cow, collections::HashSet};

use url::Host;

/// Domains in lower case and in ASCII.
#[derive(Debug, Default)]
pub(super) struct DomainList(HashSet<Cow<'static, str>>);

impl DomainList {
    /// Creates a list from normalised domains, one per line. A line that begins with `#` is a
    /// comment.
    pub(super) fn of_normalised(text: &'static str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#')).map(Cow::Borrowed).collect())
    }

    /// Parses the contents of a file: one domain per line. `#` begins a comment. Returns the number
    /// of the first line that is not a domain as the error.
    pub(super) fn parse(text: &str) -> Result<Self, usize> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut domains = HashSet::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split_once('#').map_or(line, |(domain, _)| domain).trim();
            if !line.is_empty() {
                domains.insert(Cow::Owned(normalise(line).ok_or(index + 1)?));
            }
        }
        Ok(Self(domains))
    }

    pub(super) fn from_setting(domains: &[String]) -> Result<Self, &str> {
        let domains = domains.iter().map(|domain| normalise(domain).ok_or(domain.as_str()));
        domains.map(|domain| domain.map(Cow::Owned)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if the list contains a domain or a parent domain: `example.com` covers
    /// `a.example.com` and not `badexample.com`.
    pub(super) fn covers(&self, domain: &str) -> bool {
        std::iter::successors(Some(domain), |domain| Some(domain.split_once('.')?.1))
            .any(|domain| self.0.contains(domain))
    }
}

/// Converts a domain to lower case and ASCII, without the trailing dot. Returns `None` if the input
/// is not a domain.
fn normalise(domain: &str) -> Option<String> {
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
    fn covers_whole_labels_only() {
        let list = DomainList::parse(
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
    fn reports_the_line_that_is_not_a_domain() {
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
            assert_eq!(DomainList::parse(text).err(), Some(line), "{text}");
        }
    }

    #[test]
    fn an_empty_list_covers_nothing() {
        for text in ["", "\n\n", "# nothing\n", "\u{feff}"] {
            let list = DomainList::parse(text).unwrap();

            assert!(list.is_empty(), "{text:?}");
            assert!(!list.covers("example.com") && !list.covers(""), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn covers_the_same_domains_as_a_linear_search(
            domains in proptest::collection::vec("[a-c]{1,2}(\\.[a-c]{1,2}){0,2}", 0..30),
            asked in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}",
        ) {
            let list = DomainList::from_setting(&domains).unwrap();
            let expected = domains
                .iter()
                .any(|domain| asked == *domain || asked.ends_with(&format!(".{domain}")));

            prop_assert_eq!(list.covers(&asked), expected);
        }

        #[test]
        fn never_panics(text in any::<String>(), asked in any::<String>()) {
            if let Ok(list) = DomainList::parse(&text) {
                list.covers(&asked);
            }
        }
    }
}
