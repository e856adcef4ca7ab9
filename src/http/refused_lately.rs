//! Whoever was refused for its address a moment ago and knocks on: told the same at once, before
//! anything else is done for the request. That is where a flood ends, and where it costs least.
//!
//! The budgets are the same until one comes back, so that nobody is told otherwise than by asking
//! them. As long as there are few of them, they go the whole way, and have their lines in the log
//! there: a flood of refusals is to be no flood of the log.

use std::{
    cell::{Cell, RefCell},
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage,
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
    State,
    cross_site::SEC_FETCH_SITE,
    failures::Refusal,
    headers_size,
    limits::RateLimits,
    problem::{self, ProblemType},
    request_id::RequestId,
    unread_body,
};
use crate::rate_limit::{Exceeded, Route, client_prefix};

/// For so long a caller is told so without being asked for again.
const A_MOMENT: Duration = Duration::from_secs(1);

/// So many a second go the whole way all the same, at each worker.
const FEW: u32 = 100;

/// So many are remembered by each worker; one more takes the place of another.
const PLACES: usize = 512;

/// Those who were refused, of one worker.
#[derive(Clone, Debug, Default)]
pub struct RefusedLately {
    places: RefCell<Vec<Option<Refused>>>,
    /// How many have gone the whole way, and since when.
    few: Cell<Option<(Instant, u32)>>,
    /// Keyed at random, so that nobody outside can choose whose place it takes.
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct Refused {
    whose: (u128, Route),
    limit: &'static str,
    /// Until when that is known.
    until: Instant,
    /// When one more is allowed.
    allowed_at: Instant,
    rate_limits: RateLimits,
}

/// What is told to one of them.
struct Told {
    refusal: Refusal,
    limit: &'static str,
    rate_limits: RateLimits,
}

impl RefusedLately {
    /// Remembers a refusal by a budget of the caller's.
    pub(super) fn note(
        &self,
        whose: (u128, Route),
        limit: &'static str,
        exceeded: Exceeded,
        rate_limits: &RateLimits,
    ) {
        let now = Instant::now();
        let until = now + exceeded.retry_after.min(A_MOMENT);
        let allowed_at = now + exceeded.retry_after;
        let mut places = self.places.borrow_mut();
        if places.is_empty() {
            places.resize(PLACES, None);
        }
        places[self.place(whose)] =
            Some(Refused { whose, limit, until, allowed_at, rate_limits: rate_limits.clone() });
    }

    /// What a caller was told, and how long it has to wait from now on.
    fn of(&self, whose: (u128, Route)) -> Option<Told> {
        let places = self.places.borrow();
        let refused = places.get(self.place(whose))?.as_ref()?;
        let now = Instant::now();
        (refused.whose == whose && now < refused.until).then(|| {
            let exceeded = Exceeded { retry_after: refused.allowed_at - now };
            let rate_limits = refused.rate_limits.clone();
            Told { refusal: Refusal::OverLimit(exceeded), limit: refused.limit, rate_limits }
        })
    }

    /// Whether there are few of them for now, with this one.
    fn are_few(&self) -> bool {
        let now = Instant::now();
        let (since, count) = match self.few.get() {
            Some((since, count)) if now - since < A_MOMENT => (since, count),
            _ => (now, 0),
        };
        self.few.set(Some((since, count.saturating_add(1))));
        count < FEW
    }

    fn place(&self, whose: (u128, Route)) -> usize {
        let hash = self.hasher.hash_one(whose);
        usize::try_from(hash % PLACES as u64).unwrap_or_default()
    }
}

/// Refuses at once whoever was refused a moment ago.
pub(super) async fn turn_away<B: MessageBody>(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let Some(Told { refusal, limit, rate_limits }) = told(&state, &request) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let started = Instant::now();
    unread_body::let_go(&mut request, state.server.max_body.as_u64()).await;
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.as_ref().map_or("", RequestId::as_str);
    let mut response = problem::response(&refusal.problem(), &state.texts, id);
    rate_limits.announce(response.headers_mut());
    let route = super::route(Some(request.path()));
    let code = ProblemType::TooManyRequests.code();
    state.metrics.request(route, 429, code, started.elapsed().as_secs_f64());
    state.metrics.over_limit(limit, true);
    Ok(request.into_response(response).map_into_right_body())
}

/// What is told at once. Browsers' requests go the whole way, since pages of other sites are told
/// something else, and so do those whose headers are too large.
fn told(state: &State, request: &ServiceRequest) -> Option<Told> {
    let route = match request.path() {
        "/register" => Route::Register,
        "/register/confirm" => Route::Confirm,
        "/register/resend" => Route::Resend,
        _ => return None,
    };
    let headers = request.headers();
    let address = state.client_address.of(request.peer_addr()?.ip(), headers);
    let told = state.refused_lately.of((client_prefix(address), route))?;
    let is_plain = *request.method() == Method::POST
        && !is_of_a_browser(headers)
        && headers_size::check(headers, &state.server).is_ok();
    (is_plain && !state.refused_lately.are_few()).then_some(told)
}

fn is_of_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}
