//! Web addresses in names. Attackers put web addresses into names to send spam, because emails of
//! the pool greet users by name.

use std::sync::LazyLock;

use regex::Regex;

use crate::registration::fields::text::visible;

/// The pattern of a web address: a scheme, `www.`, a domain with a path, or a domain that mail
/// programs show as a link. An initial or a title without a space after its dot, such as `J.Kim`
/// and `Dr.Smith`, is not a domain. Two letters are a top-level domain only in lower case, because
/// of names such as `Wei.Li`.
const URL: &str = r"(?x)
    :// | (?i-u:\b www\d? \.)
    | (?: ^ | [^\p{L}\p{M}\p{N}@._-] )
      (?: [\p{L}\p{M}\p{N}-]+ [.。．｡] )*
      (?:
          [\p{L}\p{M}\p{N}-]+ [.。．｡] \p{L}[\p{L}\p{M}\p{N}-]+ (?: :[0-9]+ )? [/?\#]
          | [\p{L}\p{M}\p{N}-]{2,} [.。．｡] (?:
              \p{Ll}{2}
              | (?i: aero|app|asia|biz|blog|buzz|cam|cat|cfd|click|club|cloud|com|coop|cyou|dev|edu
                  |email|example|fun|gov|help|homes|host|icu|info|ink|int|jobs|life|link|live|lol
                  |ltd|mil|mobi|monster|museum|name|net|news|online|org|page|pics|pro|quest|rest
                  |review|sbs|shop|site|space|store|stream|support|tech|tel|today|top|travel|vip
                  |website|wiki|win|work|world|xn--[a-z0-9-]+|xxx|xyz|zip )
            ) (?: $ | [^\p{L}\p{M}\p{N}-] )
      )";

#[expect(clippy::unwrap_used, reason = "the pattern is constant, and a test compiles it")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(URL).unwrap());

/// Returns `true` if mail programs may show a part of a name as a link to the web.
pub(in crate::registration) fn contains_url(name: &str) -> bool {
    name.contains([':', '.', '。', '．', '｡']) && PATTERN.is_match(&visible(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_web_addresses_in_names() {
        for name in [
            "https://evil.example",
            "HTTP://evil.example/win",
            "Ada http://192.0.2.1/",
            "hxxp://evil",
            "ftp://evil.example",
            "WWW.Evil.example",
            "win at www.evil.zz",
            "bit.ly/abc",
            "t.co/abc",
            "Evil.Zz/abc",
            "evil.zz:8080/",
            "evil.zz?a=b",
            "evil.com",
            "Evil.COM",
            "Ada (evil.com)!",
            "Ada, mail.evil.co.uk.",
            "evil.example",
            "evil.li",
            "xn--e1aybc.xn--p1ai",
            "тест.рф",
            "evil\u{200b}.com",
            "evil。com",
            "//evil.com",
            "ada evil.xyz, grace",
        ] {
            assert!(contains_url(name), "{name}");
        }
    }

    #[test]
    fn accepts_names_with_dots_and_slashes() {
        for name in [
            "Ada Lovelace",
            "J.R.R. Tolkien",
            "J.R.R.Tolkien",
            "Dr.Smith",
            "Dr. Smith",
            "Prof.Dr.Ada",
            "St.John",
            "st.john",
            "Martin Luther King Jr.",
            "Wei.Li",
            "J.Kim",
            "J.li",
            "ma.del Carmen",
            "O.de la Cruz",
            "Mary Smith Ph.D.",
            "Mr./Mrs. Smith",
            "Ada/Grace",
            "d/o Raman",
            "Ada: the first",
            "Sammy Davis, Jr.",
            "Company S.A.",
            "Ada…",
            "3.14",
            "ada@mail.example.com",
            "",
        ] {
            assert!(!contains_url(name), "{name}");
        }
    }
}
