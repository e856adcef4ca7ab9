//! The connections of one worker, and its clock.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use tokio::time::{MissedTickBehavior, interval};

use super::{
    peer::Peer,
    progress::Progress,
    timeouts::{TICK, Ticks, Timeouts},
    workers::{Beat, Workers},
};

/// The connections of one worker.
#[derive(Debug)]
pub struct Worker {
    now: Rc<Cell<u32>>,
    connections: RefCell<Vec<Rc<Progress>>>,
    /// The number of connections from which idle connections of clients have the time of a head.
    crowded_from: usize,
}

impl Worker {
    /// Creates a worker with at most `max` connections.
    #[must_use]
    pub fn new(max: usize) -> Rc<Self> {
        Rc::new(Self {
            now: Rc::default(),
            connections: RefCell::default(),
            crowded_from: max.saturating_mul(3) / 4,
        })
    }

    /// Checks the deadlines and records a heartbeat at each tick. Never returns.
    pub async fn run(self: Rc<Self>, timeouts: Timeouts, workers: Workers) {
        let beat = Beat::new();
        workers.add(&beat);
        let mut interval = interval(TICK);
        // After a pause of the process, tasks first read the bytes that arrived during the pause.
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks = Ticks::new(timeouts);
        loop {
            interval.tick().await;
            beat.now();
            self.now.set(self.now.get().wrapping_add(1));
            let connections = self.connections.borrow();
            let is_crowded = connections.len() >= self.crowded_from;
            ticks.idle = if is_crowded { ticks.head } else { ticks.keep_alive };
            for progress in connections.iter() {
                progress.check(&ticks);
            }
        }
    }

    pub(super) fn add(&self, peer: Peer) -> Rc<Progress> {
        let progress = Rc::new(Progress::new(Rc::clone(&self.now), peer));
        let mut connections = self.connections.borrow_mut();
        progress.index.set(connections.len());
        connections.push(Rc::clone(&progress));
        progress
    }

    pub(super) fn remove(&self, progress: &Progress) {
        let mut connections = self.connections.borrow_mut();
        let index = progress.index.get();
        connections.swap_remove(index);
        if let Some(moved) = connections.get(index) {
            moved.index.set(index);
        }
    }
}
