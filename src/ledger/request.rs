//! A request as the ledger sees it: how it begins, what it holds, and how it ends.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    attempts::{Attempt, PERSON},
    confirmations::{Confirmation, ConfirmationEnd},
    idempotency::{Claim, Claimed, KeyEnd},
    job::{self, Begin},
    keys::{Keys, Pepper},
    recent::{Call, Earlier},
    seal,
};

/// A request with an Idempotency-Key.
#[derive(Clone, Debug)]
pub struct Keyed {
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

/// What a request is told that begins.
#[derive(Debug)]
pub enum Begun {
    /// It may go on.
    Held(Held),
    /// It was answered before, with this.
    Answered(String),
    /// Another request with its key is under way.
    UnderWay,
    /// Its key was sent with another body.
    OtherBody,
}

/// A request that may go on. Where it never ends, its outcome counts as unknown once its time
/// is over.
#[derive(Debug)]
pub struct Held {
    key: Option<HeldKey>,
    subject: job::Subject,
    /// Whether its beginning was written.
    was_begun: bool,
}

#[derive(Debug)]
struct HeldKey {
    id: String,
    holder: String,
    seal: [u8; 32],
    taken_over: bool,
}

/// How a request ends.
#[derive(Debug)]
pub struct Ending {
    /// What becomes of its key.
    pub answer: KeptAnswer,
    /// What became of what it was about.
    pub subject: SubjectEnd,
    /// The row that is written of it.
    pub attempt: Attempt,
}

/// What becomes of a key.
#[derive(Clone, Debug)]
pub enum KeptAnswer {
    /// This is the final answer.
    Final(String),
    /// Nobody knows what came of it: the next request takes over.
    Unknown,
    /// Nothing came of it: the key is free again.
    Nothing,
}

/// What became of what a request was about.
#[derive(Clone, Copy, Debug)]
pub enum SubjectEnd {
    /// What is known of the account; nothing where this did not create it.
    SignUp(Option<Earlier>),
    /// The account exists. Whose it is may be asked of [`Held::aside`] once this has ended: that
    /// this was a guess at it, if it was one, is remembered.
    Duplicate,
    /// What became of the confirm.
    Confirmation(ConfirmationEnd),
    /// Nothing is remembered.
    Resend,
}

impl Held {
    /// A request that goes on without the ledger.
    pub(super) fn unwritten(begin: Begin) -> Self {
        Self { key: None, subject: begin.subject, was_begun: false }
    }

    /// What the ledger can still be asked of the request when it has ended.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self { key: None, subject: self.subject.clone(), was_begun: self.was_begun }
    }

    /// Whether an earlier request with this key may have done what this one is about to do.
    #[must_use]
    pub fn taken_over(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.taken_over)
    }

    /// Whether it has an Idempotency-Key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    pub(super) fn was_begun(&self) -> bool {
        self.was_begun
    }

    pub(super) fn call(&self) -> Option<&Call> {
        match &self.subject {
            job::Subject::SignUp(call) => Some(call),
            _ => None,
        }
    }

    pub(super) fn confirmation(&self) -> Option<&Confirmation> {
        match &self.subject {
            job::Subject::Confirmation(confirmation) => Some(confirmation),
            _ => None,
        }
    }

    /// What is asked of the writers.
    pub(super) fn end(
        self,
        answer: &KeptAnswer,
        subject: SubjectEnd,
    ) -> (Option<(String, String, KeyEnd)>, job::SubjectEnd) {
        let key = self.key.map(|key| {
            let sealed = match answer {
                KeptAnswer::Final(answer) => seal::seal(&key.seal, &key.id, answer),
                KeptAnswer::Unknown | KeptAnswer::Nothing => None,
            };
            let end = match (answer, sealed) {
                (KeptAnswer::Nothing, _) => KeyEnd::Free,
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

/// What is asked of the writers where a request begins.
pub(super) fn begin(
    keys: &Keys,
    client_id: &str,
    keyed: Option<&Keyed>,
    subject: Subject<'_>,
    lease: Duration,
) -> Begin {
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4);
    let holder = Uuid::new_v4().simple().to_string();
    let pool = keys.user_pool_id.as_str();
    let claim = keyed.map(|keyed| {
        let (id, fingerprint) = claimed_as(&keys.current, client_id, keyed);
        let previous = keys.previous.as_ref().map(|pepper| claimed_as(pepper, client_id, keyed));
        Claim { id, previous, fingerprint, holder: holder.clone(), lease }
    });
    let subject = match subject {
        Subject::SignUp { name, password } => {
            let password = password.map_or("", |password| password.expose_secret());
            let pair = |pepper: &Pepper| {
                let password = pepper.digest("password", &[pool, name, password]);
                (pepper.digest("name", &[pool, name]), password)
            };
            job::Subject::SignUp(Call { id: holder, pairs: keys.all().map(pair).collect(), lease })
        }
        Subject::Confirmation { username, code } => {
            let digest = |pepper: &Pepper| {
                pepper.digest("confirmation", &[pool, username, code.expose_secret()])
            };
            job::Subject::Confirmation(Confirmation {
                id: holder,
                code: digest(&keys.current),
                previous_code: keys.previous.as_ref().map(digest),
                lease,
            })
        }
        Subject::Resend => job::Subject::Resend,
    };
    Begin { claim, subject }
}

/// What a request is told, of what the writers said.
pub(super) fn begun(keys: &Keys, keyed: Option<&Keyed>, begin: Begin, told: job::Begun) -> Begun {
    let holder = begin.claim.as_ref().map(|claim| claim.holder.clone()).unwrap_or_default();
    let current = begin.claim.as_ref().map(|claim| claim.id.clone()).unwrap_or_default();
    let seal_for = |id: &str| {
        let pepper = if *id == current { Some(&keys.current) } else { keys.previous.as_ref() };
        keyed.zip(pepper).map_or([0; 32], |(keyed, pepper)| pepper.seal(keyed.key.expose_secret()))
    };
    let key = match told.claimed {
        None => None,
        Some(Claimed::UnderWay(_)) => return Begun::UnderWay,
        Some(Claimed::OtherBody) => return Begun::OtherBody,
        Some(Claimed::Answered { id, answer }) => {
            return match seal::open(&seal_for(&id), &id, &answer) {
                Some(answer) => Begun::Answered(answer),
                // Whoever altered it may not make it happen again.
                None => Begun::UnderWay,
            };
        }
        Some(Claimed::Held { id, taken_over }) => {
            Some(HeldKey { seal: seal_for(&id), id, holder, taken_over })
        }
    };
    Begun::Held(Held { key, subject: begin.subject, was_begun: true })
}

/// The digests that tell of a person, under every pepper in force.
pub(super) fn digests_of_a_person(keys: &Keys, name: &str) -> Vec<String> {
    keys.all().map(|pepper| pepper.digest(PERSON, &[name])).collect()
}

/// The digests that a person's sign-ups are remembered by, under every pepper in force.
pub(super) fn digests_of_a_name(keys: &Keys, name: &str) -> Vec<String> {
    keys.all().map(|pepper| pepper.digest("name", &[&keys.user_pool_id, name])).collect()
}

fn claimed_as(pepper: &Pepper, client_id: &str, keyed: &Keyed) -> (String, String) {
    let key = keyed.key.expose_secret();
    let id = pepper.digest("idempotency key", &[keyed.route, client_id, key]);
    // With the key, so that nobody sees in the table which bodies are the same.
    (id, pepper.digest("body", &[key, keyed.body.expose_secret()]))
}
