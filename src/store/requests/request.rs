//! A request as the store sees it: its look-up, claim and end.

use std::{net::IpAddr, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use crate::store::{
    audit::attempts::Attempt,
    database::Digest,
    keys::Keys,
    requests::{
        confirmations::ConfirmIntent,
        encryption,
        idempotency::{KeyClaim, KeyEnd, KeyEndKind, KeyState},
        prior::Memory,
        recent_sign_ups::{ExistingSignUp, PriorAttempt, SignUpIntent},
    },
    writer::command::Intent,
};

/// The Idempotency-Key of a request, with its scope.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    /// The Idempotency-Key, as it was sent.
    pub key: SecretString,
    /// The route, because a key is scoped to it.
    pub route: &'static str,
    /// The body, normalised, without the fields that differ from attempt to attempt.
    pub body: SecretString,
}

/// The subject of a request.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A sign-up.
    SignUp {
        /// The recipient, or else the user name.
        name: &'a str,
        /// The user name.
        username: &'a str,
        /// The password, if there is one.
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
    /// A resend, which is not remembered.
    Resend,
}

/// The state of an Idempotency-Key, as the database knows it.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// No request has used it, or nothing came of it.
    New,
    /// The outcome of an earlier request with the same body is unknown.
    Takeover,
    /// The response to an earlier request with the same body.
    Stored(String),
    /// Another request with the same body is in progress.
    InProgress {
        /// Time until another request may take the key over, unless the first ends sooner.
        lease: Duration,
    },
    /// It was used with another body.
    OtherBody,
}

/// The result of a claim.
#[derive(Debug)]
pub enum ClaimResult {
    /// The intent is stored, and the request holds its Idempotency-Key if it has one.
    Claimed(Claim),
    /// Another request with the same Idempotency-Key was faster, or has ended in the meantime.
    Lost(Known),
}

/// A request whose intent is stored. If it never ends, its outcome is unknown once its lease is
/// over.
#[derive(Debug)]
pub struct Claim {
    /// Id of the intent, or `None` if it is not stored.
    pub(in crate::store) id: Option<i64>,
    pub(in crate::store) intent: Option<Intent>,
    key: Option<HeldKey>,
    username: Option<Digest>,
}

#[derive(Debug)]
struct HeldKey {
    key: Digest,
    encryption: [u8; 32],
    is_takeover: bool,
}

/// The end of a request.
#[derive(Debug)]
pub struct Completion {
    /// The response for its Idempotency-Key.
    pub response: StoredResponse,
    /// Result for a later request of the same user.
    pub subject: SubjectEnd,
    /// Its audit entry.
    pub attempt: Attempt,
}

/// The response that is stored for an Idempotency-Key.
#[derive(Clone, Debug)]
pub enum StoredResponse {
    /// A final response, which later requests get again.
    Final(String),
    /// None: the outcome is unknown, and the next request takes over.
    Unknown,
    /// None: nothing was done, and the key is free again.
    Nothing,
}

/// Result for a later request of the same user.
#[derive(Clone, Copy, Debug)]
pub enum SubjectEnd {
    /// Outcome of a sign-up, or `None` if it did not create the account.
    SignUp(Option<PriorAttempt>),
    /// The account existed, and nothing was looked up. If the password was a guess, it counts.
    Duplicate,
    /// Outcome of a confirm.
    Confirmation(ConfirmationEnd),
    /// Nothing is remembered.
    Resend,
}

/// Outcome of a confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationEnd {
    /// It confirmed the account.
    Confirmed,
    /// Its outcome is unknown.
    Unknown,
    /// It did not confirm the account.
    NotConfirmed,
}

impl Claim {
    /// Returns a handle for look-ups about the request after its end.
    #[must_use]
    pub fn lookup_handle(&self) -> Self {
        Self { id: self.id, intent: self.intent, key: None, username: self.username }
    }

    /// Returns whether an earlier request with this key may have done the work already.
    #[must_use]
    pub fn is_takeover(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.is_takeover)
    }

    /// Returns whether it holds an Idempotency-Key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Returns the sign-up for the look-up of earlier ones.
    pub(in crate::store) fn existing(&self, id: i64) -> Option<ExistingSignUp> {
        let Some(Intent::SignUp(intent)) = self.intent else { return None };
        let names = [Some(intent.name), self.username.filter(|name| *name != intent.name)];
        Some(ExistingSignUp { id, intent, names: names.into_iter().flatten().collect() })
    }

    /// Returns the end of its key.
    pub(in crate::store) fn key_end(&self, response: &StoredResponse) -> Option<KeyEnd> {
        let (Some(held), Some(claim)) = (&self.key, self.id) else { return None };
        let end = match response {
            StoredResponse::Nothing => KeyEndKind::Free,
            StoredResponse::Unknown => KeyEndKind::Unknown,
            StoredResponse::Final(response) => {
                encryption::encrypt(&held.encryption, &held.key, response)
                    .map_or(KeyEndKind::Unknown, KeyEndKind::Stored)
            }
        };
        Some(KeyEnd { key: held.key, claim, end })
    }
}

impl SubjectEnd {
    pub(in crate::store) fn memory(self) -> Option<Memory> {
        match self {
            Self::SignUp(prior) => prior.map(|prior| match prior {
                PriorAttempt::Unknown => Memory::Unknown,
                PriorAttempt::CodeNotDelivered => Memory::CodeNotDelivered,
                PriorAttempt::Created => Memory::Created,
                PriorAttempt::Confirmed => Memory::Confirmed,
            }),
            Self::Duplicate => Some(Memory::Existed),
            Self::Confirmation(ConfirmationEnd::Confirmed) => Some(Memory::Confirmed),
            Self::Confirmation(ConfirmationEnd::Unknown) => Some(Memory::Unknown),
            Self::Confirmation(ConfirmationEnd::NotConfirmed) | Self::Resend => None,
        }
    }
}

/// Returns the claim of a request, before it is stored.
pub(in crate::store) fn new_claim(keys: &Keys, subject: Subject<'_>) -> Claim {
    let (intent, username) = match subject {
        Subject::SignUp { name, username, password, address } => {
            let name_digest = keys.name(name);
            let username = if username == name { name_digest } else { keys.name(username) };
            let password = password.map_or("", |password| password.expose_secret());
            let intent = SignUpIntent {
                name: name_digest,
                pair: keys.digest("password", &[&name_digest, password.as_bytes()]),
                network: keys.digest("network", &[network(address).to_string().as_bytes()]),
            };
            (Some(Intent::SignUp(intent)), Some(username))
        }
        Subject::Confirmation { username, code } => {
            let name = keys.name(username);
            let code = keys.digest("confirmation", &[&name, code.expose_secret().as_bytes()]);
            (Some(Intent::Confirm(ConfirmIntent { name, code })), None)
        }
        Subject::Resend => (None, None),
    };
    Claim { id: None, intent, key: None, username }
}

/// Returns the network of an address: the /24, or the /48 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}

/// Returns the digests of a key and its body.
pub(in crate::store) fn key_claim(
    keys: &Keys,
    client_id: &str,
    request: &IdempotentRequest,
) -> KeyClaim {
    let key = request.key.expose_secret().as_bytes();
    KeyClaim {
        key: keys.digest("idempotency key", &[request.route.as_bytes(), client_id.as_bytes(), key]),
        // With the key, so that equal bodies cannot be recognised in the table.
        fingerprint: keys.digest("body", &[key, request.body.expose_secret().as_bytes()]),
    }
}

/// Returns the result of a claim that was stored under `id`, or met this state of its key.
pub(in crate::store) fn claimed(
    keys: &Keys,
    key: Option<(&IdempotentRequest, KeyClaim, KeyState)>,
    claim: &Claim,
    id: i64,
    lease: Duration,
) -> ClaimResult {
    let key = match key {
        None => None,
        Some((request, digests, state)) if state.is_claimable() => Some(HeldKey {
            key: digests.key,
            encryption: keys.response(request.key.expose_secret()),
            is_takeover: state == KeyState::Takeover,
        }),
        Some((request, digests, state)) => {
            return ClaimResult::Lost(known(keys, request, digests, state, lease));
        }
    };
    ClaimResult::Claimed(Claim { id: Some(id), key, ..claim.lookup_handle() })
}

/// Converts the state of a key. `lease` is that of a request.
pub(in crate::store) fn known(
    keys: &Keys,
    request: &IdempotentRequest,
    digests: KeyClaim,
    state: KeyState,
    lease: Duration,
) -> Known {
    match state {
        KeyState::New => Known::New,
        KeyState::Takeover => Known::Takeover,
        KeyState::Stored(response) => {
            let key = keys.response(request.key.expose_secret());
            match encryption::decrypt(&key, &digests.key, &response) {
                Some(response) => Known::Stored(response),
                // An altered response must not cause a second call.
                None => Known::InProgress { lease },
            }
        }
        KeyState::InProgress(lease) => {
            Known::InProgress { lease: Duration::from_millis(lease.unsigned_abs()) }
        }
        KeyState::OtherBody => Known::OtherBody,
    }
}
