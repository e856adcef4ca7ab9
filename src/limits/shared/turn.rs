//! The atomic step by which replicas take turns.

use std::time::Duration;

use redis::{RedisError, Script};

use super::{
    super::{calls::Ask, turns::Turn},
    connection::Connection,
    script::Names,
};

/// The script, and the names of the turns.
pub(super) struct TurnScript {
    script: Script,
    names: Names,
}

impl TurnScript {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { script: Script::new(include_str!("turn.lua")), names: Names::new(key) }
    }

    /// Takes the next turn, in one round trip.
    pub(super) async fn take(&self, connection: &Connection, ask: Ask) -> Result<Turn, RedisError> {
        let mut invocation = self.script.prepare_invoke();
        invocation
            .key(self.names.of(ask.call.name(), &[]))
            .arg(ask.pace.most)
            .arg(micros(ask.pace.window))
            .arg(ask.pace.queue)
            .arg(micros(ask.longest))
            .arg(micros(ask.pace.latest()))
            .arg(ask.pace.kept);
        let answer: i64 = match connection.clone() {
            Connection::Single(mut single) => invocation.invoke_async(&mut single).await,
            Connection::Cluster(mut cluster) => invocation.invoke_async(&mut cluster).await,
        }?;
        let wait = Duration::from_micros(answer.unsigned_abs());
        Ok(if answer < 0 { Turn::None(wait) } else { Turn::In(wait) })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
