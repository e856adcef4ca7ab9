use std::net::IpAddr;

use ipnet::IpNet;

use super::rule::Key;

pub(super) fn client(address: IpAddr) -> Key {
    Key::Address(client_prefix(address))
}

/// Returns the prefix that identifies a client, as a number: an IPv4 address, or the /64 of an IPv6
/// address. Providers assign a /64 to a customer. An IPv4-mapped address counts as IPv4.
#[must_use]
pub fn client_prefix(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits() & (u128::MAX << 64),
    }
}

/// Returns the /24 of an IPv4 address, or the /48 of an IPv6 address. Providers assign a /48 to a
/// site.
pub(super) fn network(address: IpAddr) -> Key {
    Key::Address(match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits() & !0xff),
        IpAddr::V6(v6) => v6.to_bits() & (u128::MAX << 80),
    })
}

/// Returns the networks of [`client_prefix`] and of the limit on networks, for operators.
#[must_use]
pub fn limited_networks(address: IpAddr) -> [IpNet; 2] {
    let address = address.to_canonical();
    let lengths = if address.is_ipv4() { [32, 24] } else { [64, 48] };
    lengths.map(|length| IpNet::new(address, length).map_or(address.into(), |net| net.trunc()))
}

/// A provider that delivers several spellings of an address to one mailbox.
struct Provider {
    /// The domains of the same mailboxes. The first domain is canonical.
    domains: &'static [&'static str],
    /// Characters that the provider ignores in the local part.
    ignored: &'static [char],
}

/// Large providers with ignored characters or several domains, according to the documentation of
/// each provider. Yandex treats a dot as a hyphen. The service ignores both characters, so that the
/// name without these characters also counts as equal.
const PROVIDERS: [Provider; 4] = [
    Provider { domains: &["gmail.com", "googlemail.com"], ignored: &['.'] },
    Provider { domains: &["icloud.com", "me.com", "mac.com"], ignored: &[] },
    Provider {
        domains: &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
        ignored: &['.', '-', '_'],
    },
    Provider {
        domains: &[
            "yandex.ru",
            "yandex.com",
            "ya.ru",
            "yandex.by",
            "yandex.kz",
            "yandex.ua",
            "yandex.uz",
        ],
        ignored: &['.', '-'],
    },
];

/// Returns the mailbox in lower case, without its tag and without the characters that its provider
/// ignores. Most providers ignore case and tags. Only limits use this key.
pub(super) fn email(email: &str) -> Key {
    let folded = email.to_lowercase();
    let Some((local_part, domain)) = folded.rsplit_once('@') else {
        return Key::Text(folded);
    };
    let mailbox = match local_part.split_once('+') {
        Some((mailbox, _)) if !mailbox.is_empty() => mailbox,
        _ => local_part,
    };
    let provider = PROVIDERS.iter().find(|provider| provider.domains.contains(&domain));
    let Some(Provider { domains: [domain, ..], ignored }) = provider else {
        return Key::Text(format!("{mailbox}@{domain}"));
    };
    Key::Text(format!("{}@{domain}", mailbox.replace(*ignored, "")))
}

/// Returns a user name in lower case, because most pools ignore case. A name with a tag is a
/// different name.
pub(super) fn name(name: &str) -> Key {
    Key::Text(name.to_lowercase())
}

/// Returns a user name together with the client's network.
pub(super) fn name_in_network(name: &str, address: IpAddr) -> Key {
    let network = match network(address) {
        Key::Address(network) => network,
        Key::Text(_) => 0,
    };
    Key::Text(format!("{} {network:x}", name.to_lowercase()))
}

pub(super) fn calling_code(code: u16) -> Key {
    Key::Text(code.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifies_an_ipv6_client_by_its_64_and_a_mapped_client_by_its_ipv4_address() {
        for (one, other, same_address, same_network) in [
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true, true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false, true),
            ("2001:db8:0:1::1", "2001:db8:1:1::1", false, false),
            ("192.0.2.1", "::ffff:192.0.2.1", true, true),
            ("192.0.2.1", "192.0.2.2", false, true),
            ("192.0.2.1", "192.0.3.1", false, false),
        ] {
            let (a, b) = (one.parse().unwrap(), other.parse().unwrap());

            assert_eq!(shown(&client(a)) == shown(&client(b)), same_address, "{one}, {other}");
            assert_eq!(shown(&network(a)) == shown(&network(b)), same_network, "{one}, {other}");
            let ([client_a, network_a], [client_b, network_b]) =
                (limited_networks(a), limited_networks(b));
            assert_eq!(client_a == client_b, same_address, "{one}, {other}");
            assert_eq!(network_a == network_b, same_network, "{one}, {other}");
        }
    }

    #[test]
    fn all_spellings_of_a_mailbox_have_one_key() {
        for (one, other, is_same) in [
            ("ada@example.com", "Ada@Example.COM", true),
            ("ada@example.com", "ada+spring@example.com", true),
            ("ada+a@example.com", "ada+b+c@example.com", true),
            ("ada@example.com", "ada@example.org", false),
            ("ada@example.com", "grace@example.com", false),
            ("+a@example.com", "+b@example.com", false),
            ("ada.lovelace@gmail.com", "adalovelace@gmail.com", true),
            ("a.d.a+x@gmail.com", "A.Da@googlemail.com", true),
            ("a.da@example.com", "ada@example.com", false),
            ("a.da@mail.gmail.com", "ada@mail.gmail.com", false),
            ("a_da@gmail.com", "ada@gmail.com", false),
            ("a.da@icloud.com", "ada@icloud.com", false),
            ("ada@me.com", "ada@icloud.com", true),
            ("a_d-a@pm.me", "ada@proton.me", true),
            ("ada-l@ya.ru", "ada.l@yandex.com", true),
            ("a.da@outlook.com", "ada@outlook.com", false),
        ] {
            assert_eq!(shown(&email(one)) == shown(&email(other)), is_same, "{one} and {other}");
        }
    }

    fn shown(key: &Key) -> String {
        format!("{key:?}")
    }
}
