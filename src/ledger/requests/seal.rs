//! Kept answers are sealed (ChaCha20-Poly1305, RFC 8439) with a key that `database.key` and the
//! Idempotency-Key give together: the table alone opens none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

/// Seals a text for the place it is kept at. `None` only where the system gives no random
/// numbers.
pub(in crate::ledger) fn seal(key: &[u8; 32], place: &str, text: &str) -> Option<String> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let mut sealed = text.as_bytes().to_vec();
    let tag = self::key(key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.as_bytes()),
            &mut sealed,
        )
        .ok()?;
    Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed, tag.as_ref()].concat()))
}

/// Opens what was sealed; `None` where it was altered, moved, or sealed with another key.
pub(in crate::ledger) fn open(key: &[u8; 32], place: &str, sealed: &str) -> Option<String> {
    let mut bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = self::key(key)?.open_in_place(nonce, Aad::from(place.as_bytes()), text).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

fn key(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_where_and_with_what_it_was_sealed() {
        let sealed = seal(&[1; 32], "place", "{\"status\":201}").unwrap();
        let mut altered = sealed.clone();
        altered.replace_range(20..21, if &sealed[20..21] == "A" { "B" } else { "A" });

        assert_eq!(open(&[1; 32], "place", &sealed).as_deref(), Some("{\"status\":201}"));
        for (case, key, place, sealed) in [
            ("another key", [2; 32], "place", &*sealed),
            ("another place", [1; 32], "elsewhere", &sealed),
            ("altered", [1; 32], "place", &altered),
            ("cut off", [1; 32], "place", &sealed[..10]),
            ("empty", [1; 32], "place", ""),
            ("no base64", [1; 32], "place", "!"),
        ] {
            assert_eq!(open(&key, place, sealed), None, "{case}");
        }
        assert_ne!(seal(&[1; 32], "place", "{\"status\":201}").unwrap(), sealed, "a fresh nonce");
    }
}
