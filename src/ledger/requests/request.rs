//! A request as the ledger sees it: how it begins, what it holds, and how it ends.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::ledger::{
    audit::attempts::{Attempt, PERSON},
    keys::Keys,
    requests::{
        confirmations::{Confirmation, ConfirmationEnd},
        idempotency::{KeyClaim, KeyEnd, KeyState},
        recent::{Call, PriorAttempt},
        seal,
    },
    writers::job::{self, Begin},
};

/// The Idempotency-Key of a request, with what it is scoped to.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    /// The Idempotency-Key, as it was sent.
    pub key: SecretString,
    /// The route, since a key is scoped to it.
    pub route: &'static str,
    /// The body, normalised, without what differs from try to try.
    pub body: SecretString,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A sign-up, by what the account is remembered by, and its password.
    SignUp {
        /// The recipient or the user name.
        name: &'a str,
        /// The password, where there is one.
        password: Option<&'a SecretString>,
    },
    /// A confirm.
    Confirmation {
        /// The user name.
        username: &'a str,
        /// The code.
        code: &'a SecretString,
    },
    /// A resend, of which nothing is remembered.
    Resend,
}

/// The state of an Idempotency-Key, as the database knows it.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// No request has used it, or nothing came of it.
    New,
    /// An earlier request with the same body may have done the work: it left no response, and its
    /// lease is over.
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
    key: Option<HeldKey>,
    subject: job::Subject,
    /// Whether the intent was stored.
    was_begun: bool,
}

#[derive(Debug)]
struct HeldKey {
    id: String,
    holder: String,
    seal: [u8; 32],
    is_takeover: bool,
}

/// The end of a request.
#[derive(Debug)]
pub struct Completion {
    /// The response for its Idempotency-Key.
    pub response: StoredResponse,
    /// What became of what it was about.
    pub subject: SubjectEnd,
    /// Its audit row.
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

/// What became of what a request was about.
#[derive(Clone, Copy, Debug)]
pub enum SubjectEnd {
    /// What is known of the account; nothing where this did not create it.
    SignUp(Option<PriorAttempt>),
    /// The account exists. Its owner can be looked up with [`Claim::lookup_handle`] after the end.
    /// If the password was a guess, it is remembered.
    Duplicate,
    /// What became of the confirm.
    Confirmation(ConfirmationEnd),
    /// Nothing is remembered.
    Resend,
}

impl Claim {
    /// A request that goes on without the database.
    pub(in crate::ledger) fn unwritten(begin: Begin) -> Self {
        Self { key: None, subject: begin.subject, was_begun: false }
    }

    /// Returns a handle for look-ups about the request after its end.
    #[must_use]
    pub fn lookup_handle(&self) -> Self {
        Self { key: None, subject: self.subject.clone(), was_begun: self.was_begun }
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

    pub(in crate::ledger) fn was_begun(&self) -> bool {
        self.was_begun
    }

    pub(in crate::ledger) fn call(&self) -> Option<&Call> {
        match &self.subject {
            job::Subject::SignUp(call) => Some(call),
            _ => None,
        }
    }

    pub(in crate::ledger) fn confirmation(&self) -> Option<&Confirmation> {
        match &self.subject {
            job::Subject::Confirmation(confirmation) => Some(confirmation),
            _ => None,
        }
    }

    /// What is asked of the writers.
    pub(in crate::ledger) fn end(
        self,
        response: &StoredResponse,
        subject: SubjectEnd,
    ) -> (Option<(String, String, KeyEnd)>, job::SubjectEnd) {
        let key = self.key.map(|key| {
            let sealed = match response {
                StoredResponse::Final(response) => seal::seal(&key.seal, &key.id, response),
                StoredResponse::Unknown | StoredResponse::Nothing => None,
            };
            let end = match (response, sealed) {
                (StoredResponse::Nothing, _) => KeyEnd::Free,
                (_, Some(sealed)) => KeyEnd::Keep(sealed),
                (_, None) => KeyEnd::LeaveForTakeover,
            };
            (key.id, key.holder, end)
        });
        let subject = match (self.subject, subject) {
            (job::Subject::SignUp(call), SubjectEnd::SignUp(earlier)) => {
                job::SubjectEnd::SignUp { call, earlier, was_begun: self.was_begun }
            }
            (job::Subject::SignUp(call), SubjectEnd::Duplicate) if self.was_begun => {
                job::SubjectEnd::Duplicate(call)
            }
            (job::Subject::Confirmation(confirmation), SubjectEnd::Confirmation(end)) => {
                job::SubjectEnd::Confirmation { confirmation, end }
            }
            _ => job::SubjectEnd::Nothing,
        };
        (key, subject)
    }
}

/// The command that stores the intent of a request and, with a key, claims it.
pub(in crate::ledger) fn begin(
    keys: &Keys,
    client_id: &str,
    request: Option<&IdempotentRequest>,
    subject: Subject<'_>,
    lease: Duration,
) -> Begin {
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4);
    let holder = Uuid::new_v4().simple().to_string();
    let pool = keys.user_pool_id.as_str();
    let claim = request.map(|request| key_claim(keys, client_id, request, holder.clone(), lease));
    let subject = match subject {
        Subject::SignUp { name, password } => {
            let password = password.map_or("", |password| password.expose_secret());
            job::Subject::SignUp(Call {
                id: holder,
                name: digest_of_a_name(keys, name),
                password: keys.digest("password", &[pool, name, password]),
                lease,
            })
        }
        Subject::Confirmation { username, code } => {
            let code = keys.digest("confirmation", &[pool, username, code.expose_secret()]);
            job::Subject::Confirmation(Confirmation { id: holder, code, lease })
        }
        Subject::Resend => job::Subject::Resend,
    };
    Begin { claim, subject }
}

/// The command that reads the state of a key.
pub(in crate::ledger) fn look_up(
    keys: &Keys,
    client_id: &str,
    request: &IdempotentRequest,
) -> KeyClaim {
    key_claim(keys, client_id, request, String::new(), 0)
}

/// Converts the state that a claim met.
pub(in crate::ledger) fn claimed(
    keys: &Keys,
    request: Option<&IdempotentRequest>,
    begin: Begin,
    state: Option<KeyState>,
    lease: Duration,
) -> ClaimResult {
    let Begin { claim, subject } = begin;
    let was_begun = true;
    let (Some(request), Some(claim), Some(state)) = (request, claim, state) else {
        return ClaimResult::Claimed(Claim { key: None, subject, was_begun });
    };
    let is_takeover = match state {
        KeyState::New => false,
        KeyState::Takeover => true,
        state => return ClaimResult::Lost(known(keys, request, &claim, state, lease)),
    };
    let seal = keys.seal(request.key.expose_secret());
    let key = Some(HeldKey { seal, id: claim.id, holder: claim.holder, is_takeover });
    ClaimResult::Claimed(Claim { key, subject, was_begun })
}

/// Converts the state of a key. `lease` is that of a request.
pub(in crate::ledger) fn known(
    keys: &Keys,
    request: &IdempotentRequest,
    claim: &KeyClaim,
    state: KeyState,
    lease: Duration,
) -> Known {
    match state {
        KeyState::New => Known::New,
        KeyState::Takeover => Known::Takeover,
        KeyState::Stored(response) => {
            match seal::open(&keys.seal(request.key.expose_secret()), &claim.id, &response) {
                Some(response) => Known::Stored(response),
                // An altered response must not cause a second call.
                None => Known::InProgress { lease },
            }
        }
        KeyState::InProgress(lease) => {
            let lease = u64::try_from(lease).unwrap_or_default();
            Known::InProgress { lease: Duration::from_millis(lease) }
        }
        KeyState::OtherBody => Known::OtherBody,
    }
}

/// Returns the digest of a recipient or a user name in the audit log.
pub(in crate::ledger) fn digest_of_a_person(keys: &Keys, name: &str) -> String {
    keys.digest(PERSON, &[name])
}

/// Returns the digest of the name that a sign-up is remembered by.
pub(in crate::ledger) fn digest_of_a_name(keys: &Keys, name: &str) -> String {
    keys.digest("name", &[&keys.user_pool_id, name])
}

fn key_claim(
    keys: &Keys,
    client_id: &str,
    request: &IdempotentRequest,
    holder: String,
    lease: i64,
) -> KeyClaim {
    let key = request.key.expose_secret();
    KeyClaim {
        id: keys.digest("idempotency key", &[request.route, client_id, key]),
        // With the key, so that equal bodies cannot be recognised in the table.
        fingerprint: keys.digest("body", &[key, request.body.expose_secret()]),
        holder,
        lease,
    }
}
