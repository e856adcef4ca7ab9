//! The queue of commands, and the pace at which the writer takes them.

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::command::Command;

/// Range of the maximum number of waiting commands.
const CAPACITY: RangeInclusive<usize> = 4096..=65_536;

/// Maximum number of commands in a transaction.
pub(super) const BATCH: usize = 64;

/// Time between the beginnings of two transactions, unless [`BATCH`] commands wait. A commit costs
/// as much for many commands as for one.
const PACE: Duration = Duration::from_millis(2);

pub(in crate::store) struct Queue {
    /// Maximum number of waiting commands. If there is no room for a command, the database counts
    /// as unavailable.
    capacity: usize,
    state: Mutex<State>,
    /// The wake-up of the writer. Another waiting thread could take this wake-up.
    changed: Condvar,
    /// The wake-up of the threads that sleep.
    closing: Condvar,
}

#[derive(Default)]
struct State {
    commands: VecDeque<Command>,
    /// Number of commands that wakes the writer, or 0 if the writer does not wait.
    wake_at: usize,
    is_closing: bool,
    is_closed: bool,
}

impl Queue {
    /// Creates a queue for the commands of this number of requests in progress. A request has one
    /// command in the queue, and may leave another command there at its end.
    pub(in crate::store) fn new(requests: usize) -> Self {
        Self {
            capacity: requests.saturating_mul(2).clamp(*CAPACITY.start(), *CAPACITY.end()),
            state: Mutex::default(),
            changed: Condvar::new(),
            closing: Condvar::new(),
        }
    }

    /// Adds a command, or returns the command if the queue is full or closed.
    pub(in crate::store) fn push(&self, command: Command) -> Result<(), Command> {
        let mut state = self.lock();
        if state.is_closed || state.commands.len() >= self.capacity {
            return Err(command);
        }
        state.commands.push_back(command);
        // A wake-up costs more than a command. The writer therefore sets the number of commands
        // that wakes it.
        if state.wake_at > 0 && state.commands.len() >= state.wake_at {
            state.wake_at = 0;
            drop(state);
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Asks the writer to execute the waiting commands, and to end.
    pub(in crate::store) fn close(&self) {
        self.lock().is_closing = true;
        self.changed.notify_one();
        self.closing.notify_all();
    }

    /// Closes the queue, and returns the remaining commands.
    pub(super) fn end(&self) -> Vec<Command> {
        let mut state = self.lock();
        state.is_closed = true;
        state.commands.drain(..).collect()
    }

    pub(in crate::store) fn length(&self) -> usize {
        self.lock().commands.len()
    }

    pub(in crate::store) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    pub(super) fn is_closing(&self) -> bool {
        self.lock().is_closing
    }

    /// Waits for commands, and returns at most `limit` commands. Returns commands at once if the
    /// last transaction began longer than [`PACE`] ago. Returns an empty list if no command arrives
    /// before `idle_until`.
    pub(super) fn next_batch(
        &self,
        last_began: Option<Instant>,
        idle_until: Instant,
        limit: usize,
    ) -> Vec<Command> {
        let not_before = last_began.map(|began| began + PACE);
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let paced = not_before.filter(|time| *time > now);
            let waiting = state.commands.len();
            let is_due = waiting > 0 && paced.is_none();
            if is_due || waiting >= limit || state.is_closing || now >= idle_until {
                break;
            }
            state.wake_at = if paced.is_some() { limit } else { 1 };
            let until = paced.unwrap_or(idle_until);
            let waited = self.changed.wait_timeout(state, until.saturating_duration_since(now));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.wake_at = 0;
        let count = state.commands.len().min(limit);
        state.commands.drain(..count).collect()
    }

    /// Waits until a time, or until the store closes the queue. Returns the commands that wait
    /// then.
    pub(super) fn wait_until(&self, time: Instant) -> Vec<Command> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if now >= time || state.is_closing {
                break;
            }
            let waited = self.changed.wait_timeout(state, time - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.commands.drain(..).collect()
    }

    /// Sleeps for a time. Returns `false` as soon as the store closes the queue.
    pub(in crate::store) fn sleep(&self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        let mut state = self.lock();
        while !state.is_closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let waited = self.closing.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
