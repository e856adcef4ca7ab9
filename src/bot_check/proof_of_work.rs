//! Proof of work by version 2 of ALTCHA's scheme (<https://altcha.org/docs/v2/proof-of-work-captcha>).
//! The widget `altcha` implements this scheme in version 3 and later.
//!
//! A challenge is random data with a signature. The service therefore stores no challenge. A
//! solution is a counter for which PBKDF2 yields a key that begins with zeros.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use altcha::{
    CreateChallengeOptions, VerifySolutionOptions, create_challenge, sign_challenge,
    types::{HmacAlgorithm, Payload},
    verify_solution,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::failure::Failure;
use crate::config;

pub use altcha::types::Challenge;

const ALGORITHM: &str = "PBKDF2/SHA-256";

/// Maximum length of a proof in bytes. Proofs of the widget are several times shorter.
const MAX_PROOF: usize = 2048;

pub(super) struct ProofOfWork {
    cost: u32,
    key_prefix: String,
    lifetime: Duration,
    key: SecretString,
}

/// A proof whose challenge is authentic and not expired.
pub(super) struct Signed<'a> {
    payload: Payload,
    key: &'a SecretString,
}

impl ProofOfWork {
    pub(super) fn new(settings: &config::ProofOfWork, key: &[u8; 32]) -> Self {
        Self {
            cost: settings.cost,
            key_prefix: "0".repeat(settings.difficulty),
            lifetime: settings.lifetime,
            // The scheme's keys are strings.
            key: STANDARD.encode(key).into(),
        }
    }

    pub(super) fn challenge(&self) -> Option<Challenge> {
        let options = CreateChallengeOptions {
            algorithm: ALGORITHM.to_owned(),
            cost: self.cost,
            key_prefix: self.key_prefix.clone(),
            expires_at: Some(unix_seconds(SystemTime::now() + self.lifetime)),
            hmac_signature_secret: Some(self.key.expose_secret().to_owned()),
            ..CreateChallengeOptions::default()
        };
        create_challenge(options)
            .inspect_err(|error| tracing::error!(%error, "proof-of-work challenge not created"))
            .ok()
    }

    /// Parses a proof and checks the signature and expiry of its challenge. These checks cost much
    /// less than [`Signed::check_solution`].
    pub(super) fn check_signature(&self, proof: &str) -> Result<Signed<'_>, Failure> {
        if proof.len() > MAX_PROOF {
            return Err(Failure::Unreadable);
        }
        let json = STANDARD.decode(proof).map_err(|_| Failure::Unreadable)?;
        let payload: Payload = serde_json::from_slice(&json).map_err(|_| Failure::Unreadable)?;
        if !is_signed_with(&self.key, &payload.challenge) {
            return Err(Failure::Signature);
        }
        let now = unix_seconds(SystemTime::now());
        let is_expired = payload.challenge.parameters.expires_at.is_none_or(|until| until < now);
        if is_expired { Err(Failure::Expired) } else { Ok(Signed { payload, key: &self.key }) }
    }
}

impl Signed<'_> {
    /// Returns the nonce, which identifies the challenge.
    pub(super) fn nonce(&self) -> &str {
        &self.payload.challenge.parameters.nonce
    }

    pub(super) fn check_solution(&self) -> Result<(), Failure> {
        let Payload { challenge, solution } = &self.payload;
        let options = VerifySolutionOptions::new(challenge, solution, self.key.expose_secret());
        match verify_solution(options) {
            Ok(result) if result.verified => Ok(()),
            Ok(result) if result.expired => Err(Failure::Expired),
            Ok(_) | Err(_) => Err(Failure::Solution),
        }
    }
}

fn is_signed_with(key: &SecretString, challenge: &Challenge) -> bool {
    let Some(signature) = &challenge.signature else { return false };
    let mut parameters = challenge.parameters.clone();
    let signed =
        sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, key.expose_secret(), None);
    let expected = signed.ok().and_then(|signed| signed.signature);
    expected.is_some_and(|expected| expected.as_bytes().ct_eq(signature.as_bytes()).into())
}

fn unix_seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use altcha::{SolveChallengeOptions, solve_challenge, types::Solution};

    use super::*;

    const KEYS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

    fn work(key: &[u8; 32]) -> ProofOfWork {
        let lifetime = Duration::from_mins(10);
        ProofOfWork::new(&config::ProofOfWork { cost: 10, difficulty: 1, lifetime }, key)
    }

    fn encode(payload: &Payload) -> String {
        STANDARD.encode(serde_json::to_vec(payload).unwrap())
    }

    fn solved(work: &ProofOfWork) -> Payload {
        let challenge = work.challenge().unwrap();
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
        Payload { challenge, solution }
    }

    fn check(work: &ProofOfWork, proof: &str) -> Result<(), Failure> {
        work.check_signature(proof)?.check_solution()
    }

    #[test]
    fn accepts_solutions_of_challenges_signed_with_its_key() {
        let proof = encode(&solved(&work(&KEYS[0])));

        assert_eq!(check(&work(&KEYS[0]), &proof), Ok(()), "another replica");
        assert_eq!(check(&work(&KEYS[1]), &proof), Err(Failure::Signature), "another key");
    }

    /// A challenge that the npm package altcha-lib 2.8.0 created and solved with the first of
    /// [`KEYS`], cost 10 and the key prefix `0`. The challenge expires in 2100.
    const BY_ANOTHER_LIBRARY: &str = "eyJjaGFsbGVuZ2UiOnsicGFyYW1ldGVycyI6eyJhbGdvcml0aG0iOiJQQktERjIvU0hBLTI1NiIsImNvc3QiOjEwLCJleHBpcmVzQXQiOjQxMDI0NDQ4MDAsImtleUxlbmd0aCI6MzIsImtleVByZWZpeCI6IjAiLCJub25jZSI6Ijc5ZmQ4ZTIwZGM1NDMxNjRiZTAwMGMzZjVkNjUxYjhkIiwic2FsdCI6ImFiZTBjNzc5N2I2NTI1MzJmM2Q0MzdjZmQwNWM2MzNiIn0sInNpZ25hdHVyZSI6IjI1YTA5MDA3ZWI3NTA0ZTY0NGU3ODE3NzhhYjc1MGEwZmZiZWY5ZmM2ZTFhYzc2YmI4NzIyZDFlMWY1YWYxYzUifSwic29sdXRpb24iOnsiY291bnRlciI6MTEsImRlcml2ZWRLZXkiOiIwNWRhNTVkZDZhNDNjMTExMWYwN2YxN2E2N2FiOTcyNzAzZjIwYmJhNDNjMDU3NTY0YTNjZTRlYmFjOGVmOTIzIiwidGltZSI6MjB9fQ==";

    #[test]
    fn accepts_a_solution_of_another_library() {
        assert_eq!(check(&work(&KEYS[0]), BY_ANOTHER_LIBRARY), Ok(()));
        assert_eq!(check(&work(&KEYS[1]), BY_ANOTHER_LIBRARY), Err(Failure::Signature));
    }

    #[test]
    fn accepts_the_published_vectors() {
        let published = include_str!("../../docs/proof-of-work-vectors.json");
        let published: serde_json::Value = serde_json::from_str(published).unwrap();
        let work = work(&KEYS[0]);
        assert_eq!(published["signature_key"], work.key.expose_secret());
        for vector in published["vectors"].as_array().unwrap() {
            let challenge: Challenge = serde_json::from_value(vector["challenge"].clone()).unwrap();
            let proof = vector["human_proof"].as_str().unwrap();

            let solution =
                solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();

            assert_eq!(vector["last_try"]["counter"], solution.counter);
            assert_eq!(vector["last_try"]["derivedKey"], solution.derived_key);
            assert_eq!(check(&work, proof), Ok(()));
        }
    }

    #[test]
    fn returns_the_reason_for_each_invalid_proof() {
        let work = work(&KEYS[0]);
        let good = solved(&work);
        let changed = |change: &dyn Fn(&mut Payload)| {
            let mut payload = good.clone();
            change(&mut payload);
            encode(&payload)
        };
        for (case, proof, expected) in [
            ("nothing changed", changed(&|_| {}), Ok(())),
            ("no base64", "not base64!".to_owned(), Err(Failure::Unreadable)),
            ("no JSON", STANDARD.encode("hello"), Err(Failure::Unreadable)),
            ("another JSON", STANDARD.encode("{\"test\":true}"), Err(Failure::Unreadable)),
            ("too long", "A".repeat(MAX_PROOF + 4), Err(Failure::Unreadable)),
            (
                "no signature",
                changed(&|payload| payload.challenge.signature = None),
                Err(Failure::Signature),
            ),
            (
                "a later expiry",
                changed(&|payload| payload.challenge.parameters.expires_at = Some(i64::MAX)),
                Err(Failure::Signature),
            ),
            (
                "no expiry",
                changed(&|payload| payload.challenge.parameters.expires_at = None),
                Err(Failure::Signature),
            ),
            (
                "less work",
                changed(&|payload| payload.challenge.parameters.cost = 1),
                Err(Failure::Signature),
            ),
            (
                "a shorter prefix",
                changed(&|payload| payload.challenge.parameters.key_prefix = String::new()),
                Err(Failure::Signature),
            ),
            (
                "another challenge's nonce",
                changed(&|payload| payload.challenge.parameters.nonce = "00".repeat(16)),
                Err(Failure::Signature),
            ),
            (
                "another counter",
                changed(&|payload| payload.solution.counter += 1),
                Err(Failure::Solution),
            ),
            (
                "an invented key",
                changed(&|payload| {
                    payload.solution = Solution {
                        counter: 0,
                        derived_key: format!("0{}", "f".repeat(63)),
                        time: None,
                    };
                }),
                Err(Failure::Solution),
            ),
        ] {
            assert_eq!(check(&work, &proof), expected, "{case}");
        }
    }

    #[test]
    fn rejects_a_solution_of_an_expired_challenge() {
        let work = work(&KEYS[0]);
        let mut payload = solved(&work);
        payload.challenge.parameters.expires_at = Some(unix_seconds(SystemTime::now()) - 1);
        let secret = work.key.expose_secret();
        let mut parameters = payload.challenge.parameters.clone();
        payload.challenge =
            sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None).unwrap();

        assert_eq!(check(&work, &encode(&payload)), Err(Failure::Expired));
    }

    #[test]
    fn rejects_a_signed_challenge_without_an_expiry() {
        let work = work(&KEYS[0]);
        let mut payload = solved(&work);
        payload.challenge.parameters.expires_at = None;
        let secret = work.key.expose_secret();
        let mut parameters = payload.challenge.parameters.clone();
        payload.challenge =
            sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None).unwrap();

        assert_eq!(check(&work, &encode(&payload)), Err(Failure::Expired));
    }
}
