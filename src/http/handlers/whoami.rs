//! `GET /whoami` of the admin listener: the client of a request as the public listener resolves it.

use std::net::IpAddr;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, HOST, HeaderValue, ORIGIN},
    web,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    config,
    connection::Peer,
    http::{
        extract::client_ip::{ClientIpResolver, Ignored},
        middleware::cors,
    },
    rate_limit::limited_networks,
};

#[derive(Deserialize)]
pub(in crate::http) struct Query {
    /// The peer to assume instead of the connection's peer: an address, or `unix`.
    peer: Option<String>,
}

#[derive(Serialize)]
struct Seen<'a> {
    peer: IpAddr,
    peer_is_trusted: bool,
    header: &'a str,
    header_lines: Vec<String>,
    header_entries: Vec<Entry>,
    header_ignored: Option<&'a str>,
    client_address: IpAddr,
    limited_address: IpNet,
    limited_network: IpNet,
    host: Option<String>,
    origin: Option<String>,
    is_cross_site: bool,
}

#[derive(Serialize)]
struct Entry {
    address: Option<IpAddr>,
    is_trusted: bool,
}

pub(in crate::http) async fn whoami(
    request: HttpRequest,
    query: web::Query<Query>,
    resolver: web::Data<ClientIpResolver>,
    server: web::Data<config::Server>,
) -> HttpResponse {
    let headers = request.headers();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let peer = match query.peer.as_deref() {
        Some("unix") => Some(Peer::LOCAL),
        Some(address) => address.parse().ok().map(|address| resolver.peer(address)),
        None => request.peer_addr().map(|address| resolver.peer(address.ip())),
    };
    let Some(peer) = peer else { return HttpResponse::BadRequest().finish() };
    let seen = resolver.resolve(peer, headers);
    let entries = resolver.hops(headers).into_iter().map(|address| Entry {
        address,
        is_trusted: address.is_some_and(|address| resolver.trusts(address)),
    });
    let [limited_address, limited_network] = limited_networks(seen.client);
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Seen {
        peer: peer.address,
        peer_is_trusted: peer.is_proxy,
        header: resolver.header().as_str(),
        header_lines: headers.get_all(resolver.header()).map(text).collect(),
        header_entries: entries.collect(),
        header_ignored: seen.ignored.map(Ignored::name),
        client_address: seen.client,
        limited_address,
        limited_network,
        host: headers.get(HOST).map(text),
        origin: headers.get(ORIGIN).map(text),
        is_cross_site: cors::is_cross_site(request.head(), &server.allowed_origins),
    })
}
