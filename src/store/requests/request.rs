//! A request as the store sees it.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use crate::store::{
    audit::attempts::Attempt,
    database::Digest,
    keys::Keys,
    requests::{
        confirmations::ConfirmIntent,
        encryption,
        idempotency::{KeyClaim, KeyEnd, KeyOutcome, KeyState},
        prior::Memory,
        recent_sign_ups::SignUpIntent,
    },
    writer::command::Intent,
};

/// The Idempotency-Key of a request, with its scope.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    /// The Idempotency-Key, as the client sent it.
    pub key: SecretString,
    /// The route, which is part of the key's scope.
    pub route: &'static str,
    /// The normalised body, without the fields that may differ between repetitions.
    pub body: SecretString,
}

/// The subject of a request.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A sign-up.
    SignUp {
        /// The user name.
        username: &'a str,
        /// `true` if the service generated the user name.
        is_generated: bool,
        /// The email address and the phone number.
        recipients: [Option<&'a str>; 2],
        /// The password, or `None` if the form has no password.
        password: Option<&'a SecretString>,
        /// The address of the client.
        address: IpAddr,
    },
    /// A confirm.
    Confirmation {
        /// The user name.
        username: &'a str,
        /// The code.
        code: &'a SecretString,
    },
    /// A resend, which has no intent.
    Resend,
}

/// The result of a claim.
#[derive(Debug)]
pub enum ClaimResult {
    /// The intent is stored. A request with an Idempotency-Key holds the key.
    Claimed(Claim),
    /// Another request with the same Idempotency-Key claimed the key, and may have ended since.
    Lost(KeyState),
}

/// A request that may call Cognito. If its intent is stored and the request never ends, its outcome
/// is unknown after its lease.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Id of the intent, or `None` if the intent is not stored.
    pub(in crate::store) id: Option<i64>,
    pub(in crate::store) intent: Option<Intent>,
    pub(in crate::store) key: Option<ClaimedKey>,
}

/// An Idempotency-Key that a request holds.
#[derive(Clone, Debug)]
pub(in crate::store) struct ClaimedKey {
    pub(in crate::store) key: Digest,
    pub(in crate::store) encryption: [u8; 32],
    pub(in crate::store) is_takeover: bool,
}

/// The end of a request.
#[derive(Debug)]
pub struct Completion {
    /// The state of the request's Idempotency-Key.
    pub key: KeyOutcome,
    /// The outcome, for the next request of the same user. `None` if this request changed nothing.
    pub memory: Option<Memory>,
    /// The attempt for the audit log.
    pub attempt: Attempt,
}

impl Claim {
    /// Returns a claim before the writer stores it.
    pub(in crate::store) fn new(keys: &Keys, subject: Subject<'_>) -> Self {
        let intent = match subject {
            Subject::SignUp { username, is_generated, recipients, password, address } => {
                let name = keys.name(username);
                let password = password.map_or("", |password| password.expose_secret());
                let is_chosen = !is_generated && !recipients.contains(&Some(username));
                // The code for a chosen name went to the recipients of the first form. The service
                // must not tell a user who corrects the recipients to wait for that code.
                let [email, phone_number] = recipients.map(|recipient| {
                    recipient.filter(|_| is_chosen).map_or(Vec::new(), |one| keys.name(one).into())
                });
                let recipient = recipients.into_iter().flatten().next().filter(|_| is_generated);
                Some(Intent::SignUp(SignUpIntent {
                    name,
                    alias: recipient.map_or(name, |recipient| keys.name(recipient)),
                    pair: keys
                        .digest("password", &[&name, password.as_bytes(), &email, &phone_number]),
                    network: keys.digest("network", &[&network(address).to_be_bytes()]),
                }))
            }
            Subject::Confirmation { username, code } => {
                let name = keys.name(username);
                let code = keys.digest("confirmation", &[&name, code.expose_secret().as_bytes()]);
                Some(Intent::Confirm(ConfirmIntent { name, code }))
            }
            Subject::Resend => None,
        };
        Self { id: None, intent, key: None }
    }

    /// Returns `true` if an earlier request with this key may have succeeded.
    #[must_use]
    pub fn is_takeover(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.is_takeover)
    }

    /// Returns `true` if the request holds an Idempotency-Key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Returns the end of the request's key, or `None` if the request has no key.
    pub(in crate::store) fn key_end(&self, outcome: KeyOutcome) -> Option<KeyEnd> {
        let (Some(ClaimedKey { key, encryption, .. }), Some(claim)) = (&self.key, self.id) else {
            return None;
        };
        let outcome = match outcome {
            KeyOutcome::Stored(response) => encryption::encrypt(encryption, key, &response)
                .map_or(KeyOutcome::Unknown, KeyOutcome::Stored),
            outcome => outcome,
        };
        Some(KeyEnd { key: *key, claim, outcome })
    }
}

impl IdempotentRequest {
    /// Returns the digests of the key and the body.
    pub(in crate::store) fn claim(&self, keys: &Keys, client_id: &str) -> KeyClaim {
        let key = self.key.expose_secret().as_bytes();
        let scope = [self.route.as_bytes(), client_id.as_bytes(), key];
        KeyClaim {
            key: keys.digest("idempotency key", &scope),
            // The fingerprint depends on the key. Equal bodies therefore have different
            // fingerprints.
            fingerprint: keys.digest("body", &[key, self.body.expose_secret().as_bytes()]),
        }
    }
}

/// Returns the network of an address as a number: the /24 of IPv4 or the /48 of IPv6.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits() & !0xff),
        IpAddr::V6(v6) => v6.to_bits() & (u128::MAX << 80),
    }
}
