//! The atomic step, and its keys and numbers.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::try_join_all;
use hmac::{Hmac, KeyInit, Mac};
use redis::{ErrorKind, RedisError, Script};
use sha2::Sha256;

use super::{
    super::rule::{Draw, Drawn, Key},
    connection::Connection,
};

/// The script with the key that makes digests of whose budgets they are, so that the store
/// learns nothing about anybody.
pub(super) struct Gcra {
    script: Script,
    names: Names,
}

/// What budgets are called in the store.
pub(super) struct Names {
    digests: Hmac<Sha256>,
}

impl Gcra {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { script: Script::new(include_str!("gcra.lua")), names: Names::new(key) }
    }

    /// Takes one from each budget in turn, up to the first that refuses: all in one round trip.
    /// A cluster keeps each in another place, which are asked at the same time, so that there
    /// those behind a refusal have paid, too.
    pub(super) async fn take(
        &self,
        connection: &Connection,
        draws: &[Draw],
    ) -> Result<Vec<Drawn>, RedisError> {
        let answers = match connection {
            Connection::Single(_) => self.step(connection, draws).await?,
            Connection::Cluster(_) => {
                let steps =
                    draws.iter().map(|draw| self.step(connection, std::slice::from_ref(draw)));
                try_join_all(steps).await?.into_iter().flatten().collect()
            }
        };
        let mut all = Vec::with_capacity(draws.len());
        for (draw, answer) in draws.iter().zip(&answers) {
            let result = read(draw, *answer);
            all.push(result);
            if matches!(result, Drawn::Over(_)) && draw.rule.is_enforced() {
                return Ok(all);
            }
        }
        if all.len() < draws.len() {
            return Err((ErrorKind::UnexpectedReturnType, "an answer is missing").into());
        }
        Ok(all)
    }

    async fn step(&self, connection: &Connection, draws: &[Draw]) -> Result<Vec<i64>, RedisError> {
        let mut invocation = self.script.prepare_invoke();
        for draw in draws {
            let refill = u64::try_from(draw.rule.refill.as_micros()).unwrap_or(u64::MAX);
            let is_enforced = i32::from(draw.rule.is_enforced());
            invocation
                .key(self.name(draw))
                .arg(draw.rule.burst)
                .arg(refill.max(1))
                .arg(is_enforced);
        }
        // A server that was started again has forgotten the script, and is told it again.
        match connection.clone() {
            Connection::Single(mut single) => invocation.invoke_async(&mut single).await,
            Connection::Cluster(mut cluster) => invocation.invoke_async(&mut cluster).await,
        }
    }

    fn name(&self, draw: &Draw) -> String {
        match &draw.key {
            Key::Address(bits) => self.names.of(draw.rule.name, &bits.to_be_bytes()),
            Key::Text(text) => self.names.of(draw.rule.name, text.as_bytes()),
        }
    }
}

impl Names {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        // HMAC pads a short key with zeros to the length of a block (RFC 2104).
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(key);
        Self { digests: Hmac::new(&block.into()) }
    }

    /// The name of a budget: of the rule, and a digest of whose it is.
    pub(super) fn of(&self, rule: &str, whose: &[u8]) -> String {
        let mut mac = self.digests.clone();
        mac.update(rule.as_bytes());
        mac.update(&[0]);
        mac.update(whose);
        let digest = mac.finalize().into_bytes();
        format!("vestibule:limit:{rule}:{}", URL_SAFE_NO_PAD.encode(&digest[..16]))
    }
}

fn read(draw: &Draw, answer: i64) -> Drawn {
    let micros = Duration::from_micros(answer.unsigned_abs());
    if answer < 0 {
        return Drawn::Over(micros);
    }
    let used = micros.as_nanos().div_ceil(draw.rule.refill.as_nanos().max(1));
    let used = u32::try_from(used).unwrap_or(u32::MAX);
    Drawn::Within { left: draw.rule.burst.saturating_sub(used), used }
}
