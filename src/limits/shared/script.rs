//! The atomic step, and its keys and numbers.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::try_join_all;
use hmac::{Hmac, Mac};
use redis::{ErrorKind, FromRedisValue, RedisError, Script, ScriptInvocation};
use sha2::Sha256;

use super::{
    super::rule::{Draw, Drawn, Key},
    connection::Connection,
};
use crate::keyed_digest::hmac_sha256;

/// The script with the key that makes digests of whose budgets they are, so that the store
/// learns nothing about anybody.
pub(super) struct Gcra {
    script: Script,
    give_back: Script,
    names: Names,
}

/// What budgets are called in the store.
pub(super) struct Names {
    digests: Hmac<Sha256>,
}

impl Gcra {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            script: Script::new(include_str!("gcra.lua")),
            give_back: Script::new(include_str!("give_back.lua")),
            names: Names::new(key),
        }
    }

    /// Takes from each budget in turn, up to the first that refuses: all in one round trip. A
    /// cluster keeps each in another place, which are asked at the same time, and those behind a
    /// refusal are given back what they paid.
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
            if matches!(result, Drawn::Over(_)) && draw.refuses {
                let behind = draws.iter().zip(&answers).skip(all.len());
                let paid: Vec<Draw> = behind
                    .filter(|(_, answer)| **answer >= 0)
                    .map(|(draw, _)| draw.clone())
                    .collect();
                self.give_back(connection, &paid).await?;
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
            let refuses = i32::from(draw.refuses);
            invocation
                .key(self.name(draw))
                .arg(draw.rule.burst)
                .arg(refill.max(1))
                .arg(refuses)
                .arg(draw.weight.clamp(1, draw.rule.burst));
        }
        invoke(connection, &invocation).await
    }

    /// Gives back what was taken from each budget, likewise.
    pub(super) async fn give_back(
        &self,
        connection: &Connection,
        draws: &[Draw],
    ) -> Result<(), RedisError> {
        let step = async |draws: &[Draw]| {
            let mut invocation = self.give_back.prepare_invoke();
            for draw in draws {
                let time = draw.rule.time_of(draw.weight).as_micros();
                invocation.key(self.name(draw)).arg(u64::try_from(time).unwrap_or(u64::MAX));
            }
            invoke::<i64>(connection, &invocation).await
        };
        match connection {
            _ if draws.is_empty() => Ok(()),
            Connection::Single(_) => step(draws).await.map(|_| ()),
            Connection::Cluster(_) => {
                let steps = draws.iter().map(|draw| step(std::slice::from_ref(draw)));
                try_join_all(steps).await.map(|_| ())
            }
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
        Self { digests: hmac_sha256(key) }
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

/// A server that was started again has forgotten the script, and is told it again.
async fn invoke<T: FromRedisValue>(
    connection: &Connection,
    invocation: &ScriptInvocation<'_>,
) -> Result<T, RedisError> {
    match connection.clone() {
        Connection::Single(mut single) => invocation.invoke_async(&mut single).await,
        Connection::Cluster(mut cluster) => invocation.invoke_async(&mut cluster).await,
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
