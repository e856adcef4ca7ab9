//! How the domains of the big providers of mail are misspelled.
//!
//! Every misspelling is written out. By distance alone, `mail.com` would be a wrong `gmail.com`
//! and `gmx.de` a wrong `gmx.net`, and people have their mail there. What stands here has no mail
//! for people, or belongs to somebody who waits for other people's.

/// A provider, and what is typed in its place.
struct Provider {
    /// What was meant, in two parts.
    name: &'static str,
    ending: &'static str,
    /// Wrong names with the right ending.
    misspelled: &'static [&'static str],
    /// Wrong endings that exist as top-level domains.
    wrong_endings: &'static [&'static str],
    domain: &'static str,
}

/// Endings that no domain has, typed for `com`.
const NO_ENDINGS: [&str; 18] = [
    "c0m", "ccom", "cim", "clm", "cmo", "cmom", "coim", "comm", "comn", "con", "conm", "coom",
    "cpm", "cpom", "ocm", "som", "vom", "xom",
];

const PROVIDERS: [Provider; 10] = [
    Provider {
        name: "gmail",
        ending: "com",
        misspelled: &[
            "gamil", "gmial", "gmali", "gmai", "gmal", "gmil", "gmaill", "gmaiil", "gmmail",
            "ggmail", "gnail", "gmaul", "gmaik", "gmaio", "gmeil", "gmsil", "gmqil", "gaiml",
            "gmlai", "gmailc", "gmaail",
        ],
        wrong_endings: &["co", "cm", "om"],
        domain: "gmail.com",
    },
    Provider {
        name: "googlemail",
        ending: "com",
        misspelled: &["googelmail", "goglemail", "googlmail", "gogglemail", "googlemial"],
        wrong_endings: &["co", "cm", "om"],
        domain: "googlemail.com",
    },
    Provider {
        name: "hotmail",
        ending: "com",
        misspelled: &[
            "hotmial", "hotmal", "hotmai", "hotmil", "hotamil", "hotmaill", "hotmali", "hotnail",
            "hotmaul", "hotmeil", "hoymail", "hormail", "homail", "htmail", "hotmailc", "hotmaiil",
            "hotmsil", "hotmaik", "hhotmail", "hottmail", "hotmmail", "hotmaio", "otmail",
        ],
        wrong_endings: &["co", "cm", "om"],
        domain: "hotmail.com",
    },
    Provider {
        name: "outlook",
        ending: "com",
        misspelled: &[
            "outlok", "outloo", "outllok", "oultook", "outlool", "outook", "outloook", "oulook",
            "putlook", "outlookc", "outlookk", "otulook", "outlokk", "utlook",
        ],
        wrong_endings: &["co", "cm", "om"],
        domain: "outlook.com",
    },
    Provider {
        name: "yahoo",
        ending: "com",
        misspelled: &[
            "yaho", "yahooo", "yhaoo", "yahho", "yhoo", "yaoo", "yajoo", "uahoo", "yahoi", "yahop",
            "yahooc", "yahhoo",
        ],
        wrong_endings: &["co", "cm", "om"],
        domain: "yahoo.com",
    },
    Provider {
        name: "icloud",
        ending: "com",
        misspelled: &[
            "iclod", "icoud", "iclould", "iclous", "icluod", "ilcoud", "icliud", "iclound",
            "icloude", "iclud", "iicloud", "icloudc", "uicloud",
        ],
        wrong_endings: &["co", "cm", "om"],
        domain: "icloud.com",
    },
    Provider {
        name: "protonmail",
        ending: "com",
        misspelled: &[
            "protonmial",
            "protonmal",
            "prontonmail",
            "protonmai",
            "protonmil",
            "protonmaill",
            "portonmail",
        ],
        wrong_endings: &["co", "cm", "om"],
        domain: "protonmail.com",
    },
    Provider {
        name: "live",
        ending: "com",
        misspelled: &[],
        wrong_endings: &[],
        domain: "live.com",
    },
    Provider { name: "aol", ending: "com", misspelled: &[], wrong_endings: &[], domain: "aol.com" },
    Provider { name: "msn", ending: "com", misspelled: &[], wrong_endings: &[], domain: "msn.com" },
];

/// The provider that was probably meant by a domain, where that is misspelled.
pub(super) fn meant(domain: &str) -> Option<&'static str> {
    let (name, ending) = domain.split_once('.')?;
    let is_no_ending = NO_ENDINGS.contains(&ending);
    let provider = PROVIDERS.iter().find(|provider| {
        let is_wrong_ending = is_no_ending || provider.wrong_endings.contains(&ending);
        (name == provider.name && is_wrong_ending)
            || (provider.misspelled.contains(&name) && (is_no_ending || ending == provider.ending))
    });
    provider.map(|provider| provider.domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_was_meant() {
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
            assert_eq!(meant(domain), Some(expected), "{domain}");
        }
    }

    #[test]
    fn leaves_alone_what_people_have_mail_at() {
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
            assert_eq!(meant(domain), None, "{domain}");
        }
    }

    #[test]
    fn every_misspelling_leads_to_one_provider_and_is_none_itself() {
        for provider in &PROVIDERS {
            assert_eq!(provider.domain, format!("{}.{}", provider.name, provider.ending));
            assert_eq!(meant(provider.domain), None);
            for name in provider.misspelled {
                assert_eq!(meant(&format!("{name}.com")), Some(provider.domain), "{name}");
            }
        }
    }
}
