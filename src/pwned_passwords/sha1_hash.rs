use std::fmt::Write;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use secrecy::{ExposeSecret, SecretString};

/// Number of characters of the hash that the service sends.
const PREFIX: usize = 5;

/// A SHA-1 hash in 40 hexadecimal digits, because the protocol requires SHA-1. No security depends
/// on its resistance to collisions.
pub(super) struct Sha1Hash(SecretString);

impl Sha1Hash {
    pub(super) fn of(password: &SecretString) -> Self {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.expose_secret().as_bytes());
        let mut hex = String::with_capacity(40);
        for byte in digest.as_ref() {
            // Writing to a `String` cannot fail.
            let _ = write!(hex, "{byte:02X}");
        }
        Self(hex.into())
    }

    pub(super) fn prefix(&self) -> &str {
        &self.0.expose_secret()[..PREFIX]
    }

    /// Returns the count of this hash in lines such as `0018A45C4D1DEF81644B54AB7F969B88D65:21`.
    ///
    /// Returns `None` if a line has another format. Reads all lines, because the time must not
    /// reveal the position of the match.
    pub(super) fn count_in(&self, range: &[u8]) -> Option<u64> {
        let suffix = &self.0.expose_secret()[PREFIX..];
        let mut found = 0;
        for line in std::str::from_utf8(range).ok()?.lines() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (rest, count) = line.split_once(':')?;
            let is_hash =
                rest.len() == suffix.len() && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_hash {
                return None;
            }
            let count: u64 = count.trim().parse().ok()?;
            // A line of padding has the count 0.
            if rest.eq_ignore_ascii_case(suffix) {
                found = found.max(count);
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_count_of_a_hash_from_a_range() {
        // SHA-1 of "password", by FIPS 180-4: 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8.
        let hash = Sha1Hash::of(&"password".into());
        let own = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        let other = "0018A45C4D1DEF81644B54AB7F969B88D65";
        assert_eq!(hash.prefix(), "5BAA6");
        for (range, expected) in [
            (format!("{other}:21\r\n{own}:3861493\r\n"), Some(3_861_493)),
            (format!("{}:7", own.to_lowercase()), Some(7)),
            (format!("{other}:21"), Some(0)),
            (format!("{own}:0\n{other}:0"), Some(0)),
            (format!("{own}:0\n{own}:4"), Some(4)),
            (format!("{own} : 4"), None),
            (String::new(), Some(0)),
            (format!("{own}:4\n<html>"), None),
            (format!("{own}:many"), None),
            (format!("{own}:-1"), None),
            (format!("5BAA6{own}:4"), None),
            (own.to_owned(), None),
            ("<html>not found</html>".to_owned(), None),
        ] {
            assert_eq!(hash.count_in(range.as_bytes()), expected, "{range}");
        }
        assert_eq!(hash.count_in(&[0xff, 0xfe]), None, "invalid UTF-8");
    }
}
