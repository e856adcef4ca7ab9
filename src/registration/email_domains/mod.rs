//! The lists of email domains: allowed, blocked, disposable and misspelled domains.

mod file;
mod list;
mod misspelled;

use file::ListFile;
use list::DomainList;

use super::{
    rules_error::RulesError,
    violation::{Violation, ViolationCode},
};
use crate::config::{self, DomainCheck};
use crate::registration::fields::email::Email;

const DISPOSABLE: &str = include_str!("disposable.txt");

/// The compiled section `[registration.email_domains]`.
#[derive(Debug)]
pub(super) struct EmailDomains {
    /// `None` if the settings allow every domain.
    allow: Option<Domains>,
    block: Domains,
    disposable: Option<Domains>,
    rejects_misspelled: bool,
    exempt: DomainList,
}

#[derive(Debug)]
struct Domains {
    listed: DomainList,
    file: Option<ListFile>,
}

impl EmailDomains {
    pub(super) fn new(settings: &config::EmailDomains) -> Result<Self, RulesError> {
        let disposable_file = settings.disposable_file.as_deref();
        let disposable = match (settings.disposable, disposable_file) {
            (DomainCheck::Off, _) => None,
            (DomainCheck::Reject, None) => {
                Some(Domains { listed: DomainList::of_normalised(DISPOSABLE), file: None })
            }
            (DomainCheck::Reject, file) => Some(Domains {
                listed: DomainList::default(),
                file: open("registration.email_domains.disposable_file", file, false)?,
            }),
        };
        // An empty allow list would reject every address. If the file is empty, another program is
        // probably writing the file.
        let allow = Domains {
            listed: listed("allow", &settings.allow)?,
            file: open(
                "registration.email_domains.allow_file",
                settings.allow_file.as_deref(),
                false,
            )?,
        };
        Ok(Self {
            allow: Some(allow).filter(|allow| !allow.is_empty()),
            block: Domains {
                listed: listed("block", &settings.block)?,
                file: open(
                    "registration.email_domains.block_file",
                    settings.block_file.as_deref(),
                    true,
                )?,
            },
            disposable,
            rejects_misspelled: settings.misspelled == DomainCheck::Reject,
            exempt: listed("exempt", &settings.exempt)?,
        })
    }

    pub(super) fn violation(&self, email: &Email) -> Option<Violation> {
        let domain = email.domain();
        let is_exempt = self.exempt.covers(domain);
        let at_email = |code| Violation::new(&["email"], code);
        if let Some(suggestion) = self.suggestion(domain).filter(|_| !is_exempt) {
            Some(at_email(ViolationCode::MisspelledDomain).with("suggestion", suggestion))
        } else if !self.may_register(domain) {
            Some(at_email(ViolationCode::DomainNotAllowed))
        } else if self.is_disposable(domain) && !is_exempt {
            Some(at_email(ViolationCode::DisposableDomain))
        } else {
            None
        }
    }

    /// Returns the violation codes that are possible with these lists.
    pub(super) fn codes(&self) -> impl Iterator<Item = ViolationCode> {
        let is_listed = self.allow.is_some() || !self.block.is_empty();
        [
            (self.rejects_misspelled, ViolationCode::MisspelledDomain),
            (is_listed, ViolationCode::DomainNotAllowed),
            (self.disposable.is_some(), ViolationCode::DisposableDomain),
        ]
        .into_iter()
        .filter_map(|(is_checked, code)| is_checked.then_some(code))
    }

    pub(super) fn has_files(&self) -> bool {
        self.files().next().is_some()
    }

    pub(super) fn reload(&self) {
        self.files().for_each(ListFile::reload);
    }

    fn files(&self) -> impl Iterator<Item = &ListFile> {
        [self.allow.as_ref(), Some(&self.block), self.disposable.as_ref()]
            .into_iter()
            .filter_map(|domains| domains?.file.as_ref())
    }

    fn may_register(&self, domain: &str) -> bool {
        self.allow.as_ref().is_none_or(|allow| allow.covers(domain)) && !self.block.covers(domain)
    }

    fn is_disposable(&self, domain: &str) -> bool {
        self.disposable.as_ref().is_some_and(|domains| domains.covers(domain))
    }

    /// Returns the probable domain for a misspelled domain. Returns `None` if the lists reject the
    /// probable domain.
    fn suggestion(&self, domain: &str) -> Option<&'static str> {
        let suggestion = misspelled::suggestion(domain).filter(|_| self.rejects_misspelled)?;
        self.may_register(suggestion).then_some(suggestion)
    }
}

impl Domains {
    fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.file.is_none()
    }

    fn covers(&self, domain: &str) -> bool {
        self.listed.covers(domain)
            || self.file.as_ref().is_some_and(|file| file.domains().covers(domain))
    }
}

fn open(
    setting: &'static str,
    path: Option<&str>,
    may_be_empty: bool,
) -> Result<Option<ListFile>, RulesError> {
    let file = path.map(|path| ListFile::open(setting, path, may_be_empty));
    file.transpose().map_err(RulesError::new)
}

fn listed(setting: &str, domains: &[String]) -> Result<DomainList, RulesError> {
    DomainList::from_setting(domains).map_err(|domain| {
        RulesError::new(format!(
            "registration.email_domains.{setting}: `{domain}` is not a domain. Use a domain such as example.com."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str) -> config::EmailDomains {
        let defaults: toml::Table = toml::from_str(config::DEFAULT).unwrap();
        let mut section = defaults["registration"]["email_domains"].as_table().unwrap().clone();
        section.extend(toml::from_str::<toml::Table>(toml).unwrap());
        section.try_into().unwrap()
    }

    fn found(email: &str, domains: &EmailDomains) -> String {
        let Some(violation) = domains.violation(&Email::parse(email).unwrap()) else {
            return String::new();
        };
        match violation.params.get("suggestion") {
            Some(suggestion) => format!("{} {suggestion}", violation.code.as_str()),
            None => violation.code.as_str().to_owned(),
        }
    }

    #[test]
    fn checks_domains_by_the_lists() {
        let gmail = r#"misspelled_domain "gmail.com""#;
        for (toml, email, expected) in [
            ("", "ada@example.com", ""),
            ("", "ada@mailinator.com", ""),
            ("", "ada@gamil.com", gmail),
            ("", "Ada@GAMIL.com", gmail),
            ("misspelled = 'off'", "ada@gamil.com", ""),
            ("exempt = ['gamil.com']", "ada@gamil.com", ""),
            ("allow = ['example.com']", "ada@example.com", ""),
            ("allow = ['Example.COM.']", "ada@a.example.com", ""),
            ("allow = ['example.com']", "ada@badexample.com", "domain_not_allowed"),
            ("allow = ['example.com']", "ada@gamil.com", "domain_not_allowed"),
            ("allow = ['gmail.com']", "ada@gamil.com", gmail),
            ("allow = ['münchen.example']", "ada@xn--mnchen-3ya.example", ""),
            ("allow = ['xn--mnchen-3ya.example']", "ada@MÜNCHEN.example", ""),
            ("block = ['example.com']", "ada@example.org", ""),
            ("block = ['example.com']", "ada@a.b.example.com", "domain_not_allowed"),
            ("block = ['example.com']", "ada@badexample.com", ""),
            ("block = ['gmail.com']", "ada@gamil.com", ""),
            (
                "allow = ['example.com']\nblock = ['a.example.com']",
                "ada@a.example.com",
                "domain_not_allowed",
            ),
            ("disposable = 'reject'", "ada@example.com", ""),
            ("disposable = 'reject'", "ada@mailinator.com", "disposable_domain"),
            ("disposable = 'reject'", "ada@any.mailinator.com", "disposable_domain"),
            ("disposable = 'reject'", "ada@mymailinator.example", ""),
            ("disposable = 'reject'\nexempt = ['mailinator.com']", "ada@mailinator.com", ""),
            (
                "disposable = 'reject'\nblock = ['mailinator.com']",
                "ada@mailinator.com",
                "domain_not_allowed",
            ),
        ] {
            let domains = EmailDomains::new(&settings(toml)).unwrap();

            assert_eq!(found(email, &domains), expected, "{toml}: {email}");
        }
    }

    #[test]
    fn reports_the_setting_with_an_unusable_list() {
        for (toml, expected) in [
            ("allow = ['*.example.com']", "registration.email_domains.allow: `*.example.com`"),
            ("block = ['ada@example.com']", "registration.email_domains.block: `ada@example.com`"),
            ("exempt = ['']", "registration.email_domains.exempt: `` is not a domain"),
            (
                "allow_file = '/nowhere/a'",
                "registration.email_domains.allow_file: cannot read `/nowhere/a`",
            ),
            (
                "block_file = '/nowhere/a'",
                "registration.email_domains.block_file: cannot read `/nowhere/a`",
            ),
            (
                "disposable = 'reject'\ndisposable_file = '/nowhere/a'",
                "registration.email_domains.disposable_file: cannot read `/nowhere/a`",
            ),
        ] {
            let error = EmailDomains::new(&settings(toml)).unwrap_err().to_string();

            assert!(error.starts_with(expected), "{toml}: {error}");
        }
    }

    #[test]
    fn the_built_in_list_is_normalised_and_has_no_large_provider() {
        let list = DomainList::of_normalised(DISPOSABLE);
        let lines: Vec<&str> = DISPOSABLE.lines().collect();
        let comments = lines.iter().take_while(|line| line.starts_with('#')).count();

        assert!(lines.len() > 10_000, "{}", lines.len());
        assert_eq!(DomainList::parse(DISPOSABLE).unwrap().len(), lines.len() - comments);
        assert!(lines[comments..].iter().all(|domain| list.covers(domain)));
        for domain in ["gmail.com", "outlook.com", "yahoo.com", "gmx.de", "example.com", "com"] {
            assert!(!list.covers(domain), "{domain}");
        }
    }
}
