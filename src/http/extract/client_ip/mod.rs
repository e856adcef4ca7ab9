//! The client's IP address: the peer's address, unless the peer is a trusted proxy. A trusted proxy
//! names the client in the header `server.client_address_header`. The right-most untrusted hop of
//! this header is the client. The service ignores other headers.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Instant,
};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};

use super::forwarding_header::{Format, Unknown};
use crate::{config::TrustedProxy, connection::Peer, metrics::Metrics};

/// Minimum number of seconds between two log lines with the same reason.
const LOG_INTERVAL: u64 = 60;

/// The address of a request's client, stored with the request.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct ClientIp(pub(in crate::http) IpAddr);

/// The client's address by the settings, and the reason if the header has no effect.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Resolved {
    pub(in crate::http) client: IpAddr,
    /// The reason why `client` is the peer's address.
    pub(in crate::http) ignored: Option<Ignored>,
}

/// The reason why the header has no effect.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) enum Ignored {
    UntrustedPeer,
    Unknown(Unknown),
}

impl Ignored {
    pub(in crate::http) fn name(self) -> &'static str {
        match self {
            Self::UntrustedPeer => "peer_not_trusted",
            Self::Unknown(unknown) => unknown.name(),
        }
    }
}

/// The resolver of client addresses, with the trusted proxies and the header of the settings.
#[derive(Debug)]
pub struct ClientIpResolver {
    trusted: Vec<TrustedProxy>,
    header: HeaderName,
    format: Format,
    started: Instant,
    /// The time of the last log line for each reason, in seconds.
    logged_at: [AtomicU64; 3],
    has_warned: AtomicBool,
}

impl ClientIpResolver {
    /// Creates a resolver from the trusted proxies and the name of the header.
    ///
    /// # Errors
    /// Returns an error if the header's name is invalid.
    pub fn new(
        trusted: Vec<TrustedProxy>,
        header: &str,
    ) -> Result<Self, actix_web::http::header::InvalidHeaderName> {
        let header = HeaderName::from_bytes(header.to_lowercase().as_bytes())?;
        let format = Format::of(&header);
        Ok(Self {
            trusted,
            header,
            format,
            started: Instant::now(),
            logged_at: Default::default(),
            has_warned: AtomicBool::new(false),
        })
    }

    /// Returns the client's address as [`Self::of`] does. Counts and logs unknown addresses, and
    /// warns once about a proxy that is not in the settings.
    pub(in crate::http) fn observe(
        &self,
        peer: Peer,
        headers: &HeaderMap,
        metrics: &Metrics,
    ) -> IpAddr {
        let resolved = self.resolve(peer, headers);
        match resolved.ignored {
            None => {}
            Some(Ignored::UntrustedPeer) => self.warn_once(headers),
            Some(Ignored::Unknown(unknown)) => {
                metrics.client_address_unknown(unknown.name());
                self.log(unknown, peer.address);
            }
        }
        resolved.client
    }

    fn log(&self, unknown: Unknown, proxy: IpAddr) {
        // The added interval makes the first line due.
        let now = self.started.elapsed().as_secs() + LOG_INTERVAL;
        let last = &self.logged_at[unknown as usize];
        let earlier = last.load(Ordering::Relaxed);
        let is_due = now - earlier >= LOG_INTERVAL
            && last.compare_exchange(earlier, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_due {
            let (header, reason) = (self.header.as_str(), unknown.name());
            tracing::warn!(header, reason, %proxy, "client address unknown, using the address of the proxy");
        }
    }

    fn warn_once(&self, headers: &HeaderMap) {
        if self.has_warned.load(Ordering::Relaxed) {
            return;
        }
        let names = [&self.header, &X_FORWARDED_FOR, &FORWARDED];
        let Some(name) = names.into_iter().find(|name| headers.contains_key(*name)) else { return };
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                header = name.as_str(),
                "forwarding header ignored, because its sender is not in server.trusted_proxies and may be a proxy of many clients"
            );
        }
    }

    /// Returns the client's address.
    #[must_use]
    pub fn of(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        self.resolve(peer, headers).client
    }

    /// Returns the client's address. If the header has no effect, returns the peer's address with
    /// the reason.
    pub(in crate::http) fn resolve(&self, peer: Peer, headers: &HeaderMap) -> Resolved {
        let client = if peer.is_proxy {
            self.untrusted_hop(headers).map_err(Ignored::Unknown)
        } else {
            Err(Ignored::UntrustedPeer)
        };
        Resolved { client: client.unwrap_or(peer.address), ignored: client.err() }
    }

    /// Returns the name of the header.
    pub(in crate::http) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// Returns all hops that the header names, in the order of its lines. A hop that is not an
    /// address is `None`.
    pub(in crate::http) fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        self.format.hops(headers.get_all(&self.header)).unwrap_or_default()
    }

    /// Returns the right-most untrusted hop, or the left-most hop if all hops are trusted.
    fn untrusted_hop(&self, headers: &HeaderMap) -> Result<IpAddr, Unknown> {
        let hops = self.format.hops(headers.get_all(&self.header))?;
        let mut furthest = Err(Unknown::Missing);
        for address in hops.into_iter().rev() {
            let address = address.ok_or(Unknown::NotAnAddress)?;
            furthest = Ok(address);
            if !self.trusts(address) {
                break;
            }
        }
        furthest
    }

    /// Returns the peer with this address. A socket for IPv4 and IPv6 reports the addresses of IPv4
    /// peers as mapped addresses.
    #[must_use]
    pub fn peer(&self, address: IpAddr) -> Peer {
        let address = address.to_canonical();
        Peer { address, is_proxy: self.trusts(address) }
    }

    /// Returns `true` if the address belongs to a trusted proxy.
    pub(in crate::http) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|proxy| proxy.0.contains(&address))
    }
}

#[cfg(test)]
mod tests;
