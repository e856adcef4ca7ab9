use std::{rc::Rc, sync::Arc};

use actix_web::{HttpMessage, dev::ServiceRequest, web};

use super::{
    ClientIpResolver, DenyCache, Languages, Lifecycle, PolicyPages, SignUpPages, TextsPages,
    error::Error, problem::ProblemType,
};
use crate::{
    config::{self, AddressLogging},
    connection::{Peer, Progress},
    metrics::Metrics,
    rate_limit::RateLimits,
    registration::{Rules, UsernameKey},
    signup::UseCases,
};

/// The components and settings that the handlers of one worker use.
#[expect(missing_docs, reason = "the types describe the fields")]
pub struct State {
    pub server: Arc<config::Server>,
    pub address_logging: AddressLogging,
    pub rules: Arc<Rules>,
    pub policy: Arc<PolicyPages>,
    pub username_key: UsernameKey,
    pub client_address: Arc<ClientIpResolver>,
    pub rate_limits: Arc<RateLimits>,
    pub deny_cache: DenyCache,
    pub use_cases: UseCases,
    pub texts: Arc<TextsPages>,
    pub languages: Arc<Languages>,
    pub sign_up_page: Option<Arc<SignUpPages>>,
    pub metrics: Metrics,
    pub lifecycle: Arc<Lifecycle>,
}

impl State {
    /// Returns the state of the worker that handles a request.
    pub(in crate::http) fn of(request: &ServiceRequest) -> Result<web::Data<Self>, Error> {
        let state = request.app_data::<web::Data<Self>>().cloned();
        state.ok_or(Error::Problem(ProblemType::Internal))
    }

    /// Returns the peer of a request's connection. An HTTP/2 request contains the peer, because
    /// only actix-http can set the data of a connection.
    pub(in crate::http) fn peer(request: &ServiceRequest) -> Option<Peer> {
        let of_connection = request.conn_data::<Rc<Progress>>().map(|progress| progress.peer());
        of_connection.or_else(|| request.extensions().get::<Peer>().copied())
    }
}
