//! Encryption of stored responses (ChaCha20-Poly1305, RFC 8439). The key depends on both
//! `database.key` and the Idempotency-Key. Neither key alone decrypts a response.

use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

/// Encrypts a response for one place in the database. Returns `None` if the system has no random
/// numbers.
pub(in crate::store) fn encrypt(key: &[u8; 32], place: &[u8], response: &[u8]) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let mut encrypted =
        Vec::with_capacity(NONCE_LEN + response.len() + CHACHA20_POLY1305.tag_len());
    encrypted.extend_from_slice(&nonce);
    encrypted.extend_from_slice(response);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let text = encrypted.get_mut(NONCE_LEN..)?;
    let tag = cipher(key)?.seal_in_place_separate_tag(nonce, Aad::from(place), text).ok()?;
    encrypted.extend_from_slice(tag.as_ref());
    Some(encrypted)
}

/// Decrypts a response. Returns `None` if the response is altered, from another place, or encrypted
/// with another key.
pub(in crate::store) fn decrypt(key: &[u8; 32], place: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = encrypted.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = text.to_vec();
    let text = cipher(key)?.open_in_place(nonce, Aad::from(place), &mut text).ok()?;
    Some(text.to_vec())
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decrypts_only_with_the_same_key_and_place() {
        let encrypted = encrypt(&[1; 32], b"place", b"{\"status\":201}").unwrap();
        let mut altered = encrypted.clone();
        altered[20] ^= 1;

        assert_eq!(
            decrypt(&[1; 32], b"place", &encrypted).as_deref(),
            Some(&b"{\"status\":201}"[..])
        );
        for (case, key, place, encrypted) in [
            ("another key", [2; 32], &b"place"[..], &*encrypted),
            ("another place", [1; 32], b"elsewhere", &encrypted),
            ("altered", [1; 32], b"place", &altered),
            ("cut off", [1; 32], b"place", &encrypted[..10]),
            ("empty", [1; 32], b"place", b""),
        ] {
            assert_eq!(decrypt(&key, place, encrypted), None, "{case}");
        }
        assert_ne!(
            encrypt(&[1; 32], b"place", b"{\"status\":201}").unwrap(),
            encrypted,
            "a new nonce"
        );
    }
}
