//! The other end of a connection.

use std::net::{IpAddr, Ipv4Addr};

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address of the peer, which is never IPv4-mapped.
    pub address: IpAddr,
    /// `true` if the peer is a trusted proxy.
    pub is_proxy: bool,
}

impl Peer {
    /// The peer of a unix socket. Only the owner and the group of its file can connect.
    pub const LOCAL: Self = Self { address: IpAddr::V4(Ipv4Addr::LOCALHOST), is_proxy: true };
}
