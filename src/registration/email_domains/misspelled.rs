//! Misspelled domains of large email providers.
//!
//! This file lists the misspellings one by one. An edit distance would take `mail.com` for a
//! misspelled `gmail.com` and `gmx.de` for a misspelled `gmx.net`. The listed domains serve no mail
//! to users, or belong to owners who collect misdirected mail.

struct Provider {
    name: &'static str,
    domain: &'static str,
    /// Misspelled names.
    misspelled: &'static [&'static str],
    /// `true` if this name with one of [`OTHER_ENDINGS`] is a misspelling.
    has_other_endings: bool,
}

/// Existing top-level domains that are misspellings of `com`.
const OTHER_ENDINGS: [&str; 3] = ["co", "cm", "om"];

/// Misspellings of `com` that are not top-level domains.
const NO_TOP_LEVEL_DOMAINS: [&str; 18] = [
    "c0m", "ccom", "cim", "clm", "cmo", "cmom", "coim", "comm", "comn", "con", "conm", "coom",
    "cpm", "cpom", "ocm", "som", "vom", "xom",
];

const PROVIDERS: [Provider; 10] = [
    Provider {
        name: "gmail",
        domain: "gmail.com",
        misspelled: &[
            "gamil", "gmial", "gmali", "gmai", "gmal", "gmil", "gmaill", "gmaiil", "gmmail",
            "ggmail", "gnail", "gmaul", "gmaik", "gmaio", "gmeil", "gmsil", "gmqil", "gaiml",
            "gmlai", "gmailc", "gmaail",
        ],
        has_other_endings: true,
    },
    Provider {
        name: "googlemail",
        domain: "googlemail.com",
        misspelled: &["googelmail", "goglemail", "googlmail", "gogglemail", "googlemial"],
        has_other_endings: true,
    },
    Provider {
        name: "hotmail",
        domain: "hotmail.com",
        misspelled: &[
            "hotmial", "hotmal", "hotmai", "hotmil", "hotamil", "hotmaill", "hotmali", "hotnail",
            "hotmaul", "hotmeil", "hoymail", "hormail", "homail", "htmail", "hotmailc", "hotmaiil",
            "hotmsil", "hotmaik", "hhotmail", "hottmail", "hotmmail", "hotmaio", "otmail",
        ],
        has_other_endings: true,
    },
    Provider {
        name: "outlook",
        domain: "outlook.com",
        misspelled: &[
            "outlok", "outloo", "outllok", "oultook", "outlool", "outook", "outloook", "oulook",
            "putlook", "outlookc", "outlookk", "otulook", "outlokk", "utlook",
        ],
        has_other_endings: true,
    },
    Provider {
        name: "yahoo",
        domain: "yahoo.com",
        misspelled: &[
            "yaho", "yahooo", "yhaoo", "yahho", "yhoo", "yaoo", "yajoo", "uahoo", "yahoi", "yahop",
            "yahooc", "yahhoo",
        ],
        has_other_endings: true,
    },
    Provider {
        name: "icloud",
        domain: "icloud.com",
        misspelled: &[
            "iclod", "icoud", "iclould", "iclous", "icluod", "ilcoud", "icliud", "iclound",
            "icloude", "iclud", "iicloud", "icloudc", "uicloud",
        ],
        has_other_endings: true,
    },
    Provider {
        name: "protonmail",
        domain: "protonmail.com",
        misspelled: &[
            "protonmial",
            "protonmal",
            "prontonmail",
            "protonmai",
            "protonmil",
            "protonmaill",
            "portonmail",
        ],
        has_other_endings: true,
    },
    Provider { name: "live", domain: "live.com", misspelled: &[], has_other_endings: false },
    Provider { name: "aol", domain: "aol.com", misspelled: &[], has_other_endings: false },
    Provider { name: "msn", domain: "msn.com", misspelled: &[], has_other_endings: false },
];

/// Returns the probable domain for a listed misspelling, or `None` for every other domain.
pub(super) fn suggestion(domain: &str) -> Option<&'static str> {
    let (name, ending) = domain.split_once('.')?;
    let is_wrong = NO_TOP_LEVEL_DOMAINS.contains(&ending);
    let provider = PROVIDERS.iter().find(|provider| {
        let is_other = provider.has_other_endings && OTHER_ENDINGS.contains(&ending);
        (name == provider.name && (is_wrong || is_other))
            || (provider.misspelled.contains(&name) && (is_wrong || ending == "com"))
    });
    provider.map(|provider| provider.domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_domain_of_the_provider() {
        for (domain, expected) in [
            ("gamil.com", "gmail.com"),
            ("gmial.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gamil.con", "gmail.com"),
            ("googlmail.com", "googlemail.com"),
            ("hotmial.com", "hotmail.com"),
            ("outlok.com", "outlook.com"),
            ("yahooo.com", "yahoo.com"),
            ("yahoo.cmo", "yahoo.com"),
            ("iclould.com", "icloud.com"),
            ("live.con", "live.com"),
            ("aol.con", "aol.com"),
            ("msn.xom", "msn.com"),
            ("protonmial.com", "protonmail.com"),
        ] {
            assert_eq!(suggestion(domain), Some(expected), "{domain}");
        }
    }

    #[test]
    fn accepts_domains_that_serve_mail() {
        for domain in [
            "gmail.com",
            "googlemail.com",
            "mail.com",
            "email.com",
            "ymail.com",
            "rocketmail.com",
            "hotmail.com",
            "hotmail.co.uk",
            "hotmail.fr",
            "hotmail.de",
            "hotmail.it",
            "hotmail.es",
            "outlook.com",
            "outlook.de",
            "outlook.fr",
            "outlook.co.id",
            "live.com",
            "live.co.uk",
            "live.nl",
            "msn.com",
            "passport.com",
            "yahoo.com",
            "yahoo.co.uk",
            "yahoo.co.jp",
            "yahoo.co.in",
            "yahoo.fr",
            "yahoo.ca",
            "yahoo.com.br",
            "aol.com",
            "aol.co.uk",
            "aim.com",
            "icloud.com",
            "me.com",
            "mac.com",
            "gmx.com",
            "gmx.net",
            "gmx.de",
            "gmx.at",
            "gmx.ch",
            "web.de",
            "t-online.de",
            "freenet.de",
            "proton.me",
            "protonmail.com",
            "protonmail.ch",
            "pm.me",
            "tutanota.com",
            "tuta.io",
            "qq.com",
            "163.com",
            "126.com",
            "mail.ru",
            "yandex.com",
            "yandex.ru",
            "ya.ru",
            "zoho.com",
            "fastmail.com",
            "fastmail.fm",
            "hey.com",
            "hushmail.com",
            "orange.fr",
            "free.fr",
            "laposte.net",
            "libero.it",
            "wp.pl",
            "o2.pl",
            "naver.com",
            "daum.net",
            "comcast.net",
            "verizon.net",
            "att.net",
            "gail.com",
            "live.co",
            "live.cm",
            "aol.co",
            "gmail.example.com",
            "mail.gamil.com",
            "gamil",
            "example.con",
            "",
        ] {
            assert_eq!(suggestion(domain), None, "{domain}");
        }
    }

    #[test]
    fn assigns_every_misspelling_to_one_provider() {
        for provider in &PROVIDERS {
            assert_eq!(provider.domain, format!("{}.com", provider.name));
            assert_eq!(suggestion(provider.domain), None);
            for name in provider.misspelled {
                assert_eq!(suggestion(&format!("{name}.com")), Some(provider.domain), "{name}");
            }
        }
    }
}
