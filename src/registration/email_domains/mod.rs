//! Whose mail is taken: lists of domains that may and may not register, of services for
//! throwaway mail, and of misspelled providers.

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

/// The services for throwaway mail that are known without a file.
const DISPOSABLE: &str = include_str!("disposable.txt");

/// The section `[registration.email_domains]`, made ready.
#[derive(Debug)]
pub(super) struct EmailDomains {
    allow: Domains,
    /// Whether only those may register.
    allows_few: bool,
    block: Domains,
    disposable: Option<Domains>,
    refuses_misspelled: bool,
    exempt: DomainList,
}

/// Domains from a setting and from a file.
#[derive(Debug)]
struct Domains {
    listed: DomainList,
    file: Option<ListFile>,
}

impl EmailDomains {
    /// Reads the lists.
    ///
    /// # Errors
    /// Says in a sentence which setting or file is no list of domains.
    pub(super) fn new(settings: &config::EmailDomains) -> Result<Self, RulesError> {
        let disposable = match (settings.disposable, &settings.disposable_file) {
            (DomainCheck::Off, _) => None,
            (DomainCheck::Reject, None) => {
                Some(Domains { listed: DomainList::sorted(DISPOSABLE), file: None })
            }
            (DomainCheck::Reject, file) => Some(Domains {
                listed: DomainList::sorted(""),
                file: open(Setting::Disposable, file.as_deref())?,
            }),
        };
        Ok(Self {
            allows_few: !settings.allow.is_empty() || settings.allow_file.is_some(),
            allow: Domains {
                listed: listed("allow", &settings.allow)?,
                file: open(Setting::Allow, settings.allow_file.as_deref())?,
            },
            block: Domains {
                listed: listed("block", &settings.block)?,
                file: open(Setting::Block, settings.block_file.as_deref())?,
            },
            disposable,
            refuses_misspelled: settings.misspelled == DomainCheck::Reject,
            exempt: listed("exempt", &settings.exempt)?,
        })
    }

    /// What is wrong with the domain of an address, if anything is.
    pub(super) fn judge(&self, email: &Email) -> Option<Violation> {
        let domain = email.domain();
        let is_exempt = self.exempt.covers(domain);
        let at_email = |code| Violation::new(&["email"], code);
        if let Some(meant) = self.meant(domain).filter(|_| !is_exempt) {
            Some(at_email(ViolationCode::MisspelledDomain).with("suggestion", meant))
        } else if !self.may_register(domain) {
            Some(at_email(ViolationCode::DomainNotAllowed))
        } else if self.is_disposable(domain) && !is_exempt {
            Some(at_email(ViolationCode::DisposableDomain))
        } else {
            None
        }
    }

    /// The codes that an address can be refused with.
    pub(super) fn codes(&self) -> impl Iterator<Item = ViolationCode> {
        let is_listed = self.allows_few || !self.block.is_empty();
        [
            (self.refuses_misspelled, ViolationCode::MisspelledDomain),
            (is_listed, ViolationCode::DomainNotAllowed),
            (self.disposable.is_some(), ViolationCode::DisposableDomain),
        ]
        .into_iter()
        .filter_map(|(is_checked, code)| is_checked.then_some(code))
    }

    /// Whether a file may have to be read again.
    pub(super) fn has_files(&self) -> bool {
        self.files().next().is_some()
    }

    /// Reads the files again that have changed.
    pub(super) fn reload(&self) {
        self.files().for_each(ListFile::reload);
    }

    fn files(&self) -> impl Iterator<Item = &ListFile> {
        [Some(&self.allow), Some(&self.block), self.disposable.as_ref()]
            .into_iter()
            .filter_map(|domains| domains?.file.as_ref())
    }

    fn may_register(&self, domain: &str) -> bool {
        (!self.allows_few || self.allow.covers(domain)) && !self.block.covers(domain)
    }

    fn is_disposable(&self, domain: &str) -> bool {
        self.disposable.as_ref().is_some_and(|domains| domains.covers(domain))
    }

    /// The provider that was probably meant, if it may register.
    fn meant(&self, domain: &str) -> Option<&'static str> {
        let meant = misspelled::meant(domain).filter(|_| self.refuses_misspelled)?;
        self.may_register(meant).then_some(meant)
    }
}

impl Domains {
    /// Whether it has nothing in it, nor ever will.
    fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.file.is_none()
    }

    fn covers(&self, domain: &str) -> bool {
        self.listed.covers(domain)
            || self.file.as_ref().is_some_and(|file| file.domains().covers(domain))
    }
}

/// The settings that name files.
#[derive(Clone, Copy)]
enum Setting {
    Allow,
    Block,
    Disposable,
}

fn open(setting: Setting, path: Option<&str>) -> Result<Option<ListFile>, RulesError> {
    let Some(path) = path else { return Ok(None) };
    // An empty list of those who may register lets nobody in, and is more likely a file that is
    // being written.
    let (name, may_be_empty) = match setting {
        Setting::Allow => ("registration.email_domains.allow_file", false),
        Setting::Block => ("registration.email_domains.block_file", true),
        Setting::Disposable => ("registration.email_domains.disposable_file", false),
    };
    ListFile::open(name, path, may_be_empty).map(Some).map_err(RulesError::new)
}

fn listed(setting: &str, domains: &[String]) -> Result<DomainList, RulesError> {
    DomainList::listed(domains).map_err(|domain| {
        RulesError::new(format!(
            "registration.email_domains.{setting}: `{domain}` is no domain, such as example.com"
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
        let Some(mistake) = domains.judge(&Email::parse(email).unwrap()) else {
            return String::new();
        };
        match mistake.params.get("suggestion") {
            Some(meant) => format!("{} {meant}", mistake.code.as_str()),
            None => mistake.code.as_str().to_owned(),
        }
    }

    #[test]
    fn judges_domains_by_the_lists() {
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
    fn says_which_setting_is_no_list() {
        for (toml, expected) in [
            ("allow = ['*.example.com']", "registration.email_domains.allow: `*.example.com`"),
            ("block = ['ada@example.com']", "registration.email_domains.block: `ada@example.com`"),
            ("exempt = ['']", "registration.email_domains.exempt: `` is no domain"),
            ("allow_file = '/nowhere/a'", "registration.email_domains.allow_file: `/nowhere/a`"),
            ("block_file = '/nowhere/a'", "registration.email_domains.block_file: `/nowhere/a`"),
            (
                "disposable = 'reject'\ndisposable_file = '/nowhere/a'",
                "registration.email_domains.disposable_file: `/nowhere/a`",
            ),
        ] {
            let sentence = EmailDomains::new(&settings(toml)).unwrap_err().to_string();

            assert!(sentence.starts_with(expected), "{toml}: {sentence}");
        }
    }

    #[test]
    fn the_list_that_comes_along_is_sorted_and_names_no_big_provider() {
        let list = DomainList::sorted(DISPOSABLE);
        let lines: Vec<&str> = DISPOSABLE.lines().collect();
        let comments = lines.iter().take_while(|line| line.starts_with('#')).count();

        assert!(lines.is_sorted(), "sorted by byte");
        assert!(lines.len() > 10_000, "{}", lines.len());
        assert_eq!(DomainList::read(DISPOSABLE).unwrap().len(), lines.len() - comments);
        assert!(lines[comments..].iter().all(|domain| list.contains(domain)));
        for domain in ["gmail.com", "outlook.com", "yahoo.com", "gmx.de", "example.com", "com"] {
            assert!(!list.covers(domain), "{domain}");
        }
    }
}
