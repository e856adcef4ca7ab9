//! The script that gives the next slot for a call to Cognito, in one atomic step.

use std::time::Duration;

use redis::{RedisError, Script};

use super::{
    super::{rate::Rate, sliding_window::Slot},
    connection::Connection,
    names::Names,
};

/// The script, and the names of the windows.
pub(super) struct SlotScript {
    script: Script,
    names: Names,
}

impl SlotScript {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { script: Script::new(include_str!("slot.lua")), names: Names::new(key) }
    }

    /// Takes the next slot, in one round trip.
    pub(super) async fn take(
        &self,
        connection: &Connection,
        name: &str,
        rate: Rate,
        longest: Duration,
    ) -> Result<Slot, RedisError> {
        let mut invocation = self.script.prepare_invoke();
        invocation
            .key(self.names.of(name, &[]))
            .arg(rate.limit)
            .arg(micros(rate.window))
            .arg(rate.queue)
            .arg(micros(longest))
            .arg(micros(rate.max_wait()))
            .arg(rate.history);
        let answer: i64 = connection.invoke(&invocation).await?;
        let wait = Duration::from_micros(answer.unsigned_abs());
        Ok(if answer < 0 { Slot::QueueFull(wait) } else { Slot::In(wait) })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
