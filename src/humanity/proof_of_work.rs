//! Proof of work by ALTCHA's scheme (its version 2, which the widget `altcha` from version 3 on
//! and its libraries speak; <https://altcha.org/docs/v2/proof-of-work-captcha>).
//!
//! A challenge is random numbers with a signature, and nothing is remembered of it until it is
//! answered. The answer is a counter with which PBKDF2 gives a key that begins with zeros.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use altcha::{
    CreateChallengeOptions, VerifySolutionOptions, create_challenge, sign_challenge,
    types::{HmacAlgorithm, Payload},
    verify_solution,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::Doubt;
use crate::config;

pub use altcha::types::Challenge;

const ALGORITHM: &str = "PBKDF2/SHA-256";

/// The longest proof, in characters: several times what the widget sends.
const MAX_PROOF: usize = 2048;

/// Makes challenges, and takes what was made of them.
pub(super) struct ProofOfWork {
    cost: u32,
    key_prefix: String,
    lifetime: Duration,
    /// The first one signs.
    keys: Vec<SecretString>,
}

/// An answer to a challenge of this service that may still be answered.
pub(super) struct Signed<'a> {
    payload: Payload,
    key: &'a SecretString,
}

impl ProofOfWork {
    pub(super) fn new(settings: &config::ProofOfWork, keys: &[[u8; 32]]) -> Self {
        // The scheme's keys are texts.
        let text = |key: &[u8; 32]| SecretString::from(STANDARD.encode(key));
        Self {
            cost: settings.cost,
            key_prefix: "0".repeat(settings.difficulty),
            lifetime: settings.lifetime,
            keys: keys.iter().map(text).collect(),
        }
    }

    /// A new challenge.
    pub(super) fn challenge(&self) -> Option<Challenge> {
        let options = CreateChallengeOptions {
            algorithm: ALGORITHM.to_owned(),
            cost: self.cost,
            key_prefix: self.key_prefix.clone(),
            expires_at: Some(since_1970(SystemTime::now() + self.lifetime)),
            hmac_signature_secret: Some(self.keys.first()?.expose_secret().to_owned()),
            ..CreateChallengeOptions::default()
        };
        create_challenge(options)
            .inspect_err(|error| tracing::error!(%error, "no challenge could be made"))
            .ok()
    }

    /// Reads a proof as far as this costs next to nothing: whether it answers a challenge that
    /// was made here, and is not too late.
    pub(super) fn signed(&self, proof: &str) -> Result<Signed<'_>, Doubt> {
        if proof.len() > MAX_PROOF {
            return Err(Doubt::Unreadable);
        }
        let json = STANDARD.decode(proof).map_err(|_| Doubt::Unreadable)?;
        let payload: Payload = serde_json::from_slice(&json).map_err(|_| Doubt::Unreadable)?;
        let key = self.keys.iter().find(|key| is_signed_with(key, &payload.challenge));
        let key = key.ok_or(Doubt::Signature)?;
        let now = since_1970(SystemTime::now());
        let is_late = payload.challenge.parameters.expires_at.is_none_or(|until| until < now);
        if is_late { Err(Doubt::Expired) } else { Ok(Signed { payload, key }) }
    }
}

impl Signed<'_> {
    /// What is random in the challenge.
    pub(super) fn name(&self) -> &str {
        &self.payload.challenge.parameters.nonce
    }

    /// Does one step of the work again.
    pub(super) fn verify(&self) -> Result<(), Doubt> {
        let Payload { challenge, solution } = &self.payload;
        let options = VerifySolutionOptions::new(challenge, solution, self.key.expose_secret());
        match verify_solution(options) {
            Ok(result) if result.verified => Ok(()),
            Ok(result) if result.expired => Err(Doubt::Expired),
            Ok(_) | Err(_) => Err(Doubt::Solution),
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

/// Seconds.
fn since_1970(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use altcha::{SolveChallengeOptions, solve_challenge, types::Solution};

    use super::*;

    const KEYS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

    fn work(keys: &[[u8; 32]], lifetime: Duration) -> ProofOfWork {
        ProofOfWork::new(&config::ProofOfWork { cost: 10, difficulty: 1, lifetime }, keys)
    }

    fn encode(payload: &Payload) -> String {
        STANDARD.encode(serde_json::to_vec(payload).unwrap())
    }

    fn solved(work: &ProofOfWork) -> Payload {
        let challenge = work.challenge().unwrap();
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
        Payload { challenge, solution }
    }

    fn judge(work: &ProofOfWork, proof: &str) -> Result<(), Doubt> {
        work.signed(proof)?.verify()
    }

    const LONG: Duration = Duration::from_mins(10);

    #[test]
    fn takes_what_was_worked_for_with_any_key_in_force() {
        let (old, new) = (work(&KEYS[..1], LONG), work(&[KEYS[1], KEYS[0]], LONG));
        let proof = encode(&solved(&old));

        assert_eq!(judge(&old, &proof), Ok(()));
        assert_eq!(judge(&new, &proof), Ok(()), "the other replica's key");
        assert_eq!(judge(&work(&KEYS[1..], LONG), &proof), Err(Doubt::Signature));
    }

    /// Made and solved by the npm package altcha-lib 2.8.0 with the first of [`KEYS`], cost 10 and
    /// the key prefix `0`; it may be answered until 2100.
    const BY_ANOTHER_LIBRARY: &str = "eyJjaGFsbGVuZ2UiOnsicGFyYW1ldGVycyI6eyJhbGdvcml0aG0iOiJQQktERjIvU0hBLTI1NiIsImNvc3QiOjEwLCJleHBpcmVzQXQiOjQxMDI0NDQ4MDAsImtleUxlbmd0aCI6MzIsImtleVByZWZpeCI6IjAiLCJub25jZSI6Ijc5ZmQ4ZTIwZGM1NDMxNjRiZTAwMGMzZjVkNjUxYjhkIiwic2FsdCI6ImFiZTBjNzc5N2I2NTI1MzJmM2Q0MzdjZmQwNWM2MzNiIn0sInNpZ25hdHVyZSI6IjI1YTA5MDA3ZWI3NTA0ZTY0NGU3ODE3NzhhYjc1MGEwZmZiZWY5ZmM2ZTFhYzc2YmI4NzIyZDFlMWY1YWYxYzUifSwic29sdXRpb24iOnsiY291bnRlciI6MTEsImRlcml2ZWRLZXkiOiIwNWRhNTVkZDZhNDNjMTExMWYwN2YxN2E2N2FiOTcyNzAzZjIwYmJhNDNjMDU3NTY0YTNjZTRlYmFjOGVmOTIzIiwidGltZSI6MjB9fQ==";

    #[test]
    fn takes_what_a_front_ends_library_has_solved() {
        assert_eq!(judge(&work(&KEYS[..1], LONG), BY_ANOTHER_LIBRARY), Ok(()));
        assert_eq!(judge(&work(&KEYS[1..], LONG), BY_ANOTHER_LIBRARY), Err(Doubt::Signature));
    }

    #[test]
    fn names_what_is_wrong_with_a_proof() {
        let work = work(&KEYS[..1], LONG);
        let good = solved(&work);
        let changed = |change: &dyn Fn(&mut Payload)| {
            let mut payload = good.clone();
            change(&mut payload);
            encode(&payload)
        };
        for (case, proof, expected) in [
            ("nothing changed", changed(&|_| {}), Ok(())),
            ("no base64", "not base64!".to_owned(), Err(Doubt::Unreadable)),
            ("no JSON", STANDARD.encode("hello"), Err(Doubt::Unreadable)),
            ("another JSON", STANDARD.encode("{\"test\":true}"), Err(Doubt::Unreadable)),
            ("too long", "A".repeat(MAX_PROOF + 4), Err(Doubt::Unreadable)),
            (
                "no signature",
                changed(&|payload| payload.challenge.signature = None),
                Err(Doubt::Signature),
            ),
            (
                "a later end",
                changed(&|payload| payload.challenge.parameters.expires_at = Some(i64::MAX)),
                Err(Doubt::Signature),
            ),
            (
                "no end",
                changed(&|payload| payload.challenge.parameters.expires_at = None),
                Err(Doubt::Signature),
            ),
            (
                "less work",
                changed(&|payload| payload.challenge.parameters.cost = 1),
                Err(Doubt::Signature),
            ),
            (
                "an easier key",
                changed(&|payload| payload.challenge.parameters.key_prefix = String::new()),
                Err(Doubt::Signature),
            ),
            (
                "another challenge's numbers",
                changed(&|payload| payload.challenge.parameters.nonce = "00".repeat(16)),
                Err(Doubt::Signature),
            ),
            (
                "another counter",
                changed(&|payload| payload.solution.counter += 1),
                Err(Doubt::Solution),
            ),
            (
                "a key out of thin air",
                changed(&|payload| {
                    payload.solution = Solution {
                        counter: 0,
                        derived_key: format!("0{}", "f".repeat(63)),
                        time: None,
                    };
                }),
                Err(Doubt::Solution),
            ),
        ] {
            assert_eq!(judge(&work, &proof), expected, "{case}");
        }
    }

    #[test]
    fn takes_no_proof_of_a_challenge_that_has_run_out() {
        let work = work(&KEYS[..1], LONG);
        let mut payload = solved(&work);
        payload.challenge.parameters.expires_at = Some(since_1970(SystemTime::now()) - 1);
        let secret = work.keys[0].expose_secret();
        let mut parameters = payload.challenge.parameters.clone();
        payload.challenge =
            sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None).unwrap();

        assert_eq!(judge(&work, &encode(&payload)), Err(Doubt::Expired));
    }

    #[test]
    fn a_signed_challenge_that_never_ends_is_none_of_ours() {
        let work = work(&KEYS[..1], LONG);
        let mut payload = solved(&work);
        payload.challenge.parameters.expires_at = None;
        let secret = work.keys[0].expose_secret();
        let mut parameters = payload.challenge.parameters.clone();
        payload.challenge =
            sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, secret, None).unwrap();

        assert_eq!(judge(&work, &encode(&payload)), Err(Doubt::Expired));
    }
}
