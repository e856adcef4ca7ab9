//! The scripts on the server. Each script is one atomic step.

use std::{slice, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::try_join_all;
use hmac::{Hmac, Mac};
use redis::{ErrorKind, RedisError, Script};
use sha2::Sha256;

use super::{
    super::{
        rate::Rate,
        rule::{Decision, Key, TokenRequest},
        sliding_window::Slot,
    },
    connection::Connection,
};
use crate::keyed_digest::hmac_sha256;

/// The scripts, and the key of the budgets' names.
pub(super) struct Scripts {
    take: Script,
    refund: Script,
    slot: Script,
    digests: Hmac<Sha256>,
}

impl Scripts {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            take: Script::new(include_str!("take.lua")),
            refund: Script::new(include_str!("refund.lua")),
            slot: Script::new(include_str!("slot.lua")),
            digests: hmac_sha256(key),
        }
    }

    /// Takes from each budget in order, up to the first budget that rejects, in one round trip.
    /// Asks the nodes of a cluster at the same time. Refunds the tokens that the nodes took from
    /// budgets after the first budget that rejects.
    pub(super) async fn take(
        &self,
        connection: &Connection,
        requests: &[TokenRequest],
    ) -> Result<Vec<Decision>, RedisError> {
        let replies = self.replies(connection, requests, false).await?;
        let decisions = decisions(requests, &replies)?;
        let behind = requests.iter().zip(&replies).skip(decisions.len());
        let taken = behind.filter(|(_, reply)| **reply >= 0);
        let taken: Vec<TokenRequest> = taken.map(|(request, _)| request.clone()).collect();
        self.refund(connection, &taken).await?;
        Ok(decisions)
    }

    pub(super) async fn look(
        &self,
        connection: &Connection,
        requests: &[TokenRequest],
    ) -> Result<Vec<Decision>, RedisError> {
        decisions(requests, &self.replies(connection, requests, true).await?)
    }

    pub(super) async fn refund(
        &self,
        connection: &Connection,
        requests: &[TokenRequest],
    ) -> Result<(), RedisError> {
        let steps = steps(connection, requests).map(|step| self.refund_step(connection, step));
        try_join_all(steps).await.map(drop)
    }

    pub(super) async fn slot(
        &self,
        connection: &Connection,
        name: &str,
        rate: Rate,
        longest: Duration,
    ) -> Result<Slot, RedisError> {
        let mut invocation = self.slot.prepare_invoke();
        invocation
            .key(self.name(name, &[]))
            .arg(rate.limit)
            .arg(micros(rate.window))
            .arg(rate.queue)
            .arg(micros(longest))
            .arg(micros(rate.max_wait()))
            .arg(rate.history);
        let reply: i64 = connection.invoke(&invocation).await?;
        let wait = Duration::from_micros(reply.unsigned_abs());
        Ok(if reply < 0 { Slot::QueueFull(wait) } else { Slot::In(wait) })
    }

    async fn replies(
        &self,
        connection: &Connection,
        requests: &[TokenRequest],
        is_look: bool,
    ) -> Result<Vec<i64>, RedisError> {
        let steps =
            steps(connection, requests).map(|step| self.take_step(connection, step, is_look));
        Ok(try_join_all(steps).await?.into_iter().flatten().collect())
    }

    async fn take_step(
        &self,
        connection: &Connection,
        requests: &[TokenRequest],
        is_look: bool,
    ) -> Result<Vec<i64>, RedisError> {
        let mut invocation = self.take.prepare_invoke();
        invocation.arg(i32::from(is_look));
        for request in requests {
            invocation
                .key(self.name_of(request))
                .arg(request.rule.burst)
                .arg(micros(request.rule.refill).max(1))
                .arg(i32::from(request.rejects))
                .arg(request.tokens.clamp(1, request.rule.burst));
        }
        connection.invoke(&invocation).await
    }

    async fn refund_step(
        &self,
        connection: &Connection,
        requests: &[TokenRequest],
    ) -> Result<i64, RedisError> {
        let mut invocation = self.refund.prepare_invoke();
        for request in requests {
            let time = request.rule.refill_of(request.tokens);
            invocation.key(self.name_of(request)).arg(micros(time));
        }
        connection.invoke(&invocation).await
    }

    fn name_of(&self, request: &TokenRequest) -> String {
        match &request.key {
            Key::Address(bits) => self.name(request.rule.name, &bits.to_be_bytes()),
            Key::Text(text) => self.name(request.rule.name, text.as_bytes()),
        }
    }

    /// Returns the name of a budget. The name contains a keyed digest instead of the owner.
    fn name(&self, rule: &str, owner: &[u8]) -> String {
        let mac = self.digests.clone().chain_update(rule).chain_update([0]).chain_update(owner);
        let digest = mac.finalize().into_bytes();
        format!("vestibule:limit:{rule}:{}", URL_SAFE_NO_PAD.encode(&digest[..16]))
    }
}

/// Returns the token requests of each step. A single server gets all of them in one step. A cluster
/// gets one in each step.
fn steps<'a>(
    connection: &Connection,
    requests: &'a [TokenRequest],
) -> slice::Chunks<'a, TokenRequest> {
    match connection {
        Connection::Single(_) => requests.chunks(requests.len().max(1)),
        Connection::Cluster(_) => requests.chunks(1),
    }
}

fn decisions(requests: &[TokenRequest], replies: &[i64]) -> Result<Vec<Decision>, RedisError> {
    let mut decisions = Vec::with_capacity(requests.len());
    for (request, reply) in requests.iter().zip(replies) {
        let decision = decision(request, *reply);
        decisions.push(decision);
        if request.rejects && !decision.is_within() {
            return Ok(decisions);
        }
    }
    if decisions.len() < requests.len() {
        return Err((ErrorKind::UnexpectedReturnType, "the script returned too few numbers").into());
    }
    Ok(decisions)
}

fn decision(request: &TokenRequest, reply: i64) -> Decision {
    let micros = Duration::from_micros(reply.unsigned_abs());
    if reply < 0 {
        return Decision::Over(micros);
    }
    let used = micros.as_nanos().div_ceil(request.rule.refill.as_nanos().max(1));
    let used = u32::try_from(used).unwrap_or(u32::MAX);
    Decision::Within { left: request.rule.burst.saturating_sub(used), used }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
