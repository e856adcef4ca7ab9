//! A cache of 429 responses per client address and route.
//!
//! A flood of rejected requests ends here, before spans, routing and the rate limit store, where
//! it costs least. A small number of requests per second passes through, so that the log still
//! shows them.

use std::{
    cell::{Cell, RefCell},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use actix_web::{
    HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, ORIGIN},
    },
    middleware::Next,
    web,
};

use super::{
    cors::SEC_FETCH_SITE, drain_body::drain_body, header_limit, rate_limit::RateLimitHeaders,
    request_id::RequestId,
};
use crate::{
    http::{
        State,
        error::Error,
        problem::{self, ProblemType},
    },
    rate_limit::{Exceeded, Route, client_prefix},
};

/// Time for which a cached rejection is replayed.
const TTL: Duration = Duration::from_secs(1);

/// Requests of cached clients that pass through per second and worker.
const PASS_THROUGH_PER_SECOND: u32 = 100;

/// Number of cached rejections per worker. A further one replaces another.
const SLOTS: usize = 512;

/// The network prefix of a client, and the route it was rejected for.
type Client = (u128, Route);

/// The recent rejections of one worker.
#[derive(Clone, Debug, Default)]
pub struct DenyCache {
    slots: RefCell<Vec<Option<Entry>>>,
    /// The start of the current second, and the number of requests that passed through in it.
    passed: Cell<Option<(Instant, u32)>>,
    /// Keyed at random, so that clients cannot choose the slot that they replace.
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct Entry {
    client: Client,
    limit: &'static str,
    expires_at: Instant,
    allowed_at: Instant,
    headers: RateLimitHeaders,
}

/// A rejection to replay.
struct Denied {
    error: Error,
    limit: &'static str,
    headers: RateLimitHeaders,
}

impl DenyCache {
    /// Caches a rejection by a budget of the client.
    pub(super) fn insert(
        &self,
        client: Client,
        limit: &'static str,
        exceeded: Exceeded,
        headers: &RateLimitHeaders,
    ) {
        let now = Instant::now();
        let entry = Entry {
            client,
            limit,
            expires_at: now + exceeded.retry_after.min(TTL),
            allowed_at: now + exceeded.retry_after,
            headers: headers.clone(),
        };
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            slots.resize(SLOTS, None);
        }
        slots[self.slot(client)] = Some(entry);
    }

    fn get(&self, client: Client) -> Option<Denied> {
        let slots = self.slots.borrow();
        let entry = slots.get(self.slot(client))?.as_ref()?;
        let now = Instant::now();
        (entry.client == client && now < entry.expires_at).then(|| {
            let exceeded = Exceeded { retry_after: entry.allowed_at - now };
            let headers = entry.headers.clone();
            Denied { error: Error::OverLimit(exceeded), limit: entry.limit, headers }
        })
    }

    /// Counts a request, and returns `true` if it may pass through.
    fn passes_through(&self) -> bool {
        let now = Instant::now();
        let (since, count) = match self.passed.get() {
            Some((since, count)) if now - since < Duration::from_secs(1) => (since, count),
            _ => (now, 0),
        };
        self.passed.set(Some((since, count.saturating_add(1))));
        count < PASS_THROUGH_PER_SECOND
    }

    fn slot(&self, client: Client) -> usize {
        let hash = self.hasher.hash_one(client);
        usize::try_from(hash % SLOTS as u64).unwrap_or_default()
    }
}

/// Replays the rejection of a client that was rejected within the last second.
pub(in crate::http) async fn short_circuit<B: MessageBody>(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let Some(Denied { error, limit, headers }) = denied(&state, &request) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let started_at = Instant::now();
    drain_body(&mut request, state.server.max_body.as_u64()).await;
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.as_ref().map_or("", RequestId::as_str);
    let mut response = problem::response(&error.problem(), &state.texts, id);
    headers.write_to(response.headers_mut());
    let route = crate::http::route(Some(request.path()));
    let code = ProblemType::TooManyRequests.code();
    state.metrics.request(route, 429, code, started_at.elapsed().as_secs_f64());
    state.metrics.over_limit(limit, true);
    Ok(request.into_response(response).map_into_right_body())
}

/// Returns the rejection to replay. Requests of browsers pass through, because pages of other
/// sites get another response, and so do requests with too large headers.
fn denied(state: &State, request: &ServiceRequest) -> Option<Denied> {
    let route = match request.path() {
        "/register" => Route::Register,
        "/register/confirm" => Route::Confirm,
        "/register/resend" => Route::Resend,
        _ => return None,
    };
    let headers = request.headers();
    let address = state.client_address.of(request.peer_addr()?.ip(), headers);
    let denied = state.deny_cache.get((client_prefix(address), route))?;
    let is_plain = *request.method() == Method::POST
        && !is_from_browser(headers)
        && header_limit::check(headers, &state.server).is_ok();
    (is_plain && !state.deny_cache.passes_through()).then_some(denied)
}

fn is_from_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}
