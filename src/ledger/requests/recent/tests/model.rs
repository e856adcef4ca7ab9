//! What ought to be remembered, told without a table, and what must be true whatever that says.

use proptest::{prelude::*, test_runner::TestCaseResult};

use super::*;

pub(super) const LEASE: i64 = 15_000;
pub(super) const QUARTER: i64 = 15 * 60 * 1000;

/// A call, by its place among all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) number: usize,
    pub(super) name: u8,
    pub(super) password: u8,
}

/// What is remembered of one.
#[derive(Clone, Copy, Debug)]
struct Memory {
    of: Sent,
    state: State,
    expires_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Sent { until: i64 },
    Guessed,
    Ended(PriorAttempt),
}

#[derive(Default)]
pub(super) struct Model {
    memories: Vec<Memory>,
    /// Whether the last question dropped a name.
    pub(super) has_dropped: bool,
}

impl Memory {
    fn earlier(&self, now: i64) -> Option<PriorAttempt> {
        match self.state {
            State::Ended(earlier) => Some(earlier),
            State::Sent { until } => (until <= now).then_some(PriorAttempt::Unknown),
            State::Guessed => None,
        }
    }
}

impl Model {
    pub(super) fn begin(&mut self, of: Sent, now: i64) {
        let state = State::Sent { until: now + LEASE };
        self.memories.push(Memory { of, state, expires_at: now + LEASE + QUARTER });
    }

    pub(super) fn end(&mut self, of: Sent, earlier: Option<PriorAttempt>, now: i64) {
        let Some(place) = self.place(of) else { return };
        match earlier {
            Some(earlier) => {
                self.memories[place].state = State::Ended(earlier);
                self.memories[place].expires_at = now + QUARTER;
            }
            None if matches!(self.memories[place].state, State::Sent { .. }) => {
                self.memories.remove(place);
            }
            None => {}
        }
    }

    /// The end of a call whose beginning was not written.
    pub(super) fn end_unwritten(&mut self, of: Sent, earlier: PriorAttempt, now: i64) {
        let state = State::Ended(earlier);
        self.memories.push(Memory { of, state, expires_at: now + LEASE + QUARTER });
    }

    pub(super) fn exists(
        &mut self,
        of: Sent,
        waited_for: Option<&BTreeSet<String>>,
        now: i64,
    ) -> Existing {
        let others: Vec<Memory> = self
            .memories
            .iter()
            .filter(|other| other.of.name == of.name && other.of.number != of.number)
            .filter(|other| other.expires_at > now)
            .copied()
            .collect();
        let (same, strange): (Vec<Memory>, Vec<Memory>) =
            others.into_iter().partition(|other| other.of.password == of.password);
        let strange_passwords: BTreeSet<u8> =
            strange.iter().map(|other| other.of.password).collect();
        self.has_dropped = strange_passwords.len() > 1;
        if self.has_dropped {
            self.memories.retain(|memory| memory.of.name != of.name);
            return Existing::Stranger;
        }
        if waited_for.is_none()
            && let Some(place) = self.place(of)
        {
            let is_guess = strange.iter().any(|other| other.state != State::Guessed);
            if same.is_empty() && is_guess {
                self.memories[place].state = State::Guessed;
                self.memories[place].expires_at = now + QUARTER;
            } else if matches!(self.memories[place].state, State::Sent { .. }) {
                self.memories.remove(place);
            }
        }
        if let Some(earlier) = same.iter().filter_map(|other| other.earlier(now)).max() {
            return Existing::Known(earlier);
        }
        let under_way: BTreeSet<String> = same
            .iter()
            .filter(|other| matches!(other.state, State::Sent { .. }))
            .map(|other| other.of.number.to_string())
            .filter(|id| waited_for.is_none_or(|waited_for| waited_for.contains(id)))
            .collect();
        if under_way.is_empty() { Existing::Stranger } else { Existing::UnderWay(under_way) }
    }

    pub(super) fn forget(&mut self, now: i64) {
        self.memories.retain(|memory| memory.expires_at > now);
    }

    fn place(&self, of: Sent) -> Option<usize> {
        self.memories.iter().position(|memory| memory.of.number == of.number)
    }
}

/// What happened to a call, as anybody could see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) sent: Sent,
    /// Nothing where its beginning was not written.
    pub(super) began: Option<i64>,
    pub(super) ended: Option<(i64, Option<PriorAttempt>)>,
    /// Whether a third password dropped it.
    pub(super) is_dropped: bool,
}

impl Seen {
    /// Whether it may be what created the account, for all that was seen of it.
    fn may_be(&self, earlier: PriorAttempt, now: i64) -> bool {
        let ended = self.ended.is_some_and(|(at, ended)| {
            let kept = if self.began.is_some() { QUARTER } else { LEASE + QUARTER };
            ended == Some(earlier) && now - at < kept
        });
        let left = self.ended.is_none()
            && earlier == PriorAttempt::Unknown
            && self.began.is_some_and(|at| (LEASE..LEASE + QUARTER).contains(&(now - at)));
        !self.is_dropped && (ended || left)
    }
}

/// What must be true of an answer.
pub(super) fn holds(seen: &[Seen], asks: Sent, told: &Existing, now: i64) -> TestCaseResult {
    let is_same = |seen: &&Seen| {
        seen.sent.number != asks.number
            && (seen.sent.name, seen.sent.password) == (asks.name, asks.password)
    };
    let mut same = seen.iter().filter(is_same);
    match told {
        Existing::Known(earlier) => {
            let is_true = same.any(|seen| seen.may_be(*earlier, now));
            prop_assert!(is_true, "only what the same person sent is known: {:?}", seen);
        }
        Existing::UnderWay(calls) => {
            for call in calls {
                let found = same.clone().find(|seen| seen.sent.number.to_string() == *call);
                let is_true = found.is_some_and(|seen| {
                    seen.ended.is_none()
                        && !seen.is_dropped
                        && seen.began.is_some_and(|at| now - at < LEASE)
                });
                prop_assert!(is_true, "only what is under way is waited for: {:?}", seen);
            }
        }
        Existing::Stranger => {}
    }
    Ok(())
}
